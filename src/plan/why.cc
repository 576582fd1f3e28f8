#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "plan/select.h"
#include "plan/walk.h"
#include "python/names.h"

namespace cartwheel::plan {

namespace {

// Partial paths that are looked at, at most: a lock has more paths than anybody wants to wait for.
constexpr std::size_t kMostSteps = 100'000;

// An edge between slots, or from outside (a group, a root) into one.
struct Step {
  std::size_t to = 0;     // slot
  WhyEdge edge;           // without its clauses
  python::Marker marker;  // of the dependency
};

class Search {
 public:
  Search(const lock::Lock& lock, Walked walked, std::string name)
      : lock_(lock),
        walked_(std::move(walked)),
        name_(std::move(name)),
        slots_(lock),
        holds_(lock, walked_.environment) {
    for (const lock::Package& package : lock.packages) {
      ++entries_[package.name];
    }
    add_roots();
    for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
      incoming(slot);
    }
  }

  std::vector<WhyPath> paths(std::size_t limit) {
    std::vector<WhyPath> out = find(true, limit);
    if (out.size() < limit) {
      std::vector<WhyPath> more = find(false, limit - out.size());
      std::move(more.begin(), more.end(), std::back_inserter(out));
    }
    return out;
  }

 private:
  // A partial path: the last step and the path before it.
  struct Partial {
    const Step* step = nullptr;
    std::size_t before = 0;  // into partials_; itself for the first
    bool holds = true;
  };

  bool is_target(std::size_t slot) const {
    return lock_.packages[slots_[slot].package].name == name_;
  }

  std::string label(std::size_t slot) const {
    const Slot& at = slots_[slot];
    const lock::Package& package = lock_.packages[at.package];
    std::string out =
        at.extra.empty() ? package.name : fmt::format("{}[{}]", package.name, at.extra);
    return entries_.at(package.name) == 1 ? out : fmt::format("{} {}", out, package.version);
  }

  void add_roots() {
    for (std::size_t root : walked_.roots.packages) {
      add_root(root, walked_.roots.groups.production());
    }
    if (walked_.roots.group_root) {
      add_groups(*walked_.roots.group_root);
    }
    for (const lock::RootRequirement& requirement : lock_.root_requirements) {
      add_requirement("the workspace", requirement, true);
    }
    for (const auto& [group, list] : lock_.root_groups) {
      for (const lock::RootRequirement& requirement : list) {
        add_requirement(fmt::format("the workspace (group {})", group),
                        requirement,
                        walked_.roots.wants_group(lock_, std::nullopt, group));
      }
    }
  }

  void add_root(std::size_t root, bool production) {
    const lock::Package& package = lock_.packages[root];
    add_steps(starts_, package.name, package.dependencies, production);
    for (const auto& [extra, list] : package.optional_dependencies) {
      add_steps(starts_,
                fmt::format("{}[{}]", package.name, extra),
                list,
                production && walked_.roots.wants_extra(extra));
    }
    add_groups(root);
    if (package.name == name_ && production) {
      WhyEdge edge{
          .from = "the project", .to = package.name, .marker = "", .clauses = {}, .holds = true};
      starts_.push_back({slots_.of(root), std::move(edge), {}});
    }
  }

  void add_groups(std::size_t root) {
    const lock::Package& package = lock_.packages[root];
    for (const auto& [group, list] : package.dependency_groups) {
      add_steps(starts_,
                fmt::format("{} (group {})", package.name, group),
                list,
                walked_.roots.wants_group(lock_, root, group));
    }
  }

  void add_requirement(const std::string& from,
                       const lock::RootRequirement& requirement,
                       bool wanted) {
    for (std::size_t i = 0; i < lock_.packages.size(); ++i) {
      if (lock_.packages[i].name != requirement.name) {
        continue;
      }
      lock::Dependency dependency{
          .package = i, .extras = requirement.extras, .marker = requirement.marker};
      add_steps(starts_, from, {dependency}, wanted);
    }
  }

  // possible: whether what the steps begin at is asked for at all.
  void add_steps(std::vector<Step>& out,
                 const std::string& from,
                 const std::vector<lock::Dependency>& list,
                 bool possible) {
    for (const lock::Dependency& dependency : list) {
      bool holds = possible && holds_(dependency);
      std::vector<std::size_t> to = slots_.of(dependency);
      bool ends = is_target(to.front());
      for (std::size_t slot : to) {
        WhyEdge edge{.from = from,
                     .to = label(slot),
                     .marker = dependency.marker.str(),
                     .clauses = {},
                     .holds = holds};
        if (ends && to.size() > 1) {
          edge.to = fmt::format("{}[{}]", name_, fmt::join(dependency.extras, ","));
        }
        out.push_back({slot, std::move(edge), dependency.marker});
        if (ends) {
          break;  // the target's extras are told in one edge
        }
      }
    }
  }

  const std::vector<Step>& outgoing(std::size_t slot) {
    auto [found, is_new] = outgoing_.try_emplace(slot);
    if (is_new) {
      add_steps(found->second, label(slot), *slots_[slot].dependencies, true);
    }
    return found->second;
  }

  // Notes for each slot from which slots an edge leads to it.
  void incoming(std::size_t slot) {
    for (const lock::Dependency& dependency : *slots_[slot].dependencies) {
      for (std::size_t to : slots_.of(dependency)) {
        incoming_[to].emplace_back(slot, holds_(dependency));
      }
    }
  }

