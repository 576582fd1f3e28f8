#pragma once

#include <vector>

#include "build/inputs.h"
#include "build/prepare.h"
#include "plan/report.h"

namespace cartwheel::build {

// The project's code, [[files]] and local [[data]] as they lie on the disk now, for the plan.
// Nothing is hashed. Throws Error{not_found, refused, io} as list() does.
std::vector<plan::PlannedTree> planned_trees(const Prepared& prepared, const Inputs& inputs);

}  // namespace cartwheel::build
