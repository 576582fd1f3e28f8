#pragma once

// For the .cc files of this folder: a uv.lock whose dependencies are still names, and how they
// become indices.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lock/lock.h"

namespace cartwheel::lock {

struct NamedDependency {
  std::string name, version;
  std::string source;  // identity, or ""
  std::vector<std::string> extras;
  std::string marker;
  std::size_t line = 0;
};
using NamedDependencies = std::vector<NamedDependency>;

struct NamedPackage {
  Package package;
  std::string source;  // identity
  NamedDependencies dependencies;
  std::vector<std::pair<std::string, NamedDependencies>> optional_dependencies, dependency_groups;
  std::size_t line = 0;
};

// A marker of a lock. Throws Error{malformed} "PLACE: …".
python::Marker marker_of(const std::string& text, const std::string& place);

// Moves the packages into the lock and their dependencies onto its indices. Throws Error{malformed}
// with file, line and package for packages that are there twice, and for dependencies that are not
// there or not clear.
void link(std::string_view file, Lock& lock, std::vector<NamedPackage>& named);

}  // namespace cartwheel::lock
