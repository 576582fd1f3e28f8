#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "util/bytes.h"

namespace cartwheel::archive {

// Bits as RFC 1951 packs them, least significant first, into bytes. Not thread-safe.
class BitWriter {
 public:
  // The lowest `count` bits of `bits`, at most 32; the bits above must be zero.
  void put(std::uint64_t bits, unsigned count) {
    held_ |= bits << count_;
    count_ += count;
    if (count_ >= 32) {
      const auto low = static_cast<std::uint32_t>(held_);
      const char bytes[4] = {static_cast<char>(low),
                             static_cast<char>(low >> 8),
                             static_cast<char>(low >> 16),
                             static_cast<char>(low >> 24)};
      out_.append(bytes, sizeof bytes);
      held_ >>= 32;
      count_ -= 32;
    }
  }
  // Zero bits up to the next byte boundary; nothing on one.
  void align() {
    if (bit_in_byte() != 0) {
      put(0, 8 - bit_in_byte());
    }
  }
  // How many bits of the last byte are taken; 0 on a byte boundary.
  unsigned bit_in_byte() const { return count_ & 7; }

  // On a byte boundary only: whole bytes.
  void put_bytes(std::string_view bytes) {
    flush_bytes();
    out_ += bytes;
  }
  // Moves the whole bytes that are held to bytes().
  void flush_bytes() {
    for (; count_ >= 8; count_ -= 8, held_ >>= 8) {
      util::put_u8(out_, static_cast<std::uint8_t>(held_));
    }
  }
  // The whole bytes that were flushed and not yet taken away by clear().
  const std::string& bytes() const { return out_; }
  void clear() { out_.clear(); }

 private:
  std::string out_;
  std::uint64_t held_ = 0;
  unsigned count_ = 0;  // bits in held_, less than 32 between calls
};

}  // namespace cartwheel::archive
