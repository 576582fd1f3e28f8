#pragma once

#include <map>
#include <string>
#include <string_view>

namespace cartwheel::base {

// The texts of images/libraries/*.txt, by suite.
const std::map<std::string_view, std::string_view>& library_tables();

}  // namespace cartwheel::base
