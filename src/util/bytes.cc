#include "util/bytes.h"

#include <fmt/format.h>

#include "util/error.h"

namespace cartwheel::util {

Bytes as_bytes(std::string_view text) { return std::as_bytes(std::span(text.data(), text.size())); }

std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string hex(Bytes bytes) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (std::byte value : bytes) {
    out += kDigits[std::to_integer<std::size_t>(value) >> 4];
    out += kDigits[std::to_integer<std::size_t>(value) & 15];
  }
  return out;
}

namespace {

int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') {
    return digit - '0';
  }
  if (digit >= 'a' && digit <= 'f') {
    return digit - 'a' + 10;
  }
  if (digit >= 'A' && digit <= 'F') {
    return digit - 'A' + 10;
  }
  return -1;
}

}  // namespace

std::vector<std::byte> from_hex(std::string_view text) {
  std::vector<std::byte> out;
  if (text.size() % 2 != 0) {
    return out;
  }
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    int high = hex_value(text[i]);
    int low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) {
      return {};
    }
    out.push_back(static_cast<std::byte>(high * 16 + low));
  }
  return out;
}

std::string base64url(Bytes bytes) {
  static constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  std::uint32_t bits = 0;
  int held = 0;
  for (std::byte value : bytes) {
    bits = (bits << 8) | std::to_integer<std::uint32_t>(value);
    held += 8;
    while (held >= 6) {
      held -= 6;
      out += kAlphabet[(bits >> held) & 63];
    }
  }
  if (held > 0) {
    out += kAlphabet[(bits << (6 - held)) & 63];
  }
  return out;
}

template <typename Integer>
Integer ByteReader::little_endian() {
  Bytes raw = take(sizeof(Integer));
  Integer value = 0;
  for (std::size_t i = 0; i < sizeof(Integer); ++i) {
    value = static_cast<Integer>(value | (std::to_integer<Integer>(raw[i]) << (8 * i)));
  }
  return value;
}

std::uint8_t ByteReader::u8() { return std::to_integer<std::uint8_t>(take(1)[0]); }
std::uint16_t ByteReader::u16() { return little_endian<std::uint16_t>(); }
std::uint32_t ByteReader::u32() { return little_endian<std::uint32_t>(); }
std::uint64_t ByteReader::u64() { return little_endian<std::uint64_t>(); }

std::uint64_t ByteReader::varint() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    std::uint64_t byte = u8();
    if (shift == 63 && byte > 1) {
      break;
    }
    value |= (byte & 127) << shift;
    if (byte < 128) {
      return value;
    }
  }
  throw Error(ErrorKind::malformed,
              fmt::format("{}: a number at byte {} is too long", place_, position_));
}

Bytes ByteReader::take(std::size_t count) {
  if (count > remaining()) {
    throw Error(
        ErrorKind::malformed,
        fmt::format(
            "{}: ends at byte {}, wanted {} more", place_, bytes_.size(), count - remaining()));
  }
  Bytes out = bytes_.subspan(position_, count);
  position_ += count;
  return out;
}

void put_u8(std::string& out, std::uint8_t value) { out += static_cast<char>(value); }

namespace {

void put_little_endian(std::string& out, std::uint64_t value, int size) {
  for (int i = 0; i < size; ++i) {
    put_u8(out, static_cast<std::uint8_t>(value >> (8 * i)));
  }
}

}  // namespace

void put_u16(std::string& out, std::uint16_t value) { put_little_endian(out, value, 2); }
void put_u32(std::string& out, std::uint32_t value) { put_little_endian(out, value, 4); }
void put_u64(std::string& out, std::uint64_t value) { put_little_endian(out, value, 8); }

void put_varint(std::string& out, std::uint64_t value) {
  while (value >= 128) {
    put_u8(out, static_cast<std::uint8_t>(value | 128));
    value >>= 7;
  }
  put_u8(out, static_cast<std::uint8_t>(value));
}

}  // namespace cartwheel::util
