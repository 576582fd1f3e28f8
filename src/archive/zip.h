#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "util/stream.h"

namespace cartwheel::archive {

// A member of a zip, after the central directory and the local header were compared.
struct ZipMember {
  std::string name;  // as in the central directory, UTF-8; directories end in '/'
  bool is_directory = false;
  bool deflated = false;  // method 8; else stored (0)
  std::uint32_t crc32 = 0;
  std::uint64_t compressed_size = 0;  // bytes
  std::uint64_t size = 0;             // bytes, inflated
  std::uint64_t header_offset = 0;    // of the local header
  std::uint64_t data_offset = 0;      // of the compressed bytes
  unsigned unix_mode = 0;             // the 16 mode bits, whatever system made the zip
  bool executable() const { return (unix_mode & 0111) != 0; }
};

// Everything that two zip readers may see differently is refused, naming member and offset:
// Error{malformed}, or Error{refused} for unsafe paths (absolute, "..", backslash, drive, NUL), or
// Error{unsupported} for encryption, other methods and several disks. APPNOTE 6.3.10. Members in
// order of their local header's offset.
std::vector<ZipMember> read_zip(const util::RandomAccess& file);

}  // namespace cartwheel::archive
