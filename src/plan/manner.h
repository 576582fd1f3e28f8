#pragma once

// Internal to stale: the settings by which a lock was made.

#include <optional>
#include <string>

#include "plan/stale.h"
#include "plan/statements.h"

namespace cartwheel::plan {

// In what [tool.uv] of the projects differs from what the lock was made with: constraints,
// overrides, exclusions, metadata given by hand, environments, conflicts and the resolver's
// options. root: of the workspace; here: where its requirements stand.
std::optional<std::string> manner_difference(const lock::Lock& lock,
                                             const Projects& projects,
                                             const settings::Project& root,
                                             const Context& here,
                                             Comparison& comparison);

}  // namespace cartwheel::plan
