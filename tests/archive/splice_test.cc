#include "archive/splice.h"

#include <random>

#include <gtest/gtest.h>
#include <zlib.h>

#include "archive/read_archive.h"
#include "archive/reference_encoders.h"
#include "core/digest.h"
#include "support/zip_builder.h"
#include "util/bytes.h"
#include "util/error.h"

namespace cartwheel::archive {
namespace {

// The whole stream, ranges filled in from the payload at hand.
class Gathered : public SpliceSink {
 public:
  void literal(util::Bytes bytes) override {
    out += util::as_text(bytes);
    largest_literal = std::max(largest_literal, bytes.size());
  }
  void range(std::uint64_t offset, std::uint64_t length) override {
    ASSERT_GT(length, 0U);
    ASSERT_LE(offset + length, payload.size());
    out += payload.substr(offset, length);
    from_ranges += length;
  }
  std::string payload;
  std::string out;
  std::size_t largest_literal = 0;
  std::uint64_t from_ranges = 0;
};

// A tar beside its spliced form.
class Both {
 public:
  Both() : writer(sink) {}

  void text(const std::string& bytes) {
    writer.text(bytes);
    tar += bytes;
  }
  void header(const TarEntry& entry) {
    writer.header(entry);
    tar += tar_header(entry);
  }
  void deflated(const std::string& content, const std::string& coded) {
    sink.payload = coded;
    MemberInflater inflater(Inflater::fastest);
    std::string inflated;
    inflater.feed(util::as_bytes(coded),
                  [&](util::Bytes piece) { inflated += util::as_text(piece); });
    ASSERT_EQ(inflated, content);
    int asked = 0;
    writer.deflated(
        coded.size(),
        inflater.finish(),
        [&](std::uint64_t i) {
          ++asked;
          return static_cast<std::uint8_t>(coded.at(i));
        },
        crc32(0, util::as_bytes(content)),
        content.size());
    EXPECT_LE(asked, 2);
    tar += content;
  }
  void stored(const std::string& content) {
    sink.payload = content;
    writer.stored(content.size(), [&] { return crc32(0, util::as_bytes(content)); });
    tar += content;
  }
  void pad() { text(std::string(tar_padding(tar.size()), '\0')); }
  void finish() {
    text(std::string(kTarEnd, '\0'));
    writer.finish();
  }

