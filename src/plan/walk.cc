#include "plan/walk.h"

#include <algorithm>
#include <deque>
#include <iterator>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "plan/condition.h"
#include "util/error.h"

namespace cartwheel::plan {

using util::Error;
using util::ErrorKind;

std::string encoded_extra(const std::string& package, const std::string& extra) {
  return fmt::format("extra-{}-{}-{}", package.size(), package, extra);
}
std::string encoded_group(const std::string& package, const std::string& group) {
  return fmt::format("group-{}-{}-{}", package.size(), package, group);
}
std::string encoded_project(const std::string& package) {
  return fmt::format("project-{}-{}", package.size(), package);
}

Slots::Slots(const lock::Lock& lock) {
  first_.reserve(lock.packages.size());
  for (std::size_t i = 0; i < lock.packages.size(); ++i) {
    first_.push_back(slots_.size());
    slots_.push_back({i, "", &lock.packages[i].dependencies});
    for (const auto& [extra, list] : lock.packages[i].optional_dependencies) {
      slots_.push_back({i, extra, &list});
    }
  }
}

std::optional<std::size_t> Slots::of(std::size_t package, const std::string& extra) const {
  std::size_t end = package + 1 < first_.size() ? first_[package + 1] : slots_.size();
  for (std::size_t slot = first_[package] + 1; slot < end; ++slot) {
    if (slots_[slot].extra == extra) {
      return slot;
    }
  }
  return std::nullopt;
}

std::vector<std::size_t> Slots::of(const lock::Dependency& dependency) const {
  std::vector<std::size_t> out = {of(dependency.package)};
  for (const std::string& extra : dependency.extras) {
    if (std::optional<std::size_t> slot = of(dependency.package, extra)) {
      out.push_back(*slot);
    }
  }
  return out;
}

bool Evaluator::operator()(const lock::Dependency& dependency) {
  if (dependency.marker.empty()) {
    return true;
  }
  if (dependency.marker_id >= known_.size()) {
    return dependency.marker.evaluate(environment_);
  }
  signed char& known = known_[dependency.marker_id];
  if (known < 0) {
    known = dependency.marker.evaluate(environment_) ? 1 : 0;
  }
  return known != 0;
}

namespace {

class Walker {
 public:
  Walker(const lock::Lock& lock, const Target& target, Roots roots)
      : lock_(lock),
        target_(target),
        slots_(lock),
        out_{std::move(roots),
             target.environment,
             std::vector<char>(lock.packages.size(), 0),
             std::vector<std::set<std::string>>(lock.packages.size())},
        seen_(slots_.size(), 0) {}

  Walked walk() {
    if (!lock_.conflicts.empty()) {
      activate_roots();
    }
    begin_at_roots();
    begin_at_requirements();
    if (!lock_.conflicts.empty()) {
      activate_dependencies();
      check_conflicts();
    }
    follow();
    return std::move(out_);
  }

 private:
  using Reach = std::unordered_map<std::size_t, Conditions::Id>;  // by slot

  bool production() const { return out_.roots.groups.production(); }
  const lock::Package& package(std::size_t index) const { return lock_.packages[index]; }
  ActiveNames& active() { return out_.environment.extras; }

  void activate_extra(const std::string& name, const std::string& extra) {
    active().insert(encoded_extra(name, extra));
    active_extras_.emplace(name, extra);
  }

  void activate_roots() {
    std::vector<std::size_t> with_groups = out_.roots.packages;
    if (out_.roots.group_root) {
      with_groups.push_back(*out_.roots.group_root);
    }
    for (std::size_t root : out_.roots.packages) {
      if (!production()) {
        break;
      }
      active().insert(encoded_project(package(root).name));
      for (const auto& [extra, list] : package(root).optional_dependencies) {
        if (out_.roots.wants_extra(extra)) {
          activate_extra(package(root).name, extra);
        }
      }
    }
    for (std::size_t root : with_groups) {
      for (const auto& [group, list] : package(root).dependency_groups) {
        if (out_.roots.wants_group(lock_, root, group)) {
          active().insert(encoded_group(package(root).name, group));
        }
      }
    }
  }

