#include "archive/splice.h"

#include <gtest/gtest.h>

#include "archive/encoder_c.h"
#include "archive/encoder_h.h"
#include "core/digest.h"
#include "support/zip_builder.h"
#include "util/bytes.h"
#include "util/error.h"

namespace cartwheel::archive {
namespace {

// The whole stream, ranges filled in from the payload that the test names.
class Gathered : public SpliceSink {
 public:
  void literal(util::Bytes bytes) override { out += util::as_text(bytes); }
  void range(std::uint64_t offset, std::uint64_t length) override {
    ASSERT_LE(offset + length, payload.size());
    out += payload.substr(offset, length);
  }
  std::string payload;
  std::string out;
};

TEST(SpliceWriter, GivesTheVectorOfTheFormat) {
  Gathered sink;
  const std::vector<std::byte> deflated = util::from_hex("cb48cdc9c9e70200");
  sink.payload = util::as_text(deflated);
  SpliceWriter writer(sink);
  const std::string hello = "hello\n";
  writer.header({.path = "a", .kind = EntryKind::directory, .mode = 0755});
  writer.header({.path = "a/b", .size = hello.size()});
  MemberInflater inflater(Inflater::fastest);
  inflater.feed(deflated, [](util::Bytes) {});
  writer.deflated(
      deflated.size(),
      inflater.finish(),
      [&](std::uint64_t i) { return static_cast<std::uint8_t>(deflated.at(i)); },
      crc32(0, util::as_bytes(hello)),
      hello.size());
  writer.text(std::string(tar_padding(hello.size()) + kTarEnd, '\0'));
  writer.finish();
  EXPECT_EQ(util::hex(util::as_bytes(sink.out)),
            "1f8b08000000000000ff4ad467a039300002735353300d04e834083018181999199b9b1b9b81d806e626e6"
            "860c0aa640bd3407"
            "a5c5258945402b814c8a00d0132000a7870848d44fa24bfc9b9998e0897f33f4f8373306c63f5d027184c7"
            "3f000000ffffca48"
            "cdc9c9e7028c61148c8251300a46c1080300d2162bbd000a0000");
  EXPECT_EQ(core::Digest::of(tests::gunzip_one_member(sink.out)).hex(),
            "55cdbdea7063c96aaf4d983cb939143c4326e03740d258a0eb4e783ae5ad1711");
}

TEST(EncoderC, GivesTheVectorOfTheFormat) {
  std::string text;
  for (int i = 0; i < 1000; ++i) {
    text += std::to_string(i * i) + ",cartwheel\n";
  }
  BitWriter out;
  EncoderC encoder;
  encoder.begin();
  encoder.feed(text, out);
  encoder.end(true, out);
  out.align();
  out.flush_bytes();
  EXPECT_EQ(tests::inflate_raw(out.bytes()), text);
  EXPECT_EQ(out.bytes().size(), 3449U);
  EXPECT_EQ(core::Digest::of(out.bytes()).hex(),
            "43856fc0696b57f863a2d41da1ac158696afe8397937111ce3d0b1170f1e8a68");
}

}  // namespace
}  // namespace cartwheel::archive
