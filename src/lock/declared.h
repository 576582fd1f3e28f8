#pragma once

#include <string>
#include <string_view>

namespace cartwheel::lock {

// How DeclaredRequirement::source names where a requirement comes from: one spelling for what a
// pyproject.toml says and what a lock says.

// An index without its credentials; one that is a folder by the folder's own name, as a lock has
// its absolute path.
std::string index_source(std::string_view url);
// A repository with "?rev=…&subdirectory=…" in any order; '#COMMIT' does not count.
std::string git_source(std::string_view url);
std::string url_source(std::string_view url, std::string_view subdirectory);
std::string path_source(std::string_view file);    // relative to the lock's folder
std::string tree_source(std::string_view folder);  // the same

}  // namespace cartwheel::lock
