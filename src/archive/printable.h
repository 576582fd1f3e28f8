#pragma once

#include <string>
#include <string_view>

namespace cartwheel::archive {

// An untrusted name for a message: control characters, and bytes that are no UTF-8, as \xNN.
std::string printable(std::string_view name);

}  // namespace cartwheel::archive
