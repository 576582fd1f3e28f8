#pragma once

#include "build/prepare.h"

namespace cartwheel::build {

// Makes wheels of what has none: sdists (fetched first), and the trees of the project and its
// members. Built once, cached by the sdist's SHA-256 or the tree's digest; PlannedPackage::wheel
// names them afterwards. Throws Error{refused} with --no-build, for a built wheel that does not
// serve a platform, and when a build fails; Error{unsupported} for git sources.
void build_wheels(Prepared& prepared,
                  const Inputs& inputs,
                  const Options& options,
                  const Ports& ports);

}  // namespace cartwheel::build
