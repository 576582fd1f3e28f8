#pragma once

// Internal to stale: in what two sides of a lock differ, as text for people; nothing when they mean
// the same.

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "plan/statements.h"

namespace cartwheel::plan {

// what: "extra"; of: "" or " of 'member'".
std::optional<std::string> names_difference(const std::set<std::string>& wanted,
                                            const std::set<std::string>& locked,
                                            const char* what,
                                            const std::string& of);

// where: "the group 'dev'".
std::optional<std::string> requirements_difference(
    Comparison& comparison,
    const std::vector<std::string>& wanted,
    const std::vector<lock::DeclaredRequirement>& locked,
    const Context& here,
    const std::string& where);

}  // namespace cartwheel::plan
