#pragma once

#include <string>

#include "lock/lock.h"
#include "plan/target.h"

namespace cartwheel::plan {

// Why none of a package's wheels is for a target, and what helps. Pure.
struct MissingWheel {
  // What the lock has instead: "8 wheels, none for it", "no wheel at all", "8 wheels, those for
  // x86_64 are for Python 3.8, 3.9, 3.10".
  std::string offered;
  std::string for_newer_glibc;  // the file name of one for the same Python and machine, or ""
  std::string remedy;
};
MissingWheel missing_wheel(const lock::Package& package, const Target& target);

}  // namespace cartwheel::plan
