#include "plan/differences.h"

#include <fmt/format.h>

namespace cartwheel::plan {

using Reason = std::optional<std::string>;

Reason names_difference(const std::set<std::string>& wanted,
                        const std::set<std::string>& locked,
                        const char* what,
                        const std::string& of) {
  for (const std::string& name : wanted) {
    if (!locked.contains(name)) {
      return fmt::format("the lock was made without the {} '{}'{}", what, name, of);
    }
  }
  for (const std::string& name : locked) {
    if (!wanted.contains(name)) {
      return fmt::format(
          "the lock has the {} '{}'{}, which pyproject.toml does not have", what, name, of);
    }
  }
  return std::nullopt;
}

Reason requirements_difference(Comparison& comparison,
                               const std::vector<std::string>& wanted,
                               const std::vector<lock::DeclaredRequirement>& locked,
                               const Context& here,
                               const std::string& where) {
  std::vector<Statement> now;
  std::vector<Statement> then;
  std::set<std::string> unsure;
  add_wanted(wanted, here, now, unsure);
  add_locked(locked, then);
  return comparison.difference(now, then, "", {}, unsure, where);
}

}  // namespace cartwheel::plan
