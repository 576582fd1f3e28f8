#include "plan/roots.h"

#include <algorithm>
#include <queue>

#include <fmt/format.h>

#include "python/names.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::plan {

using util::Error;
using util::ErrorKind;

namespace {

std::size_t package_named(const lock::Lock& lock, const std::string& name) {
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < lock.packages.size(); ++i) {
    if (lock.packages[i].name == name) {
      if (found) {
        throw Error(ErrorKind::malformed,
                    fmt::format("the lock has '{}', which is a root, more than once", name));
      }
      found = i;
    }
  }
  if (!found) {
    throw Error(ErrorKind::malformed,
                fmt::format("the lock does not have '{}', which is a root", name));
  }
  return *found;
}

// Names of the projects of the lock: the workspace's members, or the single project.
std::vector<std::string> project_names(const lock::Lock& lock) {
  if (!lock.members.empty()) {
    return lock.members;
  }
  std::optional<std::size_t> project = project_of(lock);
  return project ? std::vector<std::string>{lock.packages[*project].name}
                 : std::vector<std::string>{};
}

void choose_projects(const lock::Lock& lock, const Selection& selection, Roots& roots) {
  std::vector<std::string> projects = project_names(lock);
  std::vector<std::string> names;
  for (const std::string& asked : selection.packages) {
    std::string name = python::normalized_name(asked);
    if (std::find(projects.begin(), projects.end(), name) == projects.end()) {
      throw Error(ErrorKind::usage,
                  fmt::format("package '{}' is no member of the workspace{}",
                              asked,
                              util::did_you_mean(name, projects)));
    }
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      names.push_back(name);
    }
  }
  std::optional<std::size_t> project = project_of(lock);
  if (selection.all_packages) {
    names = projects;
  } else if (!names.empty()) {
    roots.one_project = selection.packages.size() == 1;
  } else if (project) {
    names = {lock.packages[*project].name};
    roots.one_project = true;
  } else {
    names = projects;
  }
  for (const std::string& name : names) {
    roots.packages.push_back(package_named(lock, name));
  }
}

bool declares_group(const lock::Package& package, const std::string& group) {
  return package.dependency_groups.contains(group) ||
         (package.declared && package.declared->groups.contains(group));
}

void choose_group_root(const lock::Lock& lock, Roots& roots) {
  std::optional<std::size_t> project = project_of(lock);
  if (!roots.one_project || !project || *project == roots.packages.front()) {
    return;
  }
  const lock::Package& package = lock.packages[*project];
  std::set<std::string> groups;
  for (const auto& [group, list] : package.dependency_groups) {
    groups.insert(group);
  }
  if (package.declared) {
    for (const auto& [group, list] : package.declared->groups) {
      groups.insert(group);
    }
  }
  if (std::any_of(groups.begin(), groups.end(), [&](const std::string& group) {
        return roots.wants_group(lock, project, group);
      })) {
    roots.group_root = project;
  }
}

// ---- names that do not exist ----

void check_extras(const lock::Lock& lock, const Roots& roots) {
  if (lock.revision == 0) {
    return;  // such a lock does not say which extras exist
  }
  std::set<std::string> known;
  for (std::size_t root : roots.packages) {
    const lock::Package& package = lock.packages[root];
    for (const auto& [extra, list] : package.optional_dependencies) {
      known.insert(extra);
    }
    if (package.declared) {
      known.insert(package.declared->provides_extras.begin(),
                   package.declared->provides_extras.end());
    }
  }
  std::vector<std::string> names(known.begin(), known.end());
  for (const std::string& extra : roots.extras) {
    if (!known.contains(extra)) {
      throw Error(ErrorKind::usage,
                  fmt::format("extra '{}' is not defined in the optional-dependencies of {}{}",
                              extra,
                              roots.packages.size() == 1
                                  ? fmt::format("'{}'", lock.packages[roots.packages.front()].name)
                                  : std::string("any project"),
                              util::did_you_mean(extra, names)));
    }
  }
}

std::set<std::string> known_groups(const lock::Lock& lock, const Roots& roots) {
  std::set<std::string> known;
  std::vector<std::size_t> packages = roots.packages;
  if (std::optional<std::size_t> project = project_of(lock); project && roots.one_project) {
    packages.push_back(*project);
  }
  for (std::size_t root : packages) {
    const lock::Package& package = lock.packages[root];
    for (const auto& [group, list] : package.dependency_groups) {
      known.insert(group);
    }
    if (package.declared) {
      for (const auto& [group, list] : package.declared->groups) {
        known.insert(group);
      }
    }
  }
  for (const auto& [group, list] : lock.root_groups) {
    known.insert(group);
  }
  return known;
}

void check_groups(const lock::Lock& lock, const Roots& roots) {
  std::set<std::string> known = known_groups(lock, roots);
  std::vector<std::string> names(known.begin(), known.end());
  for (const std::string& group : roots.groups.named()) {
    if (!known.contains(group)) {
      throw Error(ErrorKind::usage,
                  fmt::format("group '{}' is not defined in the dependency-groups of {}{}",
                              group,
                              roots.one_project ? "the project" : "any project",
                              util::did_you_mean(group, names)));
    }
  }
}

// ---- declared conflicts ----

