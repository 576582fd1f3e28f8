// The least that making layers by splice can cost: the members of the given wheels inflated once
// with ISA-L, the inflated bytes and the wheel's own hashed by SHA-256; nothing is written.
//   bench_floor THREADS WHEEL…
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <isa-l/igzip_lib.h>

#include "archive/zip.h"
#include "core/digest.h"
#include "usage.h"
#include "util/error.h"
#include "util/file.h"
#include "util/parallel.h"

namespace cartwheel::bench {
namespace {

constexpr std::size_t kIn = std::size_t{128} << 10;
constexpr std::size_t kOut = std::size_t{256} << 10;

class Floor {
 public:
  // Gives the number of inflated bytes.
  std::uint64_t run(const std::string& path) {
    util::File file = util::File::open_read(path);
    core::Hasher outside;
    core::Hasher inside;
    std::uint64_t out = 0;
    for (const archive::ZipMember& member : archive::read_zip(file)) {
      isal_inflate_init(&state_);
      for (std::uint64_t at = 0; at < member.compressed_size;) {
        std::uint64_t length = std::min<std::uint64_t>(in_.size(), member.compressed_size - at);
        util::MutableBytes piece(in_.data(), length);
        file.read_at(member.data_offset + at, piece);
        outside.update(piece);
        if (member.deflated) {
          out += inflate(piece, inside);
        } else {
          inside.update(piece);
          out += length;
        }
        at += length;
      }
    }
    outside.finish();
    inside.finish();
    return out;
  }

 private:
  std::uint64_t inflate(util::MutableBytes piece, core::Hasher& hasher) {
    std::uint64_t total = 0;
    state_.next_in = reinterpret_cast<std::uint8_t*>(piece.data());
    state_.avail_in = static_cast<std::uint32_t>(piece.size());
    do {
      state_.next_out = reinterpret_cast<std::uint8_t*>(out_.data());
      state_.avail_out = static_cast<std::uint32_t>(out_.size());
      if (isal_inflate(&state_) < 0) {
        throw util::Error(util::ErrorKind::malformed, "deflate");
      }
      std::size_t made = out_.size() - state_.avail_out;
      hasher.update(util::Bytes(out_).first(made));
      total += made;
    } while (state_.avail_out == 0);
    return total;
  }

  inflate_state state_{};
  std::vector<std::byte> in_ = std::vector<std::byte>(kIn);
  std::vector<std::byte> out_ = std::vector<std::byte>(kOut);
};

}  // namespace
}  // namespace cartwheel::bench

int main(int argc, char** argv) {
  using namespace cartwheel;
  if (argc < 3) {
    std::fputs("usage: bench_floor THREADS WHEEL...\n", stderr);
    return 2;
  }
  std::vector<std::string> wheels(argv + 2, argv + argc);
  auto size = [](const std::string& path) { return std::filesystem::file_size(path); };
  std::ranges::sort(wheels, std::greater<>(), size);
  std::atomic<std::uint64_t> in = 0;
  std::atomic<std::uint64_t> out = 0;
  bench::Stopwatch watch;
  util::parallel_for(wheels.size(), std::strtoul(argv[1], nullptr, 10), [&](std::size_t i) {
    bench::Floor floor;
    out += floor.run(wheels[i]);
    in += size(wheels[i]);
  });
  bench::print_result("floor", watch, in, out);
}
