#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace cartwheel::archive {

// RFC 1951 section 3.2.5: which symbol and extra bits a length or a distance has.
inline constexpr unsigned kMinMatch = 3;
inline constexpr unsigned kMaxMatch = 258;
inline constexpr unsigned kWindow = 32768;
inline constexpr unsigned kEndOfBlock = 256;
inline constexpr unsigned kLiteralSymbols = 286;
inline constexpr unsigned kDistanceSymbols = 30;

struct Coded {
  std::uint16_t symbol = 0;
  std::uint16_t extra_bits = 0;  // how many
  std::uint32_t extra = 0;       // their value
};

// length: 3..258; symbols 257..285.
constexpr Coded length_code(unsigned length) {
  if (length == kMaxMatch) {
    return {285, 0, 0};
  }
  const unsigned rest = length - kMinMatch;
  if (rest < 8) {
    return {static_cast<std::uint16_t>(257 + rest), 0, 0};
  }
  const auto bits = static_cast<unsigned>(std::bit_width(rest)) -
                    3;  // four symbols for each number of extra bits
  return {static_cast<std::uint16_t>(257 + 4 * bits + (rest >> bits)),
          static_cast<std::uint16_t>(bits),
          rest & ((1U << bits) - 1)};
}

// distance: 1..32768; symbols 0..29.
constexpr Coded distance_code(unsigned distance) {
  const unsigned rest = distance - 1;
  if (rest < 4) {
    return {static_cast<std::uint16_t>(rest), 0, 0};
  }
  const auto bits = static_cast<unsigned>(std::bit_width(rest)) - 2;  // two symbols for each number
  return {static_cast<std::uint16_t>(2 * bits + (rest >> bits)),
          static_cast<std::uint16_t>(bits),
          rest & ((1U << bits) - 1)};
}

// All lengths, by length.
inline constexpr auto kLengthCodes = [] {
  std::array<Coded, kMaxMatch + 1> codes = {};
  for (unsigned length = kMinMatch; length <= kMaxMatch; ++length) {
    codes[length] = length_code(length);
  }
  return codes;
}();

// A Huffman code goes most significant bit first; everything else least significant first.
constexpr std::uint32_t reversed(std::uint32_t bits, unsigned count) {
  std::uint32_t out = 0;
  for (unsigned i = 0; i < count; ++i) {
    out = (out << 1) | ((bits >> i) & 1);
  }
  return out;
}

}  // namespace cartwheel::archive
