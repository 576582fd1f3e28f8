#pragma once

#include "build/build.h"
#include "build/work.h"

namespace cartwheel::build {

// Fetches and makes everything that work.prepared names, and writes the index into work.outputs:
// layers, then images of them, then the record by which the next build knows that nothing has
// changed. Fills work.outcome. Throws Error{refused} after on_findings when the inside of a wheel
// shows an error, and all that the folders below throw.
void make_index(Work& work, const Ports& ports, const OnFindings& on_findings);

}  // namespace cartwheel::build
