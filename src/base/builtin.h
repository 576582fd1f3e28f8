#pragma once

#include <map>
#include <string>

namespace cartwheel::base {

// The texts of images/*.toml, by name without ".toml".
const std::map<std::string, std::string>& builtin_definitions();

}  // namespace cartwheel::base
