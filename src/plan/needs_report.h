#pragma once

#include "plan/plan.h"

namespace cartwheel::plan {

// Adds library-missing for what plan.needs.missing has: one finding for each package and severity.
void report_missing(Plan& plan);

}  // namespace cartwheel::plan
