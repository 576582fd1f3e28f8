#include "plan/stale.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include <fmt/format.h>

#include "plan/differences.h"
#include "plan/manner.h"
#include "plan/statements.h"
#include "python/names.h"
#include "python/version.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::plan {

namespace {

using Reason = std::optional<std::string>;

bool is_local(const lock::Package& package) {
  return package.source.kind == lock::SourceKind::editable ||
         package.source.kind == lock::SourceKind::virtual_ ||
         package.source.kind == lock::SourceKind::directory;
}

std::string folder_of(const lock::Package& package) {
  std::string out = std::filesystem::path(package.source.location).lexically_normal().string();
  return out.empty() ? "." : out;
}

bool is_dynamic(const settings::Project& project, const std::string& field) {
  return std::ranges::find(project.dynamic, field) != project.dynamic.end();
}

std::string list_text(const std::vector<std::string>& names) {
  return names.empty() ? "none" : util::join(names, ", ");
}

// Whether uv builds and installs the project, rather than its dependencies alone.
bool is_package(const settings::Project& project) {
  return project.uv_package.value_or(project.has_build_system);
}

class Judge {
 public:
  Judge(const lock::Lock& lock, const Projects& projects)
      : lock_(lock),
        projects_(projects),
        root_(projects.by_folder.contains(".") ? projects.by_folder.at(".") : settings::Project()),
        comparison_(supported(lock.requires_python)) {
    for (const auto& [folder, project] : projects.by_folder) {
      if (project.has_project_table) {
        trees_.emplace(project.name, folder);
      }
    }
  }

  Reason reason() {
    for (Reason (Judge::*check)() : {&Judge::names_differ,
                                     &Judge::python_differs,
                                     &Judge::packages_differ,
                                     &Judge::groups_of_root_differ,
                                     &Judge::manner_differs}) {
      if (Reason found = (this->*check)()) {
        return found;
      }
    }
    return std::nullopt;
  }

 private:
  static python::SpecifierSet supported(const std::string& text) {
    try {
      return python::SpecifierSet::parse(text);
    } catch (const util::Error&) {
      return {};
    }
  }

  const lock::Package* package_at(const std::string& folder) const {
    auto found = std::ranges::find_if(lock_.packages, [&](const lock::Package& package) {
      return is_local(package) && folder_of(package) == folder;
    });
    return found == lock_.packages.end() ? nullptr : &*found;
  }

  // "" for the project itself: " of the member 'x'" for others.
  static std::string of(const std::string& folder, const settings::Project& project) {
    return folder == "." ? "" : fmt::format(" of '{}'", project.name);
  }

  bool is_member(const lock::Package& package) const {
    return std::ranges::find(lock_.members, package.name) != lock_.members.end() ||
           package.source.location == ".";
  }

  // ---- which projects ----

  Reason names_differ() {
    for (const auto& [folder, project] : projects_.by_folder) {
      if (!project.has_project_table) {
        continue;
      }
      const lock::Package* package = package_at(folder);
      if (package == nullptr) {
        return fmt::format(
            "the lock was made without the project '{}' in '{}'", project.name, folder);
      }
      if (!project.name.empty() && package->name != project.name) {
        return fmt::format(
            "the project is '{}', the lock was made for '{}'", project.name, package->name);
      }
    }
    for (const std::string& member : lock_.members) {
      auto tree = trees_.find(member);
      bool is_there = tree != trees_.end() && (tree->second == "." || !projects_.members ||
                                               projects_.members->contains(tree->second));
      if (projects_.members && !is_there) {
        return fmt::format(
            "the lock has the member '{}', which the workspace does not have (where "
            "its sources are only left out of this checkout, all is well)",
            member);
      }
    }
    return std::nullopt;
  }