// The roots, and the members of the workspace that they depend on by any path.
std::set<std::string> projects_reached(const lock::Lock& lock, const Roots& roots) {
  std::set<std::string> members(lock.members.begin(), lock.members.end());
  std::set<std::string> out;
  std::set<std::pair<std::size_t, std::string>> seen;
  std::queue<std::pair<std::size_t, std::string>> queue;
  auto push = [&](std::size_t package, const std::string& extra) {
    if (seen.emplace(package, extra).second) {
      queue.emplace(package, extra);
    }
  };
  auto follow = [&](const std::vector<lock::Dependency>& list) {
    for (const lock::Dependency& dependency : list) {
      push(dependency.package, "");
      for (const std::string& extra : dependency.extras) {
        push(dependency.package, extra);
      }
    }
  };
  auto begin_at = [&](std::size_t root, bool production) {
    const lock::Package& package = lock.packages[root];
    if (production) {
      push(root, "");
      for (const auto& [extra, list] : package.optional_dependencies) {
        if (roots.wants_extra(extra)) {
          push(root, extra);
        }
      }
    }
    for (const auto& [group, list] : package.dependency_groups) {
      if (roots.wants_group(lock, root, group)) {
        follow(list);
      }
    }
  };
  for (std::size_t root : roots.packages) {
    out.insert(lock.packages[root].name);
    begin_at(root, roots.groups.production());
  }
  if (roots.group_root) {
    begin_at(*roots.group_root, false);
  }
  while (!queue.empty()) {
    auto [index, extra] = queue.front();
    queue.pop();
    const lock::Package& package = lock.packages[index];
    if (members.contains(package.name)) {
      out.insert(package.name);
    }
    if (extra.empty()) {
      follow(package.dependencies);
    } else if (auto found = package.optional_dependencies.find(extra);
               found != package.optional_dependencies.end()) {
      follow(found->second);
    }
  }
  return out;
}

std::string item_text(const lock::ConflictItem& item) {
  if (!item.extra.empty()) {
    return fmt::format("extra '{}' of '{}'", item.extra, item.package);
  }
  return item.group.empty() ? fmt::format("the project '{}'", item.package)
                            : fmt::format("group '{}' of '{}'", item.group, item.package);
}

void check_conflicts(const lock::Lock& lock, const Roots& roots) {
  if (lock.conflicts.empty()) {
    return;
  }
  std::set<std::string> projects = projects_reached(lock, roots);
  auto is_wanted = [&](const lock::ConflictItem& item) {
    if (!projects.contains(item.package)) {
      return false;
    }
    if (!item.extra.empty()) {
      return roots.wants_extra(item.extra);
    }
    return item.group.empty() ? roots.groups.production() : roots.groups.contains(item.group);
  };
  for (const std::vector<lock::ConflictItem>& set : lock.conflicts) {
    std::vector<std::string> wanted;
    for (const lock::ConflictItem& item : set) {
      if (is_wanted(item)) {
        wanted.push_back(item_text(item));
      }
    }
    if (wanted.size() >= 2) {
      throw Error(
          ErrorKind::refused,
          fmt::format("{} are declared as conflicting: at most one of them can be installed",
                      util::join(wanted, " and ")));
    }
  }
}

}  // namespace

GroupChoice::GroupChoice(const Selection& selection, const std::vector<std::string>& default_groups)
    : all_(selection.all_groups),
      production_(selection.only_groups.empty()),
      asked_(python::normalized_names(selection.groups)),
      excluded_(python::normalized_names(selection.no_groups)) {
  asked_.merge(python::normalized_names(selection.only_groups));
  if (!selection.no_default_groups && production_) {
    all_by_default_ =
        std::find(default_groups.begin(), default_groups.end(), "*") != default_groups.end();
    defaults_ = python::normalized_names(default_groups);
  }
  named_.assign(asked_.begin(), asked_.end());
  for (const std::string& group : excluded_) {
    if (group != "dev") {  // --no-dev is right even where nobody defines dev
      named_.push_back(group);
    }
  }
}

bool GroupChoice::contains(const std::string& group) const {
  return !excluded_.contains(group) &&
         (all_ || all_by_default_ || asked_.contains(group) || defaults_.contains(group));
}

bool GroupChoice::only_by_default(const std::string& group) const {
  return contains(group) && !all_ && !asked_.contains(group);
}

bool Roots::wants_extra(const std::string& extra) const {
  return all_extras || std::find(extras.begin(), extras.end(), extra) != extras.end();
}

bool Roots::wants_group(const lock::Lock& lock,
                        std::optional<std::size_t> package,
                        const std::string& group) const {
  if (!groups.contains(group)) {
    return false;
  }
  if (!one_project || package == packages.front()) {
    return true;
  }
  // Groups of the workspace's root reach a member only when they are named, and when it has none of
  // that name.
  return !groups.only_by_default(group) && !declares_group(lock.packages[packages.front()], group);
}

std::optional<std::size_t> project_of(const lock::Lock& lock) {
  for (std::size_t i = 0; i < lock.packages.size(); ++i) {
    const lock::Source& source = lock.packages[i].source;
    if ((source.kind == lock::SourceKind::editable || source.kind == lock::SourceKind::virtual_) &&
        source.location == ".") {
      return i;
    }
  }
  return std::nullopt;
}

std::vector<std::string> default_groups(const lock::Lock& lock, const Selection& selection) {
  if (selection.packages.size() == 1 && !selection.all_packages) {
    std::string name = python::normalized_name(selection.packages.front());
    for (const lock::Package& package : lock.packages) {
      if (package.name == name && package.default_groups) {
        return *package.default_groups;
      }
    }
  }
  return selection.default_groups;
}

Roots find_roots(const lock::Lock& lock, const Selection& selection) {
  std::set<std::string> extras = python::normalized_names(selection.extras);
  Roots roots{.packages = {},
              .group_root = {},
              .extras = {extras.begin(), extras.end()},
              .all_extras = selection.all_extras,
              .one_project = false,
              .groups = GroupChoice(selection, default_groups(lock, selection))};
  choose_projects(lock, selection, roots);
  choose_group_root(lock, roots);
  check_extras(lock, roots);
  check_groups(lock, roots);
  check_conflicts(lock, roots);
  return roots;
}

}  // namespace cartwheel::plan
