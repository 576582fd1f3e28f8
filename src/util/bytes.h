#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cartwheel::util {

using Bytes = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;

Bytes as_bytes(std::string_view text);
std::string_view as_text(Bytes bytes);
inline const std::uint8_t* as_u8(Bytes bytes) {
  return reinterpret_cast<const std::uint8_t*>(
      bytes.data());  // bytes of a file: no other type lives there
}

// Lower-case hex digits, two a byte.
std::string hex(Bytes bytes);
// The bytes of an even number of hex digits of either case; empty when the text is not that.
std::vector<std::byte> from_hex(std::string_view text);
// RFC 4648 section 5 alphabet, without padding (as RECORD files have it).
std::string base64url(Bytes bytes);

// Reads integers (little-endian) and slices off the front of untrusted bytes. Every read past the
// end throws Error{malformed} "PLACE: ends at byte N, wanted M more".
class ByteReader {
 public:
  ByteReader(Bytes bytes, std::string place) : bytes_(bytes), place_(std::move(place)) {}

  std::uint8_t u8();
  std::uint16_t u16();
  std::uint32_t u32();
  std::uint64_t u64();
  std::uint64_t varint();  // unsigned LEB128, at most 10 bytes
  Bytes take(std::size_t count);
  std::size_t position() const { return position_; }
  std::size_t remaining() const { return bytes_.size() - position_; }
  bool at_end() const { return remaining() == 0; }

 private:
  template <typename Integer>
  Integer little_endian();

  Bytes bytes_;
  std::string place_;
  std::size_t position_ = 0;
};

// Appends to a string, little-endian.
void put_u8(std::string& out, std::uint8_t value);
void put_u16(std::string& out, std::uint16_t value);
void put_u32(std::string& out, std::uint32_t value);
void put_u64(std::string& out, std::uint64_t value);
void put_varint(std::string& out, std::uint64_t value);

}  // namespace cartwheel::util
