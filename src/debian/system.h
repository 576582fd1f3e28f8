#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/platform.h"
#include "debian/tree.h"

namespace cartwheel::debian {

// A package that was unpacked.
struct Installed {
  std::string name, version, architecture;
  std::string control;                         // text of that control member
  std::map<std::string, std::string> members;  // the other ones: "postinst", "md5sums" … → text
  std::string list;                            // what it unpacks, as dpkg lists it: "/.\n/usr\n"
};

// A root file system under way, with what was unpacked into it.
struct System {
  core::Platform platform;
  Tree tree;
  std::vector<Installed> packages;         // in order of the name
  std::set<std::string> skips_scripts_of;  // packages taken without what their scripts do

  const Installed* find(std::string_view package) const;  // null when it was not unpacked
};

// Does to the tree what configuring the packages by dpkg would have done, without running anything:
// the links of a merged /usr, what each package's scripts do on a first installation (scripts.h),
// the dpkg database (dpkg_database.h), and last /etc/ld.so.cache. Throws Error{unsupported}
// for a package whose scripts nothing here stands in for, Error{refused} for a tree that
// contradicts itself.
void configure(System& system);

// /etc/ld.so.cache as it must be for the libraries that are in the tree now, if libc-bin is there.
void update_ld_so_cache(System& system);

}  // namespace cartwheel::debian
