#pragma once

#include "build/inputs.h"
#include "build/prepare.h"

namespace cartwheel::build {

// Makes wheels of what has none: sdists and archives (fetched first), commits of git repositories,
// and the trees of the project, its members and other folders. Each source is built once for a
// Python and cached by its content; PlannedPackage::wheel and Prepared::built name the wheels
// afterwards, and Prepared::built_trees the trees with the digests that they had. The wheels of
// immutable sources are written into cartwheel.lock, and then inputs.base_lock is its new text.
// Throws Error{refused} with --no-build, for wheels that do not serve a platform (all of them
// together, with the ways out), for one that is not the one in cartwheel.lock, for one that
// cartwheel.lock lacks under --frozen, and when a build fails.
void build_wheels(Prepared& prepared, Inputs& inputs, const Options& options, const Ports& ports);

}  // namespace cartwheel::build
