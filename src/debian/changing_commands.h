#pragma once

#include <set>
#include <string>
#include <string_view>

namespace cartwheel::debian {

// The commands in command position of a shell script, in whichever branch, that would change the
// system ("chown", "update-alternatives" …).
std::set<std::string> changing_commands(std::string_view script);

}  // namespace cartwheel::debian
