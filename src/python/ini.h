#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cartwheel::python {

struct IniSection {
  std::string name;
  std::vector<std::pair<std::string, std::string>> values;  // in the text's order
};

// The sections of an INI text as Python's configparser reads it with '=' as its only delimiter,
// letters of either case apart and duplicates refused (the entry-points specification, "File
// format"; uv does the same): lines that begin with '#' or ';' are comments, a line that is
// indented deeper than the one before it goes on with its value (after a '\n'), what [DEFAULT] has
// is in every section that does not have it itself. Throws Error{malformed} "line N: …".
std::vector<IniSection> parse_ini(std::string_view text);

}  // namespace cartwheel::python
