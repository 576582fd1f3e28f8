#pragma once

#include <string>
#include <utility>
#include <vector>

#include "plan/plan.h"

namespace cartwheel::plan {

// The variables that tell the packages of a plan where they may keep what they download, compile
// and measure (docs/runtime.md): name and value, in order of bytes of the name, each once.
// XDG_CACHE_HOME is `cache` itself (an absolute path); the others name folders below it.
std::vector<std::pair<std::string, std::string>> cache_variables(const Plan& plan,
                                                                 const std::string& cache);

}  // namespace cartwheel::plan
