#include "plan/manner.h"

#include <algorithm>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "plan/differences.h"
#include "python/version.h"
#include "util/error.h"

namespace cartwheel::plan {

namespace {

using Reason = std::optional<std::string>;

class MannerJudge {
 public:
  MannerJudge(const lock::Lock& lock,
              const Projects& projects,
              const settings::Project& root,
              const Context& here,
              Comparison& comparison)
      : lock_(lock),
        projects_(projects),
        root_(root),
        here_(here),
        comparison_(comparison) {}

  Reason reason() {
    const settings::Resolution& now = root_.resolution;
    const lock::Manner& then = lock_.manner;
    struct List {
      const std::vector<std::string>& wanted;
      const std::vector<lock::DeclaredRequirement>& locked;
      const char* where;
    };
    for (const List& list :
         {List{now.constraints, then.constraints, "constraint-dependencies"},
          List{now.overrides, then.overrides, "override-dependencies"},
          List{now.build_constraints, then.build_constraints, "build-constraint-dependencies"}}) {
      if (Reason found =
              requirements_difference(comparison_, list.wanted, list.locked, here_, list.where)) {
        return found;
      }
    }
    if (Reason found = names_difference({now.excludes.begin(), now.excludes.end()},
                                        {then.excludes.begin(), then.excludes.end()},
                                        "exclusion",
                                        "")) {
      return found;
    }
    if (Reason found = names_difference(normal_versions(now.dependency_metadata),
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

 private:
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
  const settings::Project& root_;
  const Context& here_;
  Comparison& comparison_;
};

}  // namespace

std::optional<std::string> manner_difference(const lock::Lock& lock,
                                             const Projects& projects,
                                             const settings::Project& root,
                                             const Context& here,
                                             Comparison& comparison) {
  return MannerJudge(lock, projects, root, here, comparison).reason();
}

}  // namespace cartwheel::plan
