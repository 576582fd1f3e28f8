#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cartwheel::debian {

// One alternative of a dependency: "libc6:any (>= 2.34)" (Debian Policy, section 7.1).
struct Relation {
  std::string name;
  std::string architecture;  // after ':', or ""
  std::string operation;     // "<<", "<=", "=", ">=", ">>", or "" without a version
  std::string version;

  std::string str() const;
  bool operator==(const Relation&) const = default;
};

using Alternatives = std::vector<Relation>;

// "a (>= 1), b | c" → [[a >= 1], [b, c]]. Throws Error{malformed}.
std::vector<Alternatives> parse_relations(std::string_view text, const std::string& place);

}  // namespace cartwheel::debian
