#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "plan/make_plan.h"
#include "python/names.h"
#include "util/text.h"

namespace cartwheel::plan {

namespace {

std::string platform_list(const std::vector<Plan>& plans, bool gpu) {
  std::vector<std::string> names;
  for (const Plan& plan : plans) {
    if (!plan.accelerator.empty() && (plan.accelerator != "cpu") == gpu) {
      names.push_back(plan.target.platform.str());
    }
  }
  return util::join(names, ", ");
}

// A misspelt name in `without` or `exclude` would do nothing, in silence.
void add_unknown_packages(const lock::Lock& lock,
                          const settings::Settings& settings,
                          std::vector<Finding>& out) {
  std::vector<std::string> known;
  std::ranges::transform(lock.packages, std::back_inserter(known), &lock::Package::name);
  auto look = [&](const char* code, const char* setting, const std::string& name) {
    if (name != "*" && std::ranges::find(known, python::normalized_name(name)) == known.end()) {
      out.push_back({.code = code,
                     .severity = Severity::warning,
                     .package = name,
                     .message = fmt::format("{} has '{}', and the lock has no such package{}",
                                            setting,
                                            name,
                                            util::did_you_mean(name, known)),
                     .remedy = fmt::format("correct the name, or take it out of {}", setting)});
    }
  };
  for (const std::string& name : settings.without) {
    look("without-unknown", "without", name);
  }
  for (const auto& [name, globs] : settings.exclude) {
    look("exclude-unknown", "exclude", name);
  }
}

}  // namespace

std::vector<Finding> common_findings(const lock::Lock& lock,
                                     const settings::Loaded& loaded,
                                     const Projects& projects,
                                     const std::vector<Plan>& plans) {
  std::vector<Finding> out;
  for (const std::string& warning : lock.warnings) {
    out.push_back({.code = "lock-warning", .severity = Severity::warning, .message = warning});
  }
  if (std::optional<std::string> reason = stale_reason(lock, projects)) {
    out.push_back({.code = "lock-stale",
                   .severity = Severity::warning,
                   .package = loaded.project.name,
                   .message = "the lock is out of date with pyproject.toml: " + *reason,
                   .remedy = "run 'uv lock'"});
  }
  add_unknown_packages(lock, loaded.settings, out);
  std::string gpu = platform_list(plans, true);
  std::string cpu = platform_list(plans, false);
  bool wanted = std::ranges::all_of(plans, [&](const Plan& plan) {
    return loaded.settings.expect.contains(plan.target.platform.str());
  });
  if (!gpu.empty() && !cpu.empty() && !wanted) {
    out.push_back({.code = "accelerator-differs",
                   .severity = Severity::warning,
                   .message = fmt::format("{} computes on a GPU, {} on the CPU", gpu, cpu),
                   .remedy = "if that is meant, say so: expect = { \"linux/amd64\" = \"cuda\", "
                             "\"linux/arm64\" = \"cpu\" }"});
  }
  return out;
}

}  // namespace cartwheel::plan
