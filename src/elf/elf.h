#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "util/bytes.h"

namespace cartwheel::elf {

// What a dynamic ELF64 file says of itself.
struct Elf {
  std::string machine;      // "x86_64", "aarch64", or "EM_<n>"
  bool is_shared = false;   // ET_DYN
  bool is_dynamic = false;  // has PT_DYNAMIC
  std::string soname;
  std::vector<std::string> needed;
  std::vector<std::string> rpath, runpath;  // split at ':'
  std::map<std::string, std::map<std::string, std::string>>
      versions_needed;                        // library → {"GLIBC": largest "2.28"}
  std::vector<std::string> versions_defined;  // "GLIBC_2.36", "GLIBCXX_3.4.30" …
};

bool looks_like_elf(util::Bytes first_bytes);  // "\x7fELF"

// Reads a whole file's tables through read_at(offset, length), which gives those bytes or fewer at
// the end. Nothing for a file that is no little-endian ELF64. Throws Error{malformed} for tables
// that point outside.
std::optional<Elf> read_elf(std::uint64_t size,
                            const std::function<std::string(std::uint64_t, std::size_t)>& read_at);

// For who sees a file go by once, and must know what to keep of it for read_elf().
struct Range {
  std::uint64_t offset = 0, size = 0;  // bytes in the file
  bool operator==(const Range&) const = default;
};
// Where the program headers end, from the first 64 bytes; 0 for what is no little-endian ELF64.
std::uint64_t program_headers_end(util::Bytes first_bytes);
// .dynamic, from the bytes up to the end of the program headers. Nothing when there is none. As
// long as read_elf() reads it at most.
std::optional<Range> find_dynamic(util::Bytes head);
// The tables that .dynamic names, and that read_elf() reads: strings, needed and defined versions
// (whose size is not known: 64 KiB, or up to the end of the file). Tables outside the file are left
// out.
std::vector<Range> find_tables(util::Bytes head, util::Bytes dynamic, std::uint64_t file_size);

// /etc/ld.so.cache as the image's own ldconfig would write it (research, debian-base section 1.4).
struct CacheEntry {
  std::string soname;       // key
  std::string path;         // "/lib/x86_64-linux-gnu/libc.so.6"
  std::uint32_t flags = 0;  // of the file's kind; 0: those of the machine
};
struct CacheInput {
  std::string machine;  // "x86_64" or "aarch64"
  std::vector<CacheEntry>
      entries;            // of equal sonames the one found first comes first; else in any order
  std::string generator;  // "ldconfig (Debian GLIBC 2.36-9+deb12u14) stable release version 2.36"
};
std::string ld_so_cache(const CacheInput& input);
// What a cache holds, in its order; the machine stays "". Also of the older format that has another
// one before it (glibc before 2.32). Entries for some processors only (hwcaps) are left out: each
// has one for all beside it. Throws Error{malformed}.
CacheInput read_ld_so_cache(std::string_view bytes);

}  // namespace cartwheel::elf
