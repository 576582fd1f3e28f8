#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "util/bytes.h"
#include "util/error.h"

namespace cartwheel::elf {

// An ELF file that is read bit by bit: at any place, through a window that it moves forwards; so
// tables are cheap to read in order of their offset.
class ElfFile {
 public:
  ElfFile(std::uint64_t size, const std::function<std::string(std::uint64_t, std::size_t)>& read_at)
      : size_(size),
        read_at_(read_at) {}

  std::uint64_t size() const { return size_; }

  // Up to `length` bytes, fewer at the end of the file. Valid until the next call.
  std::string_view some(std::uint64_t offset, std::size_t length) {
    if (offset >= size_) {
      return {};
    }
    length = static_cast<std::size_t>(std::min<std::uint64_t>(length, size_ - offset));
    if (offset < begin_ || offset + length > begin_ + window_.size()) {
      std::uint64_t wanted = std::min<std::uint64_t>(std::max(length, kWindow), size_ - offset);
      window_ = read_at_(offset, static_cast<std::size_t>(wanted));
      begin_ = offset;
    }
    return std::string_view(window_).substr(static_cast<std::size_t>(offset - begin_), length);
  }

  std::string_view exactly(std::uint64_t offset, std::size_t length) {
    std::string_view bytes = some(offset, length);
    if (bytes.size() < length) {
      throw util::Error(
          util::ErrorKind::malformed,
          fmt::format("ELF table at {} reaches past the end of {} bytes", offset, size_));
    }
    return bytes;
  }

 private:
  static constexpr std::size_t kWindow = 16 << 10;  // bytes read at once

  std::uint64_t size_;
  const std::function<std::string(std::uint64_t, std::size_t)>& read_at_;
  std::uint64_t begin_ = 0;
  std::string window_;
};

inline util::ByteReader elf_reader(std::string_view bytes) {
  return {util::as_bytes(bytes), "ELF"};
}

}  // namespace cartwheel::elf
