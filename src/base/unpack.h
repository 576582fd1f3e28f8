#pragma once

#include <string>
#include <vector>

#include "base/scratch_file.h"
#include "debian/system.h"
#include "lock/base_lock.h"
#include "util/stream.h"

namespace cartwheel::base {

// Whether a path of a package is left out: it or a folder that it lies in matches one of these
// globs. usr/share/doc/*/copyright never is.
bool is_excluded(const std::string& path, const std::vector<std::string>& globs);

// A package taken apart: what its control archive says, and its entries in the archive's order,
// already where a merged /usr has them, contents in `scratch`.
struct UnpackedPackage {
  debian::Installed installed;
  std::vector<std::pair<std::string, debian::Node>> entries;
};
// Throws Error{malformed} for a broken package and for one that is not the package pinned;
// Error{refused} for unsafe paths, devices.
UnpackedPackage unpack(util::Source& deb,
                       const lock::BasePackage& pinned,
                       const std::vector<std::string>& exclude,
                       ScratchFile& scratch);

}  // namespace cartwheel::base
