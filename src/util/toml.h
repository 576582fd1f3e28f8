#pragma once

#include <string_view>

#include <toml++/toml.h>

namespace cartwheel::util {

// Parses a document; throws Error{malformed} "FILE:LINE: not TOML: …".
toml::table parse_toml(std::string_view file, std::string_view text);

// "a table", "a list", "a string" …: for messages.
std::string_view type_name(const toml::node& node);

}  // namespace cartwheel::util
