#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cartwheel::wheelbuild {

// Whether a build sees this variable of ours: what it needs to find programs, folders, indexes and
// certificates. All others (compiler flags, an active virtual environment, PYTHONPATH …) would make
// the wheel depend on who builds it.
bool is_kept(std::string_view name);

// Names of our own variables that a build must not see.
std::vector<std::string> dropped_variables();

// What every build is given, whoever starts it.
std::map<std::string, std::string> fixed_variables(const std::string& source_date_epoch);

}  // namespace cartwheel::wheelbuild
