#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "debian/packages.h"

namespace cartwheel::debian {

struct ClosureRequest {
  std::vector<std::string> roots;  // packages that must be there
  std::set<std::string> omit;  // a dependency all of whose alternatives are here is not followed
  std::map<std::string, std::string> prefer;  // virtual name → the package that shall provide it
  std::vector<std::string> installed;  // there already: meet dependencies, have none of their own
};

// The packages that the roots need, with the roots, in order of the name; without those that are
// installed.
//
// Dependencies that only one package can meet are followed first, to a fixpoint. Then, one at a
// time and in the order in which they were met, those with a choice: nothing to do when a chosen
// package meets it; else the first alternative that is a real package; else the provider that
// `prefer` names, the only one, or the only one of priority required or important. A versioned
// dependency is met by a virtual package only if that is provided with a version. In the end no
// chosen package may conflict with or break another.
//
// Throws Error{not_found} for a root that is in no suite, Error{refused} with the chain of who
// asked for what when a dependency cannot be met, when several could provide it and nothing says
// which, and for a conflict.
std::vector<const Package*> closure(const PackageIndex& index, const ClosureRequest& request);

}  // namespace cartwheel::debian
