#pragma once

// Internal to select and why: the walk through the graph of a uv.lock, for one target.

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lock/lock.h"
#include "plan/roots.h"
#include "plan/target.h"

namespace cartwheel::plan {

// A package, or one extra of it: what a queue of the walk holds.
struct Slot {
  std::size_t package = 0;
  std::string extra;  // or ""
  const std::vector<lock::Dependency>* dependencies = nullptr;
};

// All slots of a lock, numbered from 0.
class Slots {
 public:
  explicit Slots(const lock::Lock& lock);
  std::size_t of(std::size_t package) const { return first_[package]; }
  std::optional<std::size_t> of(std::size_t package, const std::string& extra) const;
  const Slot& operator[](std::size_t slot) const { return slots_[slot]; }
  std::size_t size() const { return slots_.size(); }
  // The package itself, then its extras, that a dependency asks for.
  std::vector<std::size_t> of(const lock::Dependency& dependency) const;

 private:
  std::vector<Slot> slots_;
  std::vector<std::size_t> first_;  // by package
};

// Markers of dependencies under a fixed environment, each evaluated once.
class Evaluator {
 public:
  Evaluator(const lock::Lock& lock, const python::MarkerEnvironment& environment)
      : environment_(environment),
        known_(lock.marker_count, -1) {}
  bool operator()(const lock::Dependency& dependency);

 private:
  const python::MarkerEnvironment& environment_;
  std::vector<signed char> known_;  // by marker_id; -1: not yet
};

struct Walked {
  Roots roots;
  python::MarkerEnvironment environment;  // the target's, with the encoded names of what is active
  std::vector<char> selected;  // by package: whether it is installed (virtual sources too)
  std::vector<std::set<std::string>> extras;  // by package
};

// What `uv sync --frozen` reaches (research section 1.6). Errors as find_roots, and Error{refused}
// when dependencies activate conflicting extras.
Walked walk(const lock::Lock& lock, const Selection& selection, const Target& target);

// The target's environment with what PEP 751's `extras` and `dependency_groups` are in a
// pylock.toml. Throws Error{usage} for unknown names.
python::MarkerEnvironment pylock_environment(const lock::Lock& lock,
                                             const Selection& selection,
                                             const Target& target);

// "extra-4-proj-cpu", "group-4-proj-dev", "project-4-proj": how markers of a lock with conflicts
// name what is active.
std::string encoded_extra(const std::string& package, const std::string& extra);
std::string encoded_group(const std::string& package, const std::string& group);
std::string encoded_project(const std::string& package);

}  // namespace cartwheel::plan
