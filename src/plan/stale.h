#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "lock/lock.h"
#include "settings/settings.h"

namespace cartwheel::plan {

// The projects that a lock is made of, as they are now.
struct Projects {
  // By folder relative to the lock's, as Source::location has it; "." is the lock's own. Of the
  // local source trees of the lock and the members of the workspace, those whose pyproject.toml
  // could be read.
  std::map<std::string, settings::Project> by_folder;
  // Folders of the members that the workspace's globs find, without its root; nothing when that is
  // not known.
  std::optional<std::set<std::string>> members;
  bool has_uv_toml = false;  // which outdoes [tool.uv]
};

// Why a uv.lock is out of date with its projects, as `uv lock --check` would judge by their content
// alone: names, versions, requires-python, requirements with their sources, extras, groups, and the
// settings that decide what is locked. Nothing when it is not, or when the lock does not say what
// it was made from. Whether an index has something newer is no part of it.
std::optional<std::string> stale_reason(const lock::Lock& lock, const Projects& projects);

}  // namespace cartwheel::plan
