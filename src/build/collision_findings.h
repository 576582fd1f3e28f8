#pragma once

#include <vector>

#include "build/prepare.h"
#include "build/wheel_layers.h"

namespace cartwheel::build {

// The findings "path-collision" of paths that wheels install with different bytes, one for each set
// of wheels and claim (docs/findings.md): an error when both claim an extension module or an import
// package, unless the settings have on-collision = "last-wins"; else a warning. And "path-shared",
// for those who ask for more, where the bytes are the same.
std::vector<plan::Finding> collision_findings(const WheelLayers& layers, const Prepared& prepared);

}  // namespace cartwheel::build
