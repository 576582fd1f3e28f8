#pragma once

#include <string>
#include <vector>

#include "plan/plan.h"
#include "plan/select.h"

namespace cartwheel::plan {

// docs/plan-json.md: stable; null where a thing is not known; no URL has credentials.
std::string plan_json(const std::vector<Plan>& plans, const std::vector<Finding>& common);

// For people: a table for each platform (package, version, wheel, accelerator, size, layer),
// totals, what goes in besides (`sources`), findings.
// '?' stands where neither lock nor memo tells; "inside not checked" where no facts are known.
std::string plan_text(const std::vector<Plan>& plans,
                      const std::vector<Finding>& common,
                      const std::vector<std::string>& sources,
                      bool colour);

// "error: wheel-missing: linux/arm64: …" and what to do, errors first.
std::string findings_text(const std::vector<Finding>& findings, bool colour);

// Every path with the clauses of its markers, and whether they hold.
std::string why_text(const Target& target,
                     const std::string& name,
                     const std::vector<WhyPath>& paths);

}  // namespace cartwheel::plan
