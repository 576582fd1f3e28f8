#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "facts/wheel_facts.h"
#include "plan/plan.h"
#include "plan/stale.h"
#include "settings/settings.h"

namespace cartwheel::plan {

// A wheel that the lock does not have.
struct GivenWheel {
  core::Artifact wheel;     // without a url: it is at hand
  bool is_offered = false;  // made elsewhere, and not of the source here
};

// What a plan is made with besides lock, selection and target.
struct PlanInput {
  const settings::Loaded* loaded = nullptr;
  // What the memo knows of a wheel; nothing: its inside was not looked at.
  std::function<std::optional<facts::WheelFacts>(const core::Digest&)> facts;
  // What it installs, likewise; asked only of wheels that leave something out.
  std::function<std::optional<std::vector<facts::InstalledPath>>(const core::Digest&)> paths;
  int base_layers = 1;  // layers below the environment
  // Whether the source tree of this package is copied into the image instead of being built.
  std::function<bool(const lock::Package&)> is_copied;
  // The wheel of a package for which the lock has none, where one is at hand; may be empty.
  std::function<std::optional<GivenWheel>(const lock::Package&)> given;
};

// Everything that belongs on one platform, with every problem that concerns it alone. Pure. Throws
// what select() throws and Error{refused} beyond the layer budget; what cannot be built is a
// finding.
Plan make_plan(const lock::Lock& lock,
               const Selection& selection,
               const Target& target,
               const PlanInput& input);

// Problems that concern all platforms together: accelerators that differ, a lock that is out of
// date, its own warnings.
std::vector<Finding> common_findings(const lock::Lock& lock,
                                     const settings::Loaded& loaded,
                                     const Projects& projects,
                                     const std::vector<Plan>& plans);

// "amd64=cuda,arm64=cpu" → {"linux/amd64": "cuda", …}; throws Error{usage}.
std::map<std::string, std::string> parse_expect(const std::string& text);

// {"sm_90", "arm64=sm_87"} → {"": {"sm_90"}, "linux/arm64": {"sm_87"}}; throws Error{usage}.
std::map<std::string, std::vector<std::string>> parse_expect_gpu(
    const std::vector<std::string>& texts);

}  // namespace cartwheel::plan
