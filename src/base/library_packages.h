#pragma once

#include <string>
#include <string_view>

namespace cartwheel::base {

// The package of a Debian suite ("bookworm") that brings a library, by images/libraries/SUITE.txt:
// "libgl1" for "libGL.so.1". "" when none does, or the suite has no such file.
std::string package_of_library(std::string_view suite, std::string_view soname);

// The same, in a text of that form: lines "PACKAGE SONAME …".
std::string package_of_library_in(std::string_view text, std::string_view soname);

}  // namespace cartwheel::base
