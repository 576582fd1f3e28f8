#pragma once

// For the .cc files of this folder only.

#include <optional>
#include <string_view>

#include "lock/toml_node.h"

namespace cartwheel::lock {

// The text as a tree, if it is TOML as the writers of locks put it: printable ASCII, LF, one key a
// line, strings on one line with no other escapes than \" and \\, decimal integers, true and false,
// times in UTC in whole seconds, arrays, inline tables, headers of bare keys. Nothing for a text
// that has more than that, and for one that is no TOML: toml++ reads it then, and says what is
// wrong. A lock of 2 MB takes a tenth of the time that toml++ takes.
std::optional<Document> parse_plain(std::string_view text);

}  // namespace cartwheel::lock
