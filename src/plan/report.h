#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "plan/plan.h"
#include "plan/select.h"

namespace cartwheel::plan {

// A [[data]] entry, as the plan tells of it.
struct PlannedData {
  std::string source;                 // path, or URL without what may be secret
  std::string to;                     // absolute
  std::optional<std::uint64_t> size;  // bytes; nothing: of a url that is not in the store yet
  std::size_t files = 1;
  std::size_t layers = 1;
  bool operator==(const PlannedData&) const = default;
};

// docs/plan-json.md: stable; null where a thing is not known; no URL has credentials.
std::string plan_json(const std::vector<Plan>& plans,
                      const std::vector<Finding>& common,
                      const std::vector<PlannedData>& data = {});

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
