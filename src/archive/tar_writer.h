#pragma once

#include <cstdint>
#include <string>

namespace cartwheel::archive {

enum class EntryKind { directory, file, symlink };

// What a tar header says (docs/formats.md sections 1 and 2). mtime is core::kLayerTime for all.
struct TarEntry {
  std::string path;  // relative, '/'-separated; directories without the final '/'
  EntryKind kind = EntryKind::file;
  unsigned mode = 0644;
  unsigned uid = 0, gid = 0;
  std::uint64_t size = 0;   // bytes of a file
  std::string target = {};  // of a symlink
};

// Throws Error{refused} for a path that is absolute, has "." or ".." or an empty component, NUL,
// invalid UTF-8 or is over the limits.
void check_entry(const TarEntry& entry);

// [pax header block + pax data] + header block: a multiple of 512 bytes. Our own frozen encoding.
std::string tar_header(const TarEntry& entry);

// How many zero bytes follow a content of this size.
inline std::uint64_t tar_padding(std::uint64_t size) { return (512 - size % 512) % 512; }

inline constexpr std::uint64_t kTarEnd = 1024;  // two zero blocks

}  // namespace cartwheel::archive