  // Slots from which the target is reached, by edges that hold or by any.
  std::vector<char> leading(bool only_holding) const {
    std::vector<char> out(slots_.size(), 0);
    std::deque<std::size_t> queue;
    for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
      if (is_target(slot)) {
        out[slot] = 1;
        queue.push_back(slot);
      }
    }
    while (!queue.empty()) {
      auto found = incoming_.find(queue.front());
      queue.pop_front();
      if (found == incoming_.end()) {
        continue;
      }
      for (auto [from, holds] : found->second) {
        if (out[from] == 0 && (holds || !only_holding)) {
          out[from] = 1;
          queue.push_back(from);
        }
      }
    }
    return out;
  }

  bool has_passed(std::size_t partial, std::size_t slot) const {
    for (std::size_t at = partial;; at = partials_[at].before) {
      if (slots_[partials_[at].step->to].package == slots_[slot].package) {
        return true;
      }
      if (partials_[at].before == at) {
        return false;
      }
    }
  }

  WhyPath path_of(std::size_t partial) const {
    WhyPath out;
    for (std::size_t at = partial;; at = partials_[at].before) {
      const Step& step = *partials_[at].step;
      out.push_back(step.edge);
      out.back().clauses = step.marker.clauses(walked_.environment);
      for (python::Marker::Clause& clause : out.back().clauses) {
        clause.text = readable(std::move(clause.text));
      }
      if (partials_[at].before == at) {
        break;
      }
    }
    std::reverse(out.begin(), out.end());
    return out;
  }

  // "extra == 'extra-3-app-gpu'" says "extra gpu of app": what uv encodes for conflicts.
  std::string readable(std::string text) const {
    for (const std::vector<lock::ConflictItem>& set : lock_.conflicts) {
      for (const lock::ConflictItem& item : set) {
        const std::string encoded = !item.extra.empty()   ? encoded_extra(item.package, item.extra)
                                    : !item.group.empty() ? encoded_group(item.package, item.group)
                                                          : encoded_project(item.package);
        if (text == fmt::format("extra == '{}'", encoded) ||
            text == fmt::format("extra != '{}'", encoded)) {
          const std::string name =
              !item.extra.empty()   ? fmt::format("extra {} of {}", item.extra, item.package)
              : !item.group.empty() ? fmt::format("group {} of {}", item.group, item.package)
                                    : "project " + item.package;
          return (text.starts_with("extra !=") ? "not " : "") + name;
        }
      }
    }
    return text;
  }

  // Breadth first, so shortest first; each path visits a package once.
  std::vector<WhyPath> find(bool holding, std::size_t limit) {
    std::vector<char> leads = leading(holding);
    std::vector<WhyPath> out;
    partials_.clear();
    auto extend = [&](const Step& step, std::size_t before, bool is_first) {
      bool holds = step.edge.holds && (is_first || partials_[before].holds);
      if (leads[step.to] == 0 || (holding && !holds) ||
          (!is_first && has_passed(before, step.to))) {
        return;
      }
      partials_.push_back({&step, is_first ? partials_.size() : before, holds});
      if (is_target(step.to) && holds == holding && out.size() < limit) {
        out.push_back(path_of(partials_.size() - 1));
      }
    };
    for (const Step& step : starts_) {
      extend(step, 0, true);
    }
    for (std::size_t at = 0;
         at < partials_.size() && partials_.size() < kMostSteps && out.size() < limit;
         ++at) {
      std::size_t slot = partials_[at].step->to;
      if (is_target(slot)) {
        continue;
      }
      for (const Step& step : outgoing(slot)) {
        extend(step, at, false);
      }
    }
    return out;
  }

  const lock::Lock& lock_;
  Walked walked_;
  std::string name_;
  std::map<std::string, std::size_t> entries_;  // of the lock, by name
  Slots slots_;
  Evaluator holds_;
  std::vector<Step> starts_;
  std::map<std::size_t, std::vector<Step>> outgoing_;  // by slot
  std::map<std::size_t, std::vector<std::pair<std::size_t, bool>>>
      incoming_;  // by slot: from, holds
  std::vector<Partial> partials_;
};

// A pylock.toml has no graph: each package is there by its own marker.
std::vector<WhyPath> why_pylock(const lock::Lock& lock,
                                const Selection& selection,
                                const Target& target,
                                const std::string& name) {
  python::MarkerEnvironment environment = pylock_environment(lock, selection, target);
  std::vector<WhyPath> out;
  for (const lock::Package& package : lock.packages) {
    if (package.name == name) {
      out.push_back({WhyEdge{.from = "the lock",
                             .to = fmt::format("{} {}", name, package.version),
                             .marker = package.marker.str(),
                             .clauses = package.marker.clauses(environment),
                             .holds = package.marker.evaluate(environment)}});
    }
  }
  std::stable_sort(out.begin(), out.end(), [](const WhyPath& a, const WhyPath& b) {
    return a.front().holds && !b.front().holds;
  });
  return out;
}

}  // namespace

std::vector<WhyPath> why(const lock::Lock& lock,
                         const Selection& selection,
                         const Target& target,
                         const std::string& name,
                         std::size_t limit) {
  std::string normalized = python::normalized_name(name);
  if (lock.kind == lock::LockKind::pylock) {
    std::vector<WhyPath> out = why_pylock(lock, selection, target, normalized);
    out.resize(std::min(out.size(), limit));
    return out;
  }
  return Search(lock, walk(lock, selection, target), normalized).paths(limit);
}

std::string pulled_in_by(const lock::Lock& lock,
                         const Selection& selection,
                         const Target& target,
                         const std::string& name) {
  std::vector<WhyPath> paths = why(lock, selection, target, name, 1);
  bool holds = !paths.empty() && std::ranges::all_of(paths.front(), &WhyEdge::holds);
  if (!holds) {
    return "";
  }
  std::string out = paths.front().front().from;
  for (const WhyEdge& edge : paths.front()) {
    out += " -> " + edge.to;
  }
  return out;
}

}  // namespace cartwheel::plan