  // The lock supports what all members of the workspace support.
  Reason python_differs() {
    std::vector<std::string> wanted;
    for (const auto& [folder, project] : projects_.by_folder) {
      const lock::Package* package = package_at(folder);
      if (!project.requires_python.empty() && package != nullptr && is_member(*package)) {
        wanted.push_back(project.requires_python);
      }
    }
    if (wanted.empty() || lock_.requires_python.empty()) {
      return std::nullopt;
    }
    python::SpecifierSet now = supported(util::join(wanted, ","));
    python::SpecifierSet then = supported(lock_.requires_python);
    auto differ = [&](const std::string& version) {
      const python::Version python = python::Version::parse(version);
      return now.contains(python) != then.contains(python);
    };
    bool found = differ("4.0.0");
    for (unsigned minor = 0; minor <= 40 && !found; ++minor) {
      for (unsigned patch = 0; patch <= 30 && !found; ++patch) {
        found = differ(fmt::format("3.{}.{}", minor, patch));
      }
    }
    return found ? std::optional(fmt::format("requires-python is '{}', the lock has '{}'",
                                             util::join(wanted, ", "),
                                             lock_.requires_python))
                 : std::nullopt;
  }

  // ---- what each project says ----

  Reason packages_differ() {
    for (const auto& [folder, project] : projects_.by_folder) {
      const lock::Package* package = package_at(folder);
      if (package == nullptr || !project.has_project_table) {
        continue;
      }
      if (Reason found = package_differs(folder, project, *package)) {
        return found;
      }
    }
    return std::nullopt;
  }

  Reason package_differs(const std::string& folder,
                         const settings::Project& project,
                         const lock::Package& package) {
    if (!project.version.empty() && !package.version.empty() &&
        python::Version::find(project.version) != python::Version::find(package.version)) {
      return fmt::format("the version{} is {}, the lock has {}",
                         of(folder, project),
                         project.version,
                         package.version);
    }
    if (is_dynamic(project, "version") && !package.version.empty()) {
      return fmt::format(
          "the version{} is dynamic, the lock has {}", of(folder, project), package.version);
    }
    bool decides = project.uv_package.has_value() || !is_dependency(package);
    if (is_member(package) && decides &&
        is_package(project) != (package.source.kind != lock::SourceKind::virtual_)) {
      return fmt::format("'{}' is {}, the lock was made when it was {}",
                         project.name,
                         is_package(project) ? "a package" : "no package",
                         is_package(project) ? "none" : "one");
    }
    if (Reason found = default_groups_differ(folder, project, package)) {
      return found;
    }
    return package.declared ? declared_differs(folder, project, *package.declared) : std::nullopt;
  }

  // Whoever asks for a member may want it as a package or not.
  bool is_dependency(const lock::Package& package) const {
    auto names_it = [&](const std::vector<lock::Dependency>& list) {
      return std::ranges::any_of(list, [&](const lock::Dependency& dependency) {
        return &lock_.packages[dependency.package] == &package;
      });
    };
    auto any_names_it = [&](const auto& lists) {
      return std::ranges::any_of(lists, [&](const auto& entry) { return names_it(entry.second); });
    };
    return std::ranges::any_of(lock_.packages, [&](const lock::Package& other) {
      return names_it(other.dependencies) || any_names_it(other.optional_dependencies) ||
             any_names_it(other.dependency_groups);
    });
  }

  Reason default_groups_differ(const std::string& folder,
                               const settings::Project& project,
                               const lock::Package& package) const {
    constexpr int kFirstWithDefaults = 5;
    if (lock_.revision < kFirstWithDefaults || !is_member(package)) {
      return std::nullopt;
    }
    std::vector<std::string> then =
        package.default_groups.value_or(std::vector<std::string>{"dev"});
    return std::ranges::is_permutation(then, project.default_groups)
               ? std::nullopt
               : std::optional(fmt::format("default-groups{} are {}, the lock has {}",
                                           of(folder, project),
                                           list_text(project.default_groups),
                                           list_text(then)));
  }