  void enqueue(std::size_t slot, Conditions::Id reach) {
    queue_.push_back(slot);
    Conditions::Id& known = reach_.try_emplace(slot, Conditions::kNever).first->second;
    known = conditions_.either(known, reach);
  }

  void enqueue_once(std::size_t slot, Conditions::Id reach) {
    if (seen_[slot] == 0) {
      seen_[slot] = 1;
      enqueue(slot, reach);
    } else {
      reach_[slot] = conditions_.either(reach_[slot], reach);
    }
  }

  void begin_at_roots() {
    for (std::size_t root : out_.roots.packages) {
      out_.selected[root] = production() ? 1 : 0;
    }
    for (std::size_t root : out_.roots.packages) {
      if (production()) {
        enqueue(slots_.of(root), Conditions::kAlways);
        for (const auto& [extra, list] : package(root).optional_dependencies) {
          if (out_.roots.wants_extra(extra)) {
            enqueue(*slots_.of(root, extra), Conditions::kAlways);
            out_.extras[root].insert(extra);
          }
        }
      }
      begin_at_groups(root);
    }
    if (out_.roots.group_root) {
      begin_at_groups(*out_.roots.group_root);
    }
  }

  void begin_at_groups(std::size_t root) {
    for (const auto& [group, list] : package(root).dependency_groups) {
      if (!out_.roots.wants_group(lock_, root, group)) {
        continue;
      }
      for (const lock::Dependency& dependency : list) {
        ActiveNames added = newly_active(dependency);
        bool holds =
            with_active(added, [&] { return dependency.marker.evaluate(out_.environment); });
        if (!holds) {
          continue;
        }
        keep_active(dependency, added);
        select(dependency);
        Conditions::Id reach = condition(dependency);
        for (std::size_t slot : slots_.of(dependency)) {
          enqueue_once(slot, reach);
        }
      }
    }
  }

  // The encoded names of the dependency's extras that are not active yet.
  ActiveNames newly_active(const lock::Dependency& dependency) {
    ActiveNames out;
    for (const std::string& extra : dependency.extras) {
      if (!active_extras_.contains({package(dependency.package).name, extra})) {
        out.insert(encoded_extra(package(dependency.package).name, extra));
      }
    }
    return out;
  }

  template <typename Ask>
  bool with_active(const ActiveNames& added, Ask ask) {
    active().insert(added.begin(), added.end());
    bool out = ask();
    for (const std::string& name : added) {
      active().erase(name);
    }
    return out;
  }

  void keep_active(const lock::Dependency& dependency, const ActiveNames& added) {
    if (!added.empty()) {
      for (const std::string& extra : dependency.extras) {
        activate_extra(package(dependency.package).name, extra);
      }
    }
  }

  void select(const lock::Dependency& dependency) {
    out_.selected[dependency.package] = 1;
    out_.extras[dependency.package].insert(dependency.extras.begin(), dependency.extras.end());
  }

  // ---- roots that are no package's ----

  void begin_at_requirements() {
    for (const lock::RootRequirement& requirement : lock_.root_requirements) {
      begin_at(requirement, production(), false);
    }
    for (const auto& [group, list] : lock_.root_groups) {
      if (out_.roots.wants_group(lock_, std::nullopt, group)) {
        for (const lock::RootRequirement& requirement : list) {
          begin_at(requirement, true, true);
        }
      }
    }
  }

  void begin_at(const lock::RootRequirement& requirement, bool installed, bool activates) {
    if (!requirement.marker.evaluate(target_.environment)) {
      return;
    }
    std::size_t found = package_for(requirement);
    out_.selected[found] = installed || out_.selected[found] != 0 ? 1 : 0;
    enqueue_once(slots_.of(found), Conditions::kAlways);
    for (const std::string& extra : requirement.extras) {
      if (activates) {
        activate_extra(requirement.name, extra);
      }
      out_.extras[found].insert(extra);
      if (std::optional<std::size_t> slot = slots_.of(found, extra)) {
        enqueue_once(*slot, Conditions::kAlways);
      }
    }
  }

