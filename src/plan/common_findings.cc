#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "plan/make_plan.h"
#include "python/names.h"
#include "python/requirement.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::plan {

namespace {

// A requirement as both sides can be compared: canonical spelling; the source is left out, since
// the lock names it otherwise.
std::string canonical(const std::string& text) {
  try {
    python::Requirement requirement = python::Requirement::parse(text);
    requirement.url.clear();
    return requirement.str();
  } catch (const util::Error&) {
    return text;
  }
}

std::multiset<std::string> canonical_all(const std::vector<std::string>& texts,
                                         const std::string& extra = "") {
  std::multiset<std::string> out;
  for (const std::string& text : texts) {
    std::string one = text;
    if (!extra.empty()) {
      std::size_t semicolon = text.find(';');
      one = semicolon == std::string::npos ? fmt::format("{} ; extra == '{}'", text, extra)
                                           : fmt::format("{}; ({}) and extra == '{}'",
                                                         text.substr(0, semicolon),
                                                         util::trim(text.substr(semicolon + 1)),
                                                         extra);
    }
    out.insert(canonical(one));
  }
  return out;
}

// "+numpy>=2" and "-numpy<2": the first difference, or nothing.
std::optional<std::string> difference(const std::multiset<std::string>& wanted,
                                      const std::multiset<std::string>& locked,
                                      const std::string& where) {
  for (const std::string& requirement : wanted) {
    if (wanted.count(requirement) != locked.count(requirement)) {
      return fmt::format(
          "pyproject.toml has '{}' in {}, the lock was made without it", requirement, where);
    }
  }
  for (const std::string& requirement : locked) {
    if (!wanted.contains(requirement)) {
      return fmt::format(
          "the lock was made with '{}' in {}, pyproject.toml does not have it", requirement, where);
    }
  }
  return std::nullopt;
}

const lock::Package* project_package(const lock::Lock& lock) {
  auto found = std::ranges::find_if(lock.packages, [](const lock::Package& package) {
    bool local = package.source.kind == lock::SourceKind::editable ||
                 package.source.kind == lock::SourceKind::virtual_ ||
                 package.source.kind == lock::SourceKind::directory;
    return local && package.source.location == ".";
  });
  return found == lock.packages.end() ? nullptr : &*found;
}

std::optional<std::string> groups_differ(const lock::Package::Declared& declared,
                                         const settings::Project& project) {
  std::set<std::string> names;
  for (const auto& [name, requirements] : declared.groups) {
    names.insert(name);
  }
  for (const auto& [name, requirements] : project.dependency_groups) {
    names.insert(name);
  }
  for (const std::string& name : names) {
    auto wanted = project.dependency_groups.find(name);
    auto locked = declared.groups.find(name);
    std::optional<std::string> found =
        difference(wanted == project.dependency_groups.end() ? std::multiset<std::string>{}
                                                             : canonical_all(wanted->second),
                   locked == declared.groups.end() ? std::multiset<std::string>{}
                                                   : canonical_all(locked->second),
                   "the group '" + name + "'");
    if (found) {
      return found;
    }
  }
  return std::nullopt;
}

std::string platform_list(const std::vector<Plan>& plans, bool gpu) {
  std::vector<std::string> names;
  for (const Plan& plan : plans) {
    if ((plan.accelerator != "cpu") == gpu) {
      names.push_back(plan.target.platform.str());
    }
  }
  return util::join(names, ", ");
}

}  // namespace

std::optional<std::string> stale_reason(const lock::Lock& lock, const settings::Project& project) {
  const lock::Package* package = project_package(lock);
  if (lock.kind != lock::LockKind::uv || package == nullptr || !project.has_project_table) {
    return std::nullopt;
  }
  if (!project.name.empty() && package->name != project.name) {
    return fmt::format(
        "the project is '{}', the lock was made for '{}'", project.name, package->name);
  }
  if (!project.version.empty() && !package->version.empty() &&
      canonical("x==" + project.version) != canonical("x==" + package->version)) {
    return fmt::format(
        "the project's version is {}, the lock has {}", project.version, package->version);
  }
  if (!package->declared) {
    return std::nullopt;
  }
  std::multiset<std::string> wanted = canonical_all(project.dependencies);
  for (const auto& [extra, requirements] : project.optional_dependencies) {
    wanted.merge(canonical_all(requirements, extra));
  }
  if (std::optional<std::string> found =
          difference(wanted, canonical_all(package->declared->requires_dist), "its dependencies")) {
    return found;
  }
  return groups_differ(*package->declared, project);
}

std::vector<Finding> common_findings(const lock::Lock& lock,
                                     const settings::Loaded& loaded,
                                     const std::vector<Plan>& plans) {
  std::vector<Finding> out;
  for (const std::string& warning : lock.warnings) {
    out.push_back({.code = "lock-warning", .severity = Severity::warning, .message = warning});
  }
  if (std::optional<std::string> reason = stale_reason(lock, loaded.project)) {
    out.push_back({.code = "lock-stale",
                   .severity = Severity::warning,
                   .package = loaded.project.name,
                   .message = "the lock is out of date with pyproject.toml: " + *reason,
                   .remedy = "run 'uv lock'"});
  }
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
