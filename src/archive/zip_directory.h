#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "archive/zip.h"
#include "util/stream.h"

namespace cartwheel::archive {

// Where the central directory of a zip lies, from its end records.
struct ZipDirectory {
  std::uint64_t base = 0;    // bytes before the zip that its offsets do not count
  std::uint64_t offset = 0;  // in the file, base included
  std::uint64_t size = 0;    // bytes
  std::uint64_t entries = 0;
};

// Finds it, and refuses a file in which another reader may find another one.
ZipDirectory find_zip_directory(const util::RandomAccess& file);

// Reads a file piece by piece through one buffer, for things that lie close to each other.
class ZipWindow {
 public:
  explicit ZipWindow(const util::RandomAccess& file) : file_(file), size_(file.size()) {}
  // `length` bytes at offset; valid until the next call. Where they are not in the buffer, up to
  // `ahead` bytes from offset are read at once. Throws Error{malformed} past the end.
  util::Bytes at(std::uint64_t offset, std::size_t length, std::size_t ahead);
  std::uint64_t size() const { return size_; }

 private:
  const util::RandomAccess& file_;
  std::uint64_t size_;
  std::vector<std::byte> buffer_;
  std::uint64_t offset_ = 0;
};

// Little-endian integers at a place that lies within bytes.
std::uint16_t load16(util::Bytes bytes, std::size_t at);
std::uint32_t load32(util::Bytes bytes, std::size_t at);
std::uint64_t load64(util::Bytes bytes, std::size_t at);

// What a local or central header says of a member (both have these).
struct ZipFields {
  std::uint16_t flags = 0;
  std::uint16_t method = 0;
  std::uint32_t crc32 = 0;
  std::uint64_t compressed_size = 0;
  std::uint64_t size = 0;
  std::uint64_t offset = 0;  // central only
  std::uint32_t disk = 0;    // central only
  bool zip64 = false;        // has the zip64 field
};

// Puts what the extra field says into fields: zip64 sizes. Refuses a field of which readers differ
// what it says.
void apply_zip_extra(util::Bytes extra, std::string_view name, bool central, ZipFields& fields);

}  // namespace cartwheel::archive
