#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "plan/make_plan.h"
#include "python/names.h"
#include "python/requirement.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::plan {

namespace {

// Requirements of one side, to be held against the other.
using Requirements = std::vector<python::Requirement>;

// requirement ; extra == 'EXTRA', as [project.optional-dependencies] means it.
std::string with_extra(const std::string& text, const std::string& extra) {
  std::size_t semicolon = text.find(';');
  if (semicolon == std::string::npos) {
    return fmt::format("{} ; extra == '{}'", text, extra);
  }
  return fmt::format("{}; ({}) and extra == '{}'",
                     text.substr(0, semicolon),
                     util::trim(text.substr(semicolon + 1)),
                     extra);
}

// Parsed; a requirement that does not parse is for the resolver to complain about. Those of
// packages with a source of their own keep their name alone: the lock states the source instead of
// the specifier, and once for each source.
Requirements parse_all(const std::vector<std::string>& texts, const settings::Project& project) {
  Requirements out;
  std::set<std::string> sourced;
  for (const std::string& text : texts) {
    try {
      python::Requirement requirement = python::Requirement::parse(text);
      bool has_source = project.sources.contains(requirement.name) || !requirement.url.empty();
      if (has_source && sourced.insert(requirement.name).second) {
        out.push_back({.name = requirement.name});
      } else if (!has_source) {
        out.push_back(std::move(requirement));
      }
    } catch (const util::Error&) {
      continue;
    }
  }
  return out;
}

// Environments of which one tells two markers apart, if they differ: uv writes markers in an order
// of its own and leaves out what requires-python implies, so that their texts cannot be compared.
std::vector<python::MarkerEnvironment> sample_environments(const settings::Project& project) {
  std::vector<python::MarkerEnvironment> out;
  python::SpecifierSet supported;
  try {
    supported = python::SpecifierSet::parse(project.requires_python);
  } catch (const util::Error&) {
    supported = {};
  }
  struct System {
    const char *sys_platform, *platform_system, *os_name;
  };
  constexpr std::array<System, 3> kSystems{
      {{"linux", "Linux", "posix"}, {"darwin", "Darwin", "posix"}, {"win32", "Windows", "nt"}}};
  for (int minor = 7; minor <= 15; ++minor) {
    std::string full = fmt::format("3.{}.5", minor);
    if (!supported.contains(python::Version::parse(full))) {
      continue;
    }
    for (const System& system : kSystems) {
      for (const char* machine : {"x86_64", "aarch64", "arm64", "AMD64", "i686"}) {
        for (const char* implementation : {"cpython", "pypy"}) {
          python::MarkerEnvironment environment;
          environment.variables = {{"sys_platform", system.sys_platform},
                                   {"platform_system", system.platform_system},
                                   {"os_name", system.os_name},
                                   {"platform_machine", machine},
                                   {"platform_release", ""},
                                   {"platform_version", ""},
                                   {"python_version", fmt::format("3.{}", minor)},
                                   {"python_full_version", full},
                                   {"implementation_version", full},
                                   {"implementation_name", implementation},
                                   {"platform_python_implementation",
                                    implementation == std::string("pypy") ? "PyPy" : "CPython"}};
          out.push_back(std::move(environment));
        }
      }
    }
  }
  return out;
}

// Whether requirements of two sides mean the same.
class Comparison {
 public:
  explicit Comparison(const settings::Project& project) : project_(project) {}

  // The first difference between pyproject.toml and the lock, or nothing.
  std::optional<std::string> difference(const std::vector<std::string>& wanted,
                                        const std::vector<std::string>& locked,
                                        const std::string& where) {
    Requirements rest = parse_all(locked, project_);
    for (const python::Requirement& requirement : parse_all(wanted, project_)) {
      auto found = std::ranges::find_if(
          rest, [&](const python::Requirement& other) { return same(requirement, other); });
      if (found == rest.end()) {
        return fmt::format("pyproject.toml has '{}' in {}, the lock was made without it",
                           requirement.str(),
                           where);
      }
      rest.erase(found);
    }
    return rest.empty() ? std::nullopt
                        : std::optional(fmt::format(
                              "the lock was made with '{}' in {}, pyproject.toml does not have it",
                              rest[0].str(),
                              where));
  }

 private:
  bool same(const python::Requirement& a, const python::Requirement& b) {
    return a.name == b.name && a.extras == b.extras && a.specifier.str() == b.specifier.str() &&
           same_marker(a.marker, b.marker);
  }

  bool same_marker(const python::Marker& a, const python::Marker& b) {
    if (a.str() == b.str()) {
      return true;
    }
    if (environments_.empty()) {
      environments_ = sample_environments(project_);
    }
    std::set<std::string, std::less<>> extras;
    for (const auto& [extra, requirements] : project_.optional_dependencies) {
      extras.insert(extra);
    }
    for (python::MarkerEnvironment& environment : environments_) {
      environment.extras.clear();
      if (a.evaluate(environment) != b.evaluate(environment)) {
        return false;
      }
      for (const std::string& extra : extras) {
        environment.extras = {extra};
        if (a.evaluate(environment) != b.evaluate(environment)) {
          return false;
        }
      }
    }
    return true;
  }

  const settings::Project& project_;
  std::vector<python::MarkerEnvironment> environments_;
};

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
                                         const settings::Project& project,
                                         Comparison& comparison) {
  std::set<std::string> names;
  for (const auto& [name, requirements] : declared.groups) {
    names.insert(name);
  }
  for (const auto& [name, requirements] : project.dependency_groups) {
    names.insert(name);
  }
  const std::vector<std::string> none;
  for (const std::string& name : names) {
    auto wanted = project.dependency_groups.find(name);
    auto locked = declared.groups.find(name);
    std::optional<std::string> found =
        comparison.difference(wanted == project.dependency_groups.end() ? none : wanted->second,
                              locked == declared.groups.end() ? none : locked->second,
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
      python::Version::find(project.version) != python::Version::find(package->version)) {
    return fmt::format(
        "the project's version is {}, the lock has {}", project.version, package->version);
  }
  if (!package->declared) {
    return std::nullopt;
  }
  std::vector<std::string> wanted = project.dependencies;
  for (const auto& [extra, requirements] : project.optional_dependencies) {
    for (const std::string& requirement : requirements) {
      wanted.push_back(with_extra(requirement, extra));
    }
  }
  Comparison comparison(project);
  if (std::optional<std::string> found =
          comparison.difference(wanted, package->declared->requires_dist, "its dependencies")) {
    return found;
  }
  return groups_differ(*package->declared, project, comparison);
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
