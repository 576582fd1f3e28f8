#include "plan/stale.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include <fmt/format.h>

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
        return fmt::format("the lock has the member '{}', which the workspace does not have",
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
                           ? names_differ_in(
                                 extras,
                                 {declared.provides_extras.begin(), declared.provides_extras.end()},
                                 "extra",
                                 of(folder, project))
                           : std::nullopt) {
      return found;
    }
    return groups_differ(project.dependency_groups, declared.groups, here, of(folder, project));
  }

  static Reason names_differ_in(const std::set<std::string>& wanted,
                                const std::set<std::string>& locked,
                                const char* what,
                                const std::string& of) {
    for (const std::string& name : wanted) {
      if (!locked.contains(name)) {
        return fmt::format("the lock was made without the {} '{}'{}", what, name, of);
      }
    }
    for (const std::string& name : locked) {
      if (!wanted.contains(name)) {
        return fmt::format(
            "the lock has the {} '{}'{}, which pyproject.toml does not have", what, name, of);
      }
    }
    return std::nullopt;
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
      if (Reason difference = requirements_differ(
              requirements, found->second, here, fmt::format("the group '{}'{}", name, of))) {
        return difference;
      }
    }
    return names_differ_in(wanted_names, locked_names, "group", of);
  }

  Reason requirements_differ(const std::vector<std::string>& wanted,
                             const std::vector<lock::DeclaredRequirement>& locked,
                             const Context& here,
                             const std::string& where) {
    std::vector<Statement> now;
    std::vector<Statement> then;
    std::set<std::string> unsure;
    add_wanted(wanted, here, now, unsure);
    add_locked(locked, then);
    return comparison_.difference(now, then, "", {}, unsure, where);
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
    if (projects_.has_uv_toml || !projects_.by_folder.contains(".")) {
      return std::nullopt;
    }
    const settings::Resolution& now = root_.resolution;
    const lock::Manner& then = lock_.manner;
    const Context here = context(".", root_);
    struct List {
      const std::vector<std::string>& wanted;
      const std::vector<lock::DeclaredRequirement>& locked;
      const char* where;
    };
    for (const List& list :
         {List{now.constraints, then.constraints, "constraint-dependencies"},
          List{now.overrides, then.overrides, "override-dependencies"},
          List{now.build_constraints, then.build_constraints, "build-constraint-dependencies"}}) {
      if (Reason found = requirements_differ(list.wanted, list.locked, here, list.where)) {
        return found;
      }
    }
    if (Reason found = names_differ_in({now.excludes.begin(), now.excludes.end()},
                                       {then.excludes.begin(), then.excludes.end()},
                                       "exclusion",
                                       "")) {
      return found;
    }
    if (Reason found = names_differ_in(normal_versions(now.dependency_metadata),
                                       normal_versions(then.dependency_metadata),
                                       "dependency-metadata",
                                       "")) {
      return found;
    }
    if (Reason found =
            environments_differ(now.environments, lock_.supported_markers, "environments")) {
      return found;
    }
    if (Reason found = environments_differ(
            now.required_environments, then.required_markers, "required-environments")) {
      return found;
    }
    if (Reason found = conflicts_differ()) {
      return found;
    }
    return options_differ();
  }

  // "NAME VERSION" with the version's own spelling.
  static std::set<std::string> normal_versions(const std::vector<std::string>& entries) {
    std::set<std::string> out;
    for (const std::string& entry : entries) {
      std::size_t space = entry.find(' ');
      std::optional<python::Version> version = python::Version::find(entry.substr(space + 1));
      out.insert(version ? entry.substr(0, space + 1) + version->str() : entry);
    }
    return out;
  }

  Reason environments_differ(const std::vector<std::string>& wanted,
                             const std::vector<python::Marker>& locked,
                             const char* what) {
    std::vector<python::Marker> markers;
    try {
      for (const std::string& text : wanted) {
        markers.push_back(python::Marker::parse(text));
      }
    } catch (const util::Error&) {
      return std::nullopt;  // the resolver complains about it
    }
    return comparison_.same_environments(markers, locked)
               ? std::nullopt
               : std::optional(fmt::format("{} are not those that the lock was made for", what));
  }

  // uv may add sets that follow from groups which include others.
  Reason conflicts_differ() const {
    std::set<std::set<settings::Resolution::Conflict>> then;
    for (const std::vector<lock::ConflictItem>& set : lock_.conflicts) {
      std::set<settings::Resolution::Conflict> items;
      for (const lock::ConflictItem& item : set) {
        items.insert({item.package, item.extra, item.group});
      }
      then.insert(items);
    }
    bool any = false;
    for (const auto& [folder, project] : projects_.by_folder) {
      for (const std::vector<settings::Resolution::Conflict>& set : project.resolution.conflicts) {
        std::set<settings::Resolution::Conflict> items;
        for (settings::Resolution::Conflict item : set) {
          item.package = item.package.empty() ? project.name : item.package;
          items.insert(item);
        }
        any = true;
        if (!then.contains(items)) {
          return "conflicts are not those that the lock was made with";
        }
      }
    }
    return any || then.empty()
               ? std::nullopt
               : Reason("the lock has conflicts, which pyproject.toml does not have");
  }

  Reason options_differ() const {
    auto settled = [](const std::string& value, const char* standard) {
      return value.empty() ? std::string(standard) : value;
    };
    auto prerelease = [&](const std::string& value) {
      return value == "if-necessary" || value.empty() ? std::string("if-necessary-or-explicit")
                                                      : value;
    };
    const settings::Resolution& now = root_.resolution;
    const lock::Manner& then = lock_.manner;
    struct Option {
      const char* name;
      std::string now, then;
    };
    for (const Option& option :
         {Option{"resolution",
                 settled(now.resolution, "highest"),
                 settled(then.resolution, "highest")},
          Option{"prerelease", prerelease(now.prerelease), prerelease(then.prerelease)},
          Option{"fork-strategy",
                 settled(now.fork_strategy, "requires-python"),
                 settled(then.fork_strategy, "requires-python")},
          Option{"exclude-newer",
                 now.exclude_newer.empty() ? "not set" : "set",
                 then.exclude_newer.empty() ? "not set" : "set"}}) {
      if (option.now != option.then) {
        return fmt::format(
            "{} is {}, the lock was made with {}", option.name, option.now, option.then);
      }
    }
    return std::nullopt;
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