  // The one package of that name whose resolution markers, if it has any, fit the target.
  std::size_t package_for(const lock::RootRequirement& requirement) const {
    std::optional<std::size_t> found;
    for (std::size_t i = 0; i < lock_.packages.size(); ++i) {
      const std::vector<python::Marker>& markers = package(i).resolution_markers;
      auto holds = [&](const python::Marker& marker) {
        return marker.evaluate(target_.environment);
      };
      if (package(i).name != requirement.name ||
          (!markers.empty() && std::none_of(markers.begin(), markers.end(), holds))) {
        continue;
      }
      if (found) {
        throw Error(ErrorKind::malformed,
                    fmt::format("the lock has several packages '{}' for {}",
                                requirement.name,
                                target_.platform.str()));
      }
      found = i;
    }
    if (!found) {
      throw Error(
          ErrorKind::malformed,
          fmt::format(
              "the lock has no package '{}' for {}", requirement.name, target_.platform.str()));
    }
    return *found;
  }

  // ---- pass 1: which extras do dependencies activate? ----

  Conditions::Id condition(const lock::Dependency& dependency) {
    if (lock_.conflicts.empty() || dependency.marker.empty()) {
      return Conditions::kAlways;
    }
    if (dependency.marker_id >= lock_.marker_count) {
      return conditions_.of(dependency.marker, target_.environment);
    }
    auto [found, is_new] = marker_conditions_.try_emplace(dependency.marker_id, Conditions::kNever);
    if (is_new) {
      found->second = conditions_.of(dependency.marker, target_.environment);
    }
    return found->second;
  }

  // Breadth first. A marker of the lock is told relative to its parent, so it is asked together
  // with the condition under which the parent is reached; what is active only grows, and so do
  // these conditions.
  void activate_dependencies() {
    std::deque<std::size_t> queue = queue_;
    Reach reach = reach_;
    while (!queue.empty()) {
      std::size_t parent = queue.front();
      queue.pop_front();
      for (const lock::Dependency& dependency : *slots_[parent].dependencies) {
        Conditions::Id condition_here = conditions_.both(condition(dependency), reach[parent]);
        ActiveNames added = newly_active(dependency);
        if (!with_active(added, [&] { return conditions_.holds(condition_here, active()); })) {
          continue;
        }
        keep_active(dependency, added);
        for (std::size_t slot : slots_.of(dependency)) {
          auto [known, is_new] = reach.try_emplace(slot, condition_here);
          Conditions::Id grown = conditions_.either(known->second, condition_here);
          if (is_new || grown != known->second) {
            known->second = grown;
            queue.push_back(slot);
          }
        }
      }
    }
  }

  void check_conflicts() const {
    for (const std::vector<lock::ConflictItem>& set : lock_.conflicts) {
      std::vector<const lock::ConflictItem*> found;
      for (const lock::ConflictItem& item : set) {
        if (!item.extra.empty() && active_extras_.contains({item.package, item.extra})) {
          found.push_back(&item);
        }
      }
      if (found.size() >= 2) {
        throw Error(
            ErrorKind::refused,
            fmt::format(
                "dependencies want both '{}[{}]' and '{}[{}]', which are declared as conflicting",
                found[0]->package,
                found[0]->extra,
                found[1]->package,
                found[1]->extra));
      }
    }
  }

  // ---- pass 2 ----

  void follow() {
    Evaluator holds(lock_, out_.environment);
    while (!queue_.empty()) {
      std::size_t parent = queue_.front();
      queue_.pop_front();
      for (const lock::Dependency& dependency : *slots_[parent].dependencies) {
        if (!holds(dependency)) {
          continue;
        }
        select(dependency);
        for (std::size_t slot : slots_.of(dependency)) {
          if (seen_[slot] == 0) {
            seen_[slot] = 1;
            queue_.push_back(slot);
          }
        }
      }
    }
  }

  const lock::Lock& lock_;
  const Target& target_;
  Slots slots_;
  Walked out_;
  std::vector<char> seen_;  // by slot
  std::deque<std::size_t> queue_;
  Reach reach_;
  Conditions conditions_;
  std::unordered_map<std::size_t, Conditions::Id> marker_conditions_;  // by marker_id
  std::set<std::pair<std::string, std::string>> active_extras_;        // package, extra
};

}  // namespace

Walked walk(const lock::Lock& lock, const Selection& selection, const Target& target) {
  return Walker(lock, target, find_roots(lock, selection)).walk();
}

}  // namespace cartwheel::plan
