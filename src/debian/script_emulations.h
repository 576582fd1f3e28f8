#pragma once

#include <string>
#include <string_view>

#include "debian/system.h"

namespace cartwheel::debian {

// What stands in for the scripts of a package, because somebody has read them. Commands that they
// call only on an upgrade or removal, or to no effect in a new image, are listed too.
struct Emulation {
  std::string_view package;   // a glob
  std::string_view commands;  // separated by spaces; "*" for whatever they call
  void (*apply)(System&, const Installed&);
};

// Null for a package whose scripts are run.
const Emulation* find_emulation(std::string_view package);

}  // namespace cartwheel::debian
