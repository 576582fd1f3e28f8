#pragma once

#include <string>
#include <utility>

#include "plan/plan.h"

namespace cartwheel::plan {

// A finding that concerns the plan's platform. package: "" for none.
inline void add_finding(Plan& plan,
                        std::string code,
                        Severity severity,
                        std::string package,
                        std::string message,
                        std::string remedy) {
  plan.findings.push_back({.code = std::move(code),
                           .severity = severity,
                           .platform = plan.target.platform.str(),
                           .package = std::move(package),
                           .message = std::move(message),
                           .remedy = std::move(remedy)});
}

}  // namespace cartwheel::plan
