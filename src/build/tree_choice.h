#pragma once

#include <vector>

#include "build/prepare.h"
#include "build/source_trees.h"
#include "lock/lock.h"
#include "settings/settings.h"

namespace cartwheel::build {

// Whether the source tree of a root package is copied, rather than built into a wheel.
bool is_copied(const settings::Loaded& loaded, const lock::Package& package);

// The source trees of the chosen projects that are not built, then [[files]], the local ones of
// [[data]], certificates: Prepared::sources. Reads the lock, the selection and the settings of
// `prepared`.
std::vector<SourceTree> source_trees(const Prepared& prepared);

}  // namespace cartwheel::build
