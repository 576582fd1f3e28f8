#include "util/toml.h"

#include <fmt/format.h>

#include "util/error.h"

namespace cartwheel::util {

toml::table parse_toml(std::string_view file, std::string_view text) {
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    throw Error(
        ErrorKind::malformed,
        fmt::format("{}:{}: not TOML: {}", file, error.source().begin.line, error.description()));
  }
}

std::string_view type_name(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "a list";
    case toml::node_type::string:
      return "a string";
    case toml::node_type::integer:
      return "an integer";
    case toml::node_type::floating_point:
      return "a float";
    case toml::node_type::boolean:
      return "a boolean";
    default:
      return "a date or time";
  }
}

}  // namespace cartwheel::util
