#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cartwheel::base {

// "3.4.30" of {"GLIBCXX_3.4.9", "GLIBCXX_3.4.30", …} for the prefix "GLIBCXX_"; "" when none has
// it.
std::string largest_version(const std::vector<std::string>& versions, std::string_view prefix);

}  // namespace cartwheel::base
