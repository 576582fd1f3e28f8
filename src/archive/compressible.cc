#include "archive/compressible.h"

#include <vector>

#include "archive/bit_writer.h"
#include "archive/encoder_c.h"

namespace cartwheel::archive {

namespace {

constexpr std::uint64_t kSmall = std::uint64_t{128} << 10;  // so that no two pieces overlap
constexpr std::uint64_t kPieces = 8;
constexpr std::uint64_t kPiece = std::uint64_t{16} << 10;  // bytes

}  // namespace

bool is_compressible(const util::RandomAccess& file) {
  const std::uint64_t size = file.size();
  if (size < kSmall) {
    return true;
  }
  EncoderC encoder;
  BitWriter bits;
  std::vector<std::byte> piece(kPiece);
  std::uint64_t taken = 0;
  std::uint64_t coded = 0;
  const auto count = [&] {
    bits.flush_bytes();
    coded += bits.bytes().size();
    bits.clear();
  };
  encoder.begin();
  for (std::uint64_t i = 0; i < kPieces; ++i) {
    file.read_at(i * (size - kPiece) / (kPieces - 1), piece);
    encoder.feed(util::as_text(piece), bits);
    taken += piece.size();
    count();
  }
  encoder.end(true, bits);
  bits.align();
  count();
  return coded * 4 < taken * 3;
}

}  // namespace cartwheel::archive