  // What the root says of sources and indexes holds for the members of its workspace too.
  Context context(const std::string& folder, const settings::Project& project) const {
    const lock::Package* package = package_at(folder);
    bool shares = package == nullptr || is_member(*package);
    return {.project = &project,
            .root = shares ? &root_ : &project,
            .folder = folder,
            .trees = &trees_,
            .extra = {},
            .group = {},
            .requires_python = {}};
  }

  Reason declared_differs(const std::string& folder,
                          const settings::Project& project,
                          const lock::Package::Declared& declared) {
    std::set<std::string> extras;
    std::vector<Statement> wanted;
    std::set<std::string> unsure;
    Context here = context(folder, project);
    add_wanted(project.dependencies, here, wanted, unsure);
    for (const auto& [extra, requirements] : project.optional_dependencies) {
      extras.insert(extra);
      here.extra = extra;
      add_wanted(requirements, here, wanted, unsure);
    }
    std::vector<Statement> locked;
    add_locked(declared.requires_dist, locked);
    // what the build backend fills in is not known here
    bool known = !is_dynamic(project, "dependencies");
    bool extras_known = known && !is_dynamic(project, "optional-dependencies");
    if (extras_known) {
      if (Reason found = comparison_.difference(wanted,
                                                locked,
                                                project.name,
                                                extras,
                                                unsure,
                                                "the dependencies" + of(folder, project))) {
        return found;
      }
    }
    if (Reason found = extras_known && lock_.revision > 0
                           ? names_difference(
                                 extras,
                                 {declared.provides_extras.begin(), declared.provides_extras.end()},
                                 "extra",
                                 of(folder, project))
                           : std::nullopt) {
      return found;
    }
    return groups_differ(project.dependency_groups, declared.groups, here, of(folder, project));
  }

  using DeclaredGroups = std::map<std::string, std::vector<lock::DeclaredRequirement>>;

  Reason groups_differ(const std::map<std::string, std::vector<std::string>>& wanted,
                       const DeclaredGroups& locked,
                       Context here,
                       const std::string& of) {
    std::set<std::string> wanted_names;
    std::set<std::string> locked_names;
    for (const auto& [name, requirements] : wanted) {
      wanted_names.insert(name);
    }
    for (const auto& [name, requirements] : locked) {
      locked_names.insert(name);
    }
    here.extra.clear();
    for (const auto& [name, requirements] : wanted) {
      auto found = locked.find(name);
      if (found == locked.end()) {
        continue;
      }
      here.group = name;
      auto python = here.project->group_requires_python.find(name);
      here.requires_python =
          python == here.project->group_requires_python.end() ? "" : python->second;
      if (Reason difference = requirements_difference(comparison_,
                                                      requirements,
                                                      found->second,
                                                      here,
                                                      fmt::format("the group '{}'{}", name, of))) {
        return difference;
      }
    }
    return names_difference(wanted_names, locked_names, "group", of);
  }

  // Of a workspace root that is no project.
  Reason groups_of_root_differ() {
    if (root_.has_project_table || !projects_.by_folder.contains(".")) {
      return std::nullopt;
    }
    return groups_differ(root_.dependency_groups, lock_.manner.groups, context(".", root_), "");
  }

  // ---- how it is locked ----

  Reason manner_differs() {
    return projects_.has_uv_toml || !projects_.by_folder.contains(".")
               ? std::nullopt
               : manner_difference(lock_, projects_, root_, context(".", root_), comparison_);
  }

  const lock::Lock& lock_;
  const Projects& projects_;
  settings::Project root_;
  std::map<std::string, std::string> trees_;  // name → folder
  Comparison comparison_;
};

}  // namespace

std::optional<std::string> stale_reason(const lock::Lock& lock, const Projects& projects) {
  if (lock.kind != lock::LockKind::uv) {
    return std::nullopt;
  }
  return Judge(lock, projects).reason();
}

}  // namespace cartwheel::plan
