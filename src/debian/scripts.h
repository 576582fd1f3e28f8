#pragma once

#include <set>
#include <string>
#include <string_view>

#include "debian/system.h"

namespace cartwheel::debian {

// The programs that a maintainer script calls and that would change the system ("chown",
// "update-alternatives" …): words of the shell text outside comments.
std::set<std::string> changing_commands(std::string_view script);

// Throws Error{unsupported} when the package has a preinst or postinst that calls a program for
// which, in this package, nothing here stands in. A new version of a known package whose script
// does something new is refused so too.
void check_scripts(const Installed& package);

// What the package's scripts do on a first installation.
void emulate_scripts(System& system, const Installed& package);

// The text of /etc/ssl/certs/ca-certificates.crt: all certificates below usr/share/ca-certificates,
// in order of bytes of the path, each ended by a newline.
std::string certificate_bundle(const Tree& tree);

}  // namespace cartwheel::debian
