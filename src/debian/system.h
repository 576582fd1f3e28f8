#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/platform.h"
#include "debian/tree.h"

namespace cartwheel::debian {

// A package that was unpacked.
struct Installed {
  std::string name, version, architecture;
  std::string control, md5sums;                // texts of these control members
  std::map<std::string, std::string> scripts;  // "preinst", "postinst" → text
};

// A root file system under way, with what was unpacked into it.
struct System {
  core::Platform platform;
  Tree tree;
  std::vector<Installed> packages;  // in order of the name

  const Installed* find(std::string_view package) const;  // null when it was not unpacked
};

// Does to the tree what configuring the packages by dpkg would have done, without running anything:
// the links of a merged /usr, what each package's scripts do on a first installation (scripts.h),
// and last /etc/ld.so.cache. Records the packages for scanners under var/lib/dpkg/status.d: the
// control file and the md5sums of each, as distroless images have them. Throws Error{unsupported}
// for a package whose scripts nothing here stands in for, Error{refused} for a tree that
// contradicts itself.
void configure(System& system);

}  // namespace cartwheel::debian
