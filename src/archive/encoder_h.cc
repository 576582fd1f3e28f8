// Encoder H of docs/formats.md section 3.1: bits BFINAL, 01, tokens in the fixed codes of RFC 1951
// section 3.2.6, end of block.
#include "archive/encoder_h.h"

#include <algorithm>
#include <array>

#include "archive/deflate_tables.h"

namespace cartwheel::archive {

namespace {

constexpr std::size_t kBlock = 512;

struct Code {
  std::uint16_t bits = 0;
  std::uint16_t count = 0;
};

constexpr Code fixed_code(unsigned symbol) {
  if (symbol < 144) {
    return {static_cast<std::uint16_t>(reversed(0x30 + symbol, 8)), 8};
  }
  if (symbol < 256) {
    return {static_cast<std::uint16_t>(reversed(0x190 + symbol - 144, 9)), 9};
  }
  if (symbol < 280) {
    return {static_cast<std::uint16_t>(reversed(symbol - 256, 7)), 7};
  }
  return {static_cast<std::uint16_t>(reversed(0xc0 + symbol - 280, 8)), 8};
}

constexpr auto kFixedCodes = [] {
  std::array<Code, kLiteralSymbols> codes = {};
  for (unsigned symbol = 0; symbol < kLiteralSymbols; ++symbol) {
    codes[symbol] = fixed_code(symbol);
  }
  return codes;
}();

void put_symbol(BitWriter& out, unsigned symbol) {
  out.put(kFixedCodes[symbol].bits, kFixedCodes[symbol].count);
}

void put_match(BitWriter& out, unsigned length, unsigned distance) {
  const Coded& coded_length = kLengthCodes[length];
  put_symbol(out, coded_length.symbol);
  out.put(coded_length.extra, coded_length.extra_bits);
  const Coded coded_distance = distance_code(distance);
  out.put(reversed(coded_distance.symbol, 5), 5);
  out.put(coded_distance.extra, coded_distance.extra_bits);
}

unsigned common_length(std::string_view a, std::string_view b) {
  const std::size_t limit = std::min<std::size_t>({a.size(), b.size(), kMaxMatch});
  const auto* end =
      std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(limit), b.begin()).first;
  return static_cast<unsigned>(end - a.begin());
}

std::size_t hash_of(std::string_view text, std::size_t at, unsigned bits) {
  const auto byte = [&](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(text[at + i]));
  };
  const std::uint32_t key = byte(0) | byte(1) << 8 | byte(2) << 16;
  return (key * 0x9e3779b1U) >> (32 - bits);
}

}  // namespace

EncoderH::EncoderH() : head_(std::size_t{1} << kHashBits), before_(kMaxRun) {}

void EncoderH::insert(std::string_view text, std::size_t at) {
  if (at + kMinMatch > text.size()) {
    return;
  }
  std::uint16_t& head = head_[hash_of(text, at, kHashBits)];
  before_[at] = head;
  head = static_cast<std::uint16_t>(at + 1);
}

// N(1): the latest earlier place with the same three bytes.
EncoderH::Match EncoderH::nearest(std::string_view text, std::size_t at) const {
  if (at + kMinMatch > text.size()) {
    return {};
  }
  for (std::size_t next = head_[hash_of(text, at, kHashBits)]; next != 0;
       next = before_[next - 1]) {
    const unsigned length = common_length(text.substr(at), text.substr(next - 1));
    if (length >= kMinMatch) {
      return {length, static_cast<unsigned>(at - (next - 1))};
    }
  }
  return {};
}

void EncoderH::encode(std::string_view text,
                      const std::vector<HeaderPlace>& places,
                      bool last,
                      BitWriter& out) {
  std::fill(head_.begin(), head_.end(), std::uint16_t{0});
  out.put(last ? 0b011 : 0b010, 3);
  auto place = places.begin();
  for (std::size_t at = 0; at < text.size();) {
    while (place != places.end() && at >= place->offset + kBlock) {
      ++place;
    }
    Match match = nearest(text, at);
    if (place != places.end() && at >= place->offset && place->distance > 0 &&
        place->distance <= kWindow) {
      const std::size_t within = at - place->offset;
      const unsigned length =
          common_length(text.substr(at, kBlock - within), place->previous.substr(within));
      if (length > match.length) {
        match = {length, static_cast<unsigned>(place->distance)};
      }
    }
    const std::size_t taken = match.length >= kMinMatch ? match.length : 1;
    if (taken > 1) {
      put_match(out, match.length, match.distance);
    } else {
      put_symbol(out, static_cast<unsigned char>(text[at]));
    }
    for (std::size_t i = 0; i < taken; ++i) {
      insert(text, at + i);
    }
    at += taken;
  }
  put_symbol(out, kEndOfBlock);
}

}  // namespace cartwheel::archive
