#pragma once

// Internal to select and why: where the walk through a uv.lock begins.

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lock/lock.h"
#include "plan/select.h"

namespace cartwheel::plan {

// Which dependency groups are wanted (uv's rules: --no-group wins, --only-group leaves the defaults
// and the project out).
class GroupChoice {
 public:
  GroupChoice(const Selection& selection, const std::vector<std::string>& default_groups);

  bool contains(const std::string& group) const;
  bool only_by_default(
      const std::string& group) const;  // contained, and it would not be without the defaults
  bool production() const { return production_; }  // whether the project itself is wanted
  const std::vector<std::string>& named() const { return named_; }  // by the user

 private:
  bool all_ = false;
  bool all_by_default_ = false;
  bool production_ = true;
  std::set<std::string> asked_, defaults_, excluded_;
  std::vector<std::string> named_;
};

struct Roots {
  std::vector<std::size_t> packages;      // into Lock::packages
  std::optional<std::size_t> group_root;  // the workspace's root, of which only groups are wanted
  std::vector<std::string> extras;        // asked for, normalised
  bool all_extras = false;
  bool one_project = false;  // one project is installed, and not a workspace
  GroupChoice groups;

  bool wants_extra(const std::string& extra) const;
  // package: whose group it is; nothing for the groups of a workspace root that is no project.
  bool wants_group(const lock::Lock& lock,
                   std::optional<std::size_t> package,
                   const std::string& group) const;
};

// The package at the lock's own folder.
std::optional<std::size_t> project_of(const lock::Lock& lock);

// The groups that are wanted when none is named: with one --package, those that the lock has for
// it; otherwise the selection's.
std::vector<std::string> default_groups(const lock::Lock& lock, const Selection& selection);

// Of a uv.lock. Throws Error{usage} for unknown packages, extras and groups, Error{refused} for
// declared conflicts.
Roots find_roots(const lock::Lock& lock, const Selection& selection);

}  // namespace cartwheel::plan
