#pragma once

#include <vector>

#include "build/prepare.h"
#include "build/wheel_layers.h"

namespace cartwheel::build {

struct WheelJobs {
  std::vector<WheelJob> wheels;        // each once, however many platforms take it
  std::vector<PlatformJob> platforms;  // as Prepared::plans
};

// Which wheels are wanted and which of them share a layer, on every platform: own layers of large
// wheels, buckets, then the wheels of the project and its workspace members (docs/formats.md
// section 6). A package with its own `exclude` has a layer of its own. Every package must have a
// wheel by now. bytecode: of the Python that compiles, or null. Throws Error{refused} beyond the
// layer budget.
WheelJobs wheel_jobs(const Prepared& prepared,
                     const Inputs& inputs,
                     const layer::Bytecode* bytecode);

// Content of direct_url.json (PEP 610) for url and git sources, else "".
std::string direct_url(const lock::Source& source, const core::Artifact& wheel);

}  // namespace cartwheel::build
