#pragma once

#include "plan/plan.h"

namespace cartwheel::plan {

// Adds library-missing for what plan.needs.missing has: one finding for each package and severity.
// adds_packages: as NeedsInput has it.
void report_missing(Plan& plan, bool adds_packages);

}  // namespace cartwheel::plan
