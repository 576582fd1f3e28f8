#pragma once

#include "build/prepare.h"

namespace cartwheel::build {

// Fetches the wheels of the plan whose inside the memo does not know and reads their facts into it
// (`plan --deep`): METADATA, WHEEL, entry points, RECORD, and what its ELF files say; nothing is
// inflated that a layer alone would need.
void look_inside(const Prepared& prepared,
                 const Inputs& inputs,
                 const Options& options,
                 const Ports& ports);

}  // namespace cartwheel::build