  Gathered sink;
  SpliceWriter writer;
  std::string tar;
};

TEST(SpliceWriter, GivesTheVectorOfTheFormat) {
  Both both;
  both.header({.path = "a", .kind = EntryKind::directory, .mode = 0755});
  both.header({.path = "a/b", .size = 6});
  const std::vector<std::byte> deflated = util::from_hex("cb48cdc9c9e70200");
  both.deflated("hello\n", std::string(util::as_text(deflated)));
  both.pad();
  both.finish();
  EXPECT_EQ(util::hex(util::as_bytes(both.sink.out)),
            "1f8b08000000000000ff4ad467a039300002735353300d04e834083018181999199b9b1b9b81d806e626e6"
            "860c0aa640bd3407"
            "a5c5258945402b814c8a00d0132000a7870848d44fa24bfc9b9998e0897f33f4f8373306c63f5d027184c7"
            "3f000000ffffca48"
            "cdc9c9e7028c61148c8251300a46c1080300d2162bbd000a0000");
  EXPECT_EQ(core::Digest::of(both.tar).hex(),
            "55cdbdea7063c96aaf4d983cb939143c4326e03740d258a0eb4e783ae5ad1711");
  EXPECT_EQ(both.writer.tar_size(), both.tar.size());
}

std::string gzip_of(const std::string& bits, const std::string& tar) {
  std::string out("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
  out += reference::packed(bits);
  util::put_u32(out, crc32(0, util::as_bytes(tar)));
  util::put_u32(out, static_cast<std::uint32_t>(tar.size()));
  return out;
}

TEST(SpliceWriter, CodesARunOf4095BytesWithHAndOneMoreWithC) {
  for (std::size_t size : {0U, 1U, 4095U, 4096U, 4097U}) {
    for (std::size_t step : {1U, 4000U, 5000U}) {
      std::string text;
      for (std::size_t i = 0; i < size; ++i) {
        text += static_cast<char>('a' + i * i % 7);
      }
      Gathered sink;
      SpliceWriter writer(sink);
      for (std::size_t at = 0; at < size; at += step) {
        writer.text(std::string_view(text).substr(at, step));
      }
      writer.finish();
      EXPECT_EQ(sink.out,
                gzip_of(size < 4096 ? reference::encode_h(text, 0, size, {}, true)
                                    : reference::encode_c(text, true),
                        text));
    }
  }
}

TEST(SpliceWriter, TakesTheHeaderBeforeFromAcrossPayloadsAndLongRuns) {
  // Run, payload, run; then a long run with a header in it; then a short one.
  Both both;
  const TarEntry first{.path = "some/package/module_one.py", .size = 3000};
  both.header(first);
  const std::string content(3000, 'q');
  both.stored(content);
  const std::size_t run = both.tar.size();
  both.pad();
  const std::size_t second_at = both.tar.size();
  both.header({.path = "some/package/module_two.py", .size = 5000});
  both.text(std::string(5000, 'g'));
  both.pad();
  const std::size_t third_at = both.tar.size();
  both.header({.path = "some/package/module_three.py", .size = 100});
  const std::size_t third_end = both.tar.size();
  both.stored(std::string(100, 's'));
  const std::size_t last_run = both.tar.size();
  both.pad();
  const std::size_t fourth_at = both.tar.size();
  both.header({.path = "some/package/module_four.py", .size = 0});
  both.finish();

  const std::string& tar = both.tar;
  const std::vector<std::size_t> blocks = {0, second_at, third_at, fourth_at};
  const auto stored = [&](std::string& bits, std::size_t at, std::size_t size) {
    bits += "000";
    bits.resize((bits.size() + 7) / 8 * 8, '0');
    std::string bytes;
    util::put_u16(bytes, static_cast<std::uint16_t>(size));
    util::put_u16(bytes, static_cast<std::uint16_t>(~size));
    for (char c : bytes + tar.substr(at, size)) {
      for (int bit = 0; bit < 8; ++bit) {
        bits += (c >> bit & 1) != 0 ? '1' : '0';
      }
    }
  };
  std::string bits = reference::encode_h(tar, 0, 512, blocks, false);
  stored(bits, 512, 3000);
  bits += reference::encode_c(std::string_view(tar).substr(run, third_end - run), false);
  stored(bits, third_end, 100);
  bits += reference::encode_h(tar, last_run, tar.size(), blocks, true);
  EXPECT_EQ(both.sink.out, gzip_of(bits, tar));
}

TEST(SpliceWriter, TakesTheBlockOfThePaxHeaderAsTheHeaderBefore) {
  Both both;
  const std::string name = "é" + std::string(150, 'n');
  both.header({.path = name + "1"});
  both.header({.path = name + "2"});
  both.writer.finish();
  // Each entry: pax block, pax data, own block.
  const std::vector<std::size_t> blocks = {0, 1024, 1536, 2560};
  ASSERT_EQ(both.tar.size(), 3072U);
  EXPECT_EQ(both.sink.out,
            gzip_of(reference::encode_h(both.tar, 0, both.tar.size(), blocks, true), both.tar));
}

TEST(SpliceWriter, ClearsTheFinalBitWhereverItIs) {
  std::mt19937_64 random(1);
  // Members whose last block begins in the first, a middle and the last byte, and ends at each bit
  // of a byte.
  for (int i = 0; i < 400; ++i) {
    const std::string content =
        std::string(1 + random() % 40, static_cast<char>('a' + random() % 20));
    const int flushes[] = {Z_NO_FLUSH, Z_SYNC_FLUSH, Z_PARTIAL_FLUSH, Z_BLOCK};
    const std::string coded =
        tests::deflate_flushed(content, 1 + random() % 10, flushes[i % 4], i % 10);
    Both both;
    both.header({.path = "f", .size = 2 * content.size()});
    both.deflated(content, coded);
    both.deflated(content, coded);
    both.pad();
    both.finish();
    ASSERT_EQ(tests::gunzip_one_member(both.sink.out), both.tar) << i;
  }
}

TEST(SpliceWriter, RefusesAPayloadThatIsNotWhatItSays) {
  Gathered sink;
  const auto no_final_bit = [](std::uint64_t) { return std::uint8_t{0}; };
  const auto all_ones = [](std::uint64_t) { return std::uint8_t{0xff}; };
  EXPECT_THROW(SpliceWriter(sink).deflated(8, {0, 58}, no_final_bit, 0, 6), util::Error);
  EXPECT_THROW(SpliceWriter(sink).deflated(9, {0, 58}, all_ones, 0, 6), util::Error);
  EXPECT_THROW(SpliceWriter(sink).deflated(7, {0, 58}, all_ones, 0, 6), util::Error);
  EXPECT_THROW(SpliceWriter(sink).deflated(8, {58, 58}, all_ones, 0, 6), util::Error);
  EXPECT_THROW(SpliceWriter(sink).deflated(2, {0, 10}, all_ones, 0, 0), util::Error);
  EXPECT_THROW(SpliceWriter(sink).stored(0, {}), util::Error);
}

TEST(SpliceWriter, HandsOutALongTarOfTextAsItComes) {
  std::mt19937_64 random(2);
  Both both;
  for (int i = 0; i < 40; ++i) {
    std::string text(200'000, '\0');
    for (char& c : text) {
      c = static_cast<char>(random() % 13);
    }
    both.text(text);
  }
  both.finish();
  EXPECT_EQ(tests::gunzip_one_member(both.sink.out), both.tar);
  EXPECT_GT(both.sink.out.size(), 3'000'000U);
  EXPECT_LT(both.sink.largest_literal, 400'000U);
}

std::string random_content(std::mt19937_64& random) {
  const std::size_t size = random() % (random() % 20 == 0 ? 300'000 : 4000);
  std::string content;
  while (content.size() < size) {
    content += random() % 2 == 0 ? std::string(random() % 300, static_cast<char>(random()))
                                 : std::string(1, static_cast<char>(random()));
  }
  content.resize(size);
  return content;
}

std::string random_path(std::mt19937_64& random, int number) {
  std::string path = "d" + std::to_string(number);
  for (std::size_t depth = random() % 6; depth-- > 0;) {
    path += "/" + std::string(1 + random() % (random() % 5 == 0 ? 120 : 10),
                              static_cast<char>('a' + random() % 26));
  }
  return random() % 10 == 0 ? path + "ü" : path;
}

ReadEntry::Kind read_kind(EntryKind kind) {
  switch (kind) {
    case EntryKind::directory:
      return ReadEntry::Kind::directory;
    case EntryKind::symlink:
      return ReadEntry::Kind::symlink;
    case EntryKind::file:
      break;
  }
  return ReadEntry::Kind::file;
}

struct Expected {
  TarEntry entry;
  std::string content;
};

void add_random_entry(std::mt19937_64& random,
                      int number,
                      Both& both,
                      std::vector<Expected>& expected) {
  Expected next;
  next.entry.path = random_path(random, number);
  switch (random() % 8) {
    case 0:
      next.entry.kind = EntryKind::directory;
      next.entry.mode = 0755;
      break;
    case 1:
      next.entry.kind = EntryKind::symlink;
      next.entry.mode = 0777;
      next.entry.target = random_path(random, number);
      break;
    default:
      next.content = random_content(random);
      next.entry.size = next.content.size();
      next.entry.mode = random() % 2 == 0 ? 0644 : 0755;
  }
  both.header(next.entry);
  expected.push_back(next);
  const std::string& content = next.content;
  if (content.empty()) {
    return;
  }
  switch (random() % 4) {
    case 0:
      both.stored(content);
      break;
    case 1:
      both.text(content);
      break;
    case 2:
      both.deflated(content, tests::deflate_raw(content, static_cast<int>(random() % 10)));
      break;
    default:
      both.deflated(content, tests::deflate_flushed(content, 1 + random() % 3000, Z_PARTIAL_FLUSH));
  }
  both.pad();
}

TEST(SpliceWriter, GivesOneMemberWhoseTarReadsBackForRandomTrees) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 60; ++round) {
    Both both;
    std::vector<Expected> expected;
    for (int count = static_cast<int>(random() % 60); count-- > 0;) {
      add_random_entry(random, count, both, expected);
    }
    both.finish();
    ASSERT_EQ(tests::gunzip_one_member(both.sink.out), both.tar) << round;
    ASSERT_EQ(both.writer.tar_size(), both.tar.size());

    std::size_t seen = 0;
    util::StringSource source(both.sink.out);
    read_tar(source, "layer", [&](const ReadEntry& entry, util::Source& content) {
      ASSERT_LT(seen, expected.size());
      const Expected& wanted = expected[seen++];
      EXPECT_EQ(entry.path, wanted.entry.path);
      EXPECT_EQ(entry.mode, wanted.entry.mode);
      EXPECT_EQ(entry.size, wanted.content.size());
      EXPECT_EQ(entry.target, wanted.entry.target);
      EXPECT_EQ(entry.kind, read_kind(wanted.entry.kind));
      EXPECT_EQ(util::read_all(content, 1 << 20, "entry"), wanted.content);
    });
    ASSERT_EQ(seen, expected.size());
  }
}

}  // namespace
}  // namespace cartwheel::archive
