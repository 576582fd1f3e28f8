#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lock/lock.h"
#include "plan/target.h"

namespace cartwheel::plan {

// What the user asked of the lock. Names are normalised here; unknown ones throw Error{usage} as uv
// does.
struct Selection {
  std::vector<std::string> extras;
  bool all_extras = false;
  std::vector<std::string> groups;       // --group
  std::vector<std::string> only_groups;  // --only-group: without the project and the default groups
  std::vector<std::string> no_groups;    // --no-group
  bool all_groups = false;
  bool no_default_groups = false;
  std::vector<std::string> default_groups = {
      "dev"};  // from pyproject.toml [tool.uv] default-groups; {"*"} = all
  std::map<std::string, std::string>
      group_requires_python;  // from pyproject.toml [tool.uv.dependency-groups]
  std::vector<std::string>
      packages;  // --package; empty: the project, or every root of a virtual workspace root
  bool all_packages = false;
  std::vector<std::string> without;  // distributions dropped (settings)
  bool no_install_project = false;
};

// A package that belongs into the image of one target.
struct Selected {
  std::size_t package = 0;           // index into Lock::packages
  std::vector<std::string> extras;   // active on it, sorted
  std::optional<std::size_t> wheel;  // index into Package::wheels: the best one for the target;
                                     // nothing: sdist or source tree
  bool is_root = false;              // the project or a member that was asked for
};

// The set that `uv sync --frozen` installs on the target (research sections 1.6, 1.7; PEP 751
// "Installation"), in order of the name. Virtual sources are left out. Throws Error{usage} for
// unknown names, Error{refused} for conflicting extras and groups, for a Python or an environment
// that the lock does not support. A package with neither wheel nor source is in the result without
// wheel: the plan makes a finding of it. dropped: gets the packages that `without` drops, by name.
std::vector<Selected> select(const lock::Lock& lock,
                             const Selection& selection,
                             const Target& target,
                             std::vector<std::size_t>* dropped = nullptr);

// Why a package is there, or is not: every path from a root, each edge with its marker's clauses.
struct WhyEdge {
  std::string from, to;  // "name" or "name[extra]", with its version where the lock has several
  std::string marker;    // "" when there is none
  std::vector<python::Marker::Clause> clauses;
  bool holds = true;
};
using WhyPath = std::vector<WhyEdge>;
// At most `limit` paths, shortest first; paths that hold before those that do not.
std::vector<WhyPath> why(const lock::Lock& lock,
                         const Selection& selection,
                         const Target& target,
                         const std::string& name,
                         std::size_t limit = 20);

// "app -> torch -> nvidia-cublas-cu12": a shortest way by which a package is there, or "".
std::string pulled_in_by(const lock::Lock& lock,
                         const Selection& selection,
                         const Target& target,
                         const std::string& name);

}  // namespace cartwheel::plan
