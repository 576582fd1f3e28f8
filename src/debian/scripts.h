#pragma once

#include "debian/system.h"

namespace cartwheel::debian {

// Does what the packages' preinst and postinst do on a first installation, each package after those
// that it depends on. The scripts of a few packages have somebody's code in their place, who has
// read them: a new version that calls something else is refused. All others are run line by line
// (shell.h) on the tree. Throws Error{unsupported} with the line for what nothing here stands in
// for, unless the package is among System::skips_scripts_of.
void run_scripts(System& system);

}  // namespace cartwheel::debian
