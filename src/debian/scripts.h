#pragma once

#include <set>
#include <string>
#include <string_view>

#include "debian/system.h"

namespace cartwheel::debian {

// The commands in command position of a shell script, in whichever branch, that would change the
// system ("chown", "update-alternatives" …).
std::set<std::string> changing_commands(std::string_view script);

// Does what the packages' preinst and postinst do on a first installation, each package after those
// that it depends on. The scripts of a few packages have somebody's code in their place, who has
// read them: a new version that calls something else is refused. All others are run line by line
// (shell.h) on the tree. Throws Error{unsupported} with the line for what nothing here stands in
// for, unless the package is among System::skips_scripts_of.
void run_scripts(System& system);

// The text of /etc/ssl/certs/ca-certificates.crt: all certificates below usr/share/ca-certificates,
// in order of bytes of the path, each ended by a newline.
std::string certificate_bundle(const Tree& tree);

}  // namespace cartwheel::debian
