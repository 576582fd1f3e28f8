#pragma once

#include <vector>

#include "base/base.h"
#include "debian/packages.h"
#include "debian/release.h"

namespace cartwheel::base {

// What the suites of a definition offer for one architecture, and the signed Releases that say so
// (in the definition's order).
struct Suites {
  debian::PackageIndex index;
  std::vector<lock::BaseRelease> releases;
};

// Fetches the InRelease of each suite, checks its signature, fetches the Packages files it names
// (by hash) into the store and reads them. Throws Error{network}, Error{integrity},
// Error{malformed}; Error{refused} for a Release whose Valid-Until is over.
Suites read_suites(const Definition& definition,
                   const core::Platform& platform,
                   const Context& context);

// Where a suite's files are: "ARCHIVE/dists/SUITE".
std::string suite_url(const Definition& definition, const std::string& suite);
// Where a package is: "ARCHIVE/PATH".
std::string package_url(const Definition& definition,
                        const std::string& suite,
                        const std::string& path);

// Where the snapshot archive has a package, as of the Release of its suite among `releases`; ""
// when the definition names no snapshot archive for the suite, or no such Release is there.
std::string snapshot_url(const Definition& definition,
                         const lock::BasePackage& package,
                         const std::vector<lock::BaseRelease>& releases);

// Throws Error{refused} when `now` (seconds since 1970) is after the Release's Valid-Until and the
// definition checks that.
void check_valid_until(const debian::Release& release,
                       const Definition& definition,
                       std::int64_t now,
                       const std::string& place);

}  // namespace cartwheel::base
