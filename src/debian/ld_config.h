#pragma once

#include <string>

#include "core/platform.h"
#include "debian/tree.h"

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

}  // namespace cartwheel::debian
