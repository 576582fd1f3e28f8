#pragma once

#include "debian/system.h"

namespace cartwheel::debian {

// Records the packages in the tree as dpkg(1) does: /var/lib/dpkg/status with every package
// "install ok installed", and in /var/lib/dpkg/info each package's list of files, md5sums,
// conffiles and scripts. Scanners read it, and dpkg goes on from it in an image that is made on
// top. What only builders of packages read (shlibs, symbols) is left out.
void write_dpkg_database(System& system);

}  // namespace cartwheel::debian
