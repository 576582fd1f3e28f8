#pragma once

#include <map>
#include <string>
#include <tuple>

#include "build/inputs.h"
#include "build/prepare.h"

namespace cartwheel::build {

// What built packages were made of, by name, version and Source::str(): "sha256:…" or a commit.
using BuiltSources = std::map<std::tuple<std::string, std::string, std::string>, std::string>;

// Writes the wheels of immutable sources that the plans take, however they came, into
// cartwheel.lock ([[built]]), and leaves out those of sources that the lock does not have any more;
// inputs.base_lock is the new text then. `sources`: of what the lock has no hash of. Throws
// Error{refused} for another wheel than the one that is recorded, unless --rebuild accepts it, and
// under --frozen for one that is not.
void record_built(Prepared& prepared,
                  Inputs& inputs,
                  const Options& options,
                  const store::Store& store,
                  const BuiltSources& sources);

}  // namespace cartwheel::build
