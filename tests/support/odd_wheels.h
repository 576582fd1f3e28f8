#pragma once

#include <string>
#include <vector>

#include "util/error.h"

namespace cartwheel::tests {

// A wheel by hand that two readers may see differently, that lies, or that says less than it
// should. docs/strictness.md has a row for each; tests/interop/strictness.sh shows them to uv and
// pip.
struct OddWheel {
  std::string name;  // of the row: "crc-differs"
  std::string filename, bytes;
  bool taken = false;  // with a finding; else it is refused
  util::ErrorKind kind = util::ErrorKind::malformed;
  // Parts of the error's message; or, when it is taken, the code of the finding in its facts.
  std::vector<std::string> says;
};

std::vector<OddWheel> odd_wheels();

}  // namespace cartwheel::tests
