#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "plan/stale.h"
#include "settings/settings.h"

namespace cartwheel::build {

// The pyproject.toml of each local source tree that a uv.lock names (but its own folder), by folder
// relative to the lock's; those that are not there are left out. The lock's text is only searched:
// an unchanged build parses nothing.
std::map<std::string, std::string> read_trees(std::string_view lock_text,
                                              const std::filesystem::path& folder);

// The projects as they are now: `root` of the lock's folder, `trees` as above, and every member
// that the workspace's globs find. What does not parse is left out.
plan::Projects find_projects(const settings::Project& root,
                             const std::map<std::string, std::string>& trees,
                             const std::filesystem::path& folder);

}  // namespace cartwheel::build
