// Both inflaters on any bytes. What zlib takes, ISA-L takes and gives the same of it. What only
// ISA-L takes is what docs/formats.md section 4 says: incomplete codes, and counts of symbols that
// zlib does not allow. Input: byte 0 says how many bytes are fed at once, byte 1 whether the rest
// is deflated first.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "archive/inflate.h"
#include "support/zip_builder.h"
#include "util/error.h"

namespace {

using namespace cartwheel;

struct Result {
  std::string text, error;
  archive::DeflateEnd end;
};

Result inflate(archive::MemberInflater& member, std::string_view bytes, std::size_t step) {
  constexpr std::size_t kEnough = 1 << 22;
  Result result;
  member.reset();
  const auto keep = [&](util::Bytes piece) {
    if (result.text.size() < kEnough) {
      result.text += util::as_text(piece);
    }
  };
  try {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(step, bytes.size()))) {
      member.feed(util::as_bytes(bytes.substr(0, step)), keep);
    }
    result.end = member.finish();
  } catch (const util::Error& error) {
    result.error = error.what();
    if (error.kind() != util::ErrorKind::malformed) {
      std::abort();
    }
  }
  return result;
}

bool known_difference(const std::string& error) {
  for (const char* message : {"invalid literal/lengths set",
                              "invalid distances set",
                              "invalid code lengths set",
                              "missing end-of-block",
                              "too many length or distance symbols"}) {
    if (error.find(message) != std::string::npos) {
      return true;
    }
  }
  return false;
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it by this name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) {
    return 0;
  }
  const std::size_t step = data[0] == 0 ? size : data[0];
  std::string bytes(data + 2, data + size);
  if (data[1] % 4 == 1) {
    bytes = tests::deflate_flushed(bytes, 1 + data[1] / 4, data[1] % 3 + 1, data[1] % 10);
  }
  static archive::MemberInflater by_zlib(archive::Inflater::zlib);
  static archive::MemberInflater by_isal(archive::Inflater::fastest);
  const Result zlib = inflate(by_zlib, bytes, step);
  const Result fastest = inflate(by_isal, bytes, step);
  if (zlib.error.empty()) {
    const bool same = fastest.error.empty() && fastest.text == zlib.text &&
                      fastest.end.end == zlib.end.end &&
                      fastest.end.final_bit == zlib.end.final_bit;
    if (!same) {
      std::fprintf(stderr, "zlib takes it; isa-l: %s\n", fastest.error.c_str());
      std::abort();
    }
  } else if (fastest.error.empty() && !known_difference(zlib.error)) {
    std::fprintf(stderr, "isa-l takes it; zlib: %s\n", zlib.error.c_str());
    std::abort();
  }
  return 0;
}
