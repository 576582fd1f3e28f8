#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cartwheel::python {

// PEP 503: lower case, runs of '-', '_', '.' become one '-'.
std::string normalized_name(std::string_view name);
std::set<std::string> normalized_names(const std::vector<std::string>& names);

// Whether text is a name by PEP 508: letters, digits, '-', '_', '.'; begins and ends with a letter
// or digit.
bool is_valid_name(std::string_view text);

}  // namespace cartwheel::python
