// A sequence of headers, texts and payloads through the splice writer: one gzip member that gives
// back the tar.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "archive/splice.h"
#include "support/zip_builder.h"
#include "util/bytes.h"

namespace {

using namespace cartwheel;

class Gathered : public archive::SpliceSink {
 public:
  void literal(util::Bytes bytes) override { out += util::as_text(bytes); }
  void range(std::uint64_t offset, std::uint64_t length) override {
    if (offset + length > payload.size()) {
      std::abort();
    }
    out += payload.substr(offset, length);
  }
  std::string payload, out;
};

class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
  bool at_end() const { return at_ >= size_; }
  std::uint8_t byte() { return at_end() ? 0 : data_[at_++]; }
  std::string take(std::size_t count) {
    std::string out;
    while (count-- > 0 && !at_end()) {
      out += static_cast<char>(byte());
    }
    return out;
  }

 private:
  const std::uint8_t* data_;
  std::size_t size_, at_ = 0;
};

void deflated(Input& input, archive::SpliceWriter& writer, Gathered& sink, std::string& tar) {
  const unsigned how = input.byte();
  std::string content = input.take(1 + input.byte()) + std::string(how, 'x');
  if (content.empty()) {
    return;
  }
  const int flushes[] = {1, 2, 3, 5};  // partial, sync, full, block
  sink.payload =
      tests::deflate_flushed(content, 1 + how / 4, flushes[how % 4], static_cast<int>(how % 10));
  static archive::MemberInflater inflater(archive::Inflater::fastest);
  inflater.reset();
  inflater.feed(util::as_bytes(sink.payload), [](util::Bytes) {});
  writer.deflated(
      sink.payload.size(),
      inflater.finish(),
      [&](std::uint64_t i) { return static_cast<std::uint8_t>(sink.payload.at(i)); },
      archive::crc32(0, util::as_bytes(content)),
      content.size());
  tar += content;
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it by this name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  Gathered sink;
  archive::SpliceWriter writer(sink);
  std::string tar;
  while (!input.at_end()) {
    const unsigned op = input.byte();
    std::string text;
    switch (op % 4) {
      case 0: {
        const archive::TarEntry entry{
            .path = "p/" + std::to_string(input.byte()) + std::string(op / 2, 'n'), .size = op};
        writer.header(entry);
        tar += archive::tar_header(entry);
        break;
      }
      case 1:
        text = input.take(op / 4);
        for (unsigned doublings = input.byte() % 12; doublings-- > 0;) {
          text += text;
        }
        writer.text(text);
        tar += text;
        break;
      case 2:
        deflated(input, writer, sink, tar);
        break;
      default:
        text = input.take(op / 4) + "s" + std::string(op * std::size_t{300}, 'z');
        sink.payload = text;
        writer.stored(text.size(), [&] { return archive::crc32(0, util::as_bytes(text)); });
        tar += text;
    }
  }
  writer.finish();
  if (tests::gunzip_one_member(sink.out) != tar || writer.tar_size() != tar.size()) {
    std::abort();
  }
  return 0;
}
