#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "plan/plan.h"
#include "plan/select.h"

namespace cartwheel::plan {

// Files of the host that go into an image, as the plan tells of them.
struct PlannedTree {
  std::string kind, name;  // "project" and the package; "files" or "data" and `from`
  std::string to;          // absolute
  std::uint64_t bytes = 0;
  std::size_t layers = 1;
  std::vector<std::string> files;    // paths relative to the tree, in order of bytes
  std::vector<std::string> remarks;  // sentences: what was left out, what matches nothing
  bool operator==(const PlannedTree&) const = default;
};

// A [[data]] entry, as the plan tells of it.
struct PlannedData {
  std::string source;                 // path, or URL without what may be secret
  std::string to;                     // absolute
  std::optional<std::uint64_t> size;  // bytes; nothing: of a url that is not in the store yet
  std::size_t files = 1;
  std::size_t layers = 1;
  bool operator==(const PlannedData&) const = default;
};

// What a plan tells: a plan for each platform of each variant, and what concerns them all.
struct Report {
  std::vector<Plan> plans;
  std::vector<Finding> common;
  std::vector<PlannedTree> trees;
  std::vector<PlannedData> data;
};

// docs/plan-json.md: stable; null where a thing is not known; no URL has credentials.
std::string plan_json(const Report& report);

// For people: a table for each platform (package, version, wheel, accelerator, size, layer),
// totals, what goes in besides, findings.
// '?' stands where neither lock nor memo tells; "inside not checked" where no facts are known.
std::string plan_text(const Report& report, bool colour);

// "error: wheel-missing: linux/arm64: …" and what to do, errors first.
std::string findings_text(const std::vector<Finding>& findings, bool colour);

// Why a package is in an image, or is not.
struct WhyReport {
  std::string variant;  // of the settings, or ""
  Target target;
  std::string name;            // normalised
  std::vector<WhyPath> paths;  // why()
};

// Every path with the clauses of its markers, and whether they hold.
std::string why_text(const WhyReport& report);

// docs/plan-json.md, "--why": all of them.
std::string why_json(const std::vector<WhyReport>& reports);

}  // namespace cartwheel::plan
