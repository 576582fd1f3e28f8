#pragma once

#include <memory>
#include <vector>

#include "base/base.h"
#include "debian/packages.h"
#include "fetch/fetch.h"
#include "lock/base_lock.h"
#include "util/stream.h"

namespace cartwheel::base {

// Files of a Debian archive into the store. Throws what fetch::fetch throws.
void fetch_all(const std::vector<fetch::Wanted>& wanted, const Context& context);

// A package of an index, as cartwheel.lock has it.
lock::BasePackage pinned_package(const debian::Package& package);

// Brings the pinned packages into the store: from the archive, or, when one has left it, from the
// snapshot archive as of the Release that it was pinned with. Throws Error{not_found} that says
// what to do when it is nowhere.
void fetch_packages(const std::vector<lock::BasePackage>& packages,
                    const Definition& definition,
                    const std::vector<lock::BaseRelease>& releases,
                    const Context& context);

// A package that is in the store, for reading; its bytes are hashed again where the store cannot
// vouch for them.
std::unique_ptr<util::Source> open_package(const lock::BasePackage& package,
                                           const Context& context);

}  // namespace cartwheel::base
