#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/platform.h"
#include "debian/tree.h"
#include "elf/elf.h"

namespace cartwheel::debian {

// /etc/ld.so.cache as ldconfig(8) of the tree's own libc-bin (of this version) would write it, and
// in the tree the links SONAME → FILE that it would make where they are missing. No ELF file is
// executed.
std::string make_ld_so_cache(Tree& tree,
                             const core::Platform& platform,
                             const std::string& libc_bin_version);

// The directories that ldconfig would read: /etc/ld.so.conf with what it includes, then the
// built-in ones; as they are written there, each real directory once.
std::vector<std::string> library_directories(const Tree& tree, const core::Platform& platform);

// A file that may be a library, as ldconfig sees it.
struct LibraryFile {
  std::string name;    // of the file
  std::string soname;  // its own, else the name
  bool is_link = false;
};

// What ldconfig makes of a directory.
struct DirectoryEntries {
  std::vector<elf::CacheEntry> entries;                    // in order of bytes of the soname
  std::vector<std::pair<std::string, std::string>> links;  // SONAME → FILE that are missing
};

// files: what lies in the directory; those whose names are no library's are passed over.
DirectoryEntries directory_entries(const std::string& directory,
                                   const std::vector<LibraryFile>& files);

}  // namespace cartwheel::debian
