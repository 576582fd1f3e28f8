#pragma once

#include <string>
#include <vector>

#include "plan/layers.h"
#include "plan/plan.h"
#include "settings/settings.h"

namespace cartwheel::plan {

// Globs of what this package leaves out: its own and those for each package, sorted.
std::vector<std::string> exclude_globs(const std::string& name, const settings::Settings& settings);

// Which wheels share a layer, with members as indices into the packages: those that leave out what
// others do not are alone, source trees (the project, workspace members) come last. base_layers:
// those below the environment. Throws what group_layers() throws.
std::vector<LayerGroup> layers_of(const std::vector<PlannedPackage>& packages,
                                  const settings::Settings& settings,
                                  int base_layers);

}  // namespace cartwheel::plan
