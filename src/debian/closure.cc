#include "debian/closure.h"

#include <algorithm>
#include <deque>

#include <fmt/format.h>

#include "debian/relation.h"
#include "debian/version.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::debian {

namespace {

using util::Error;
using util::ErrorKind;

std::string text_of(const Alternatives& group) {
  std::string text;
  for (const Relation& relation : group) {
    text += (text.empty() ? "" : " | ") + relation.str();
  }
  return text;
}

class Solver {
 public:
  Solver(const PackageIndex& index, const ClosureRequest& request)
      : index_(index),
        request_(request) {}

  std::vector<const Package*> solve() {
    for (const std::string& name : request_.installed) {
      if (const Package* package = index_.find(name)) {
        chosen_.emplace(name, Choice{package, ""});
        installed_.insert(name);
      }
    }
    for (const std::string& root : request_.roots) {
      const Package* package = index_.find(root);
      if (package == nullptr) {
        refuse_virtual(root);
        throw Error(ErrorKind::not_found,
                    fmt::format("package '{}' is in none of the suites for {}{}",
                                root,
                                index_.architecture(),
                                index_.did_you_mean(root)));
      }
      choose(package, "");
    }
    while (!queue_.empty() || !pending_.empty()) {
      while (!queue_.empty()) {
        const Package* package = queue_.front();
        queue_.pop_front();
        follow(*package);
      }
      if (!pending_.empty()) {
        const Pending pending = pending_.front();
        pending_.pop_front();
        decide(pending);
      }
    }
    check_conflicts();
    std::vector<const Package*> result;
    for (const auto& [name, choice] : chosen_) {
      if (installed_.count(name) == 0) {
        result.push_back(choice.package);
      }
    }
    return result;
  }

 private:
  struct Choice {
    const Package* package;
    std::string asked_by;  // name of another chosen package, or "" for a root
  };
  struct Pending {
    std::string asked_by;
    Alternatives group;
  };

  void choose(const Package* package, const std::string& asked_by) {
    if (chosen_.emplace(package->name, Choice{package, asked_by}).second) {
      queue_.push_back(package);
    }
  }

  // "a → b → c": how a package came in.
  std::string chain(std::string name) const {
    std::string text = name;
    while (!(name = chosen_.at(name).asked_by).empty()) {
      text = name + " → " + text;
    }
    return text;
  }

  // ":any" asks for a package of any architecture; there is only ours here.
  bool is_our_architecture(const Relation& relation) const {
    return relation.architecture.empty() || relation.architecture == "any" ||
           relation.architecture == index_.architecture();
  }

  bool is_met_by_name(const Package& package, const Relation& relation) const {
    return package.name == relation.name && is_our_architecture(relation) &&
           (relation.operation.empty() ||
            version_matches(package.version, relation.operation, relation.version));
  }

  static bool is_provided_by(const Package& package, const Relation& relation) {
    for (const Alternatives& group : parse_relations(package.provides, package.name)) {
      const Relation& provided = group.front();
      if (provided.name == relation.name &&
          (relation.operation.empty() ||
           (provided.operation == "=" &&
            version_matches(provided.version, relation.operation, relation.version)))) {
        return true;
      }
    }
    return false;
  }

  // Several packages may stand for a virtual name; which one is the user's to say.
  void refuse_virtual(const std::string& root) const {
    std::vector<std::string> names;
    for (const Package* package : index_.providers(root)) {
      names.push_back(package->name);
    }
    if (!names.empty()) {
      throw Error(ErrorKind::not_found,
                  fmt::format("package '{}' is virtual: name one that provides it: {}",
                              root,
                              util::join(names, ", ")));
    }
  }

  std::vector<const Package*> providers(const Relation& relation) const {
    std::vector<const Package*> found;
    if (!is_our_architecture(relation)) {
      return found;
    }
    for (const Package* package : index_.providers(relation.name)) {
      if (package->name != relation.name && is_provided_by(*package, relation)) {
        found.push_back(package);
      }
    }
    return found;
  }

  void follow(const Package& package) {
    for (Alternatives& group : parse_relations(package.depends, package.name)) {
      const bool is_omitted = std::all_of(group.begin(), group.end(), [&](const Relation& one) {
        return request_.omit.count(one.name) != 0;
      });
      if (is_omitted) {
        continue;
      }
      const Package* only = group.size() == 1 ? index_.find(group.front().name) : nullptr;
      if (only != nullptr && is_met_by_name(*only, group.front())) {
        choose(only, package.name);
      } else {
        pending_.push_back({package.name, std::move(group)});
      }
    }
  }

  void decide(const Pending& pending) {
    for (const Relation& relation : pending.group) {
      for (const auto& [name, choice] : chosen_) {
        if (is_met_by_name(*choice.package, relation) ||
            (is_our_architecture(relation) && is_provided_by(*choice.package, relation))) {
          return;
        }
      }
    }
    for (const Relation& relation : pending.group) {
      const Package* package = index_.find(relation.name);
      if (package != nullptr && is_met_by_name(*package, relation)) {
        choose(package, pending.asked_by);
        return;
      }
    }
    for (const Relation& relation : pending.group) {
      const std::vector<const Package*> found = providers(relation);
      if (!found.empty()) {
        choose(pick(found, relation, pending), pending.asked_by);
        return;
      }
    }
    throw Error(ErrorKind::refused, unmet(pending));
  }

  const Package* pick(const std::vector<const Package*>& found,
                      const Relation& relation,
                      const Pending& pending) const {
    const auto preferred = request_.prefer.find(relation.name);
    if (preferred != request_.prefer.end()) {
      for (const Package* package : found) {
        if (package->name == preferred->second) {
          return package;
        }
      }
    }
    if (found.size() == 1) {
      return found.front();
    }
    const Package* important = nullptr;
    std::size_t count = 0;
    std::string names;
    for (const Package* package : found) {
      names += (names.empty() ? "" : ", ") + package->name;
      if (package->is_important) {
        important = package;
        ++count;
      }
    }
    if (count == 1) {
      return important;
    }
    throw Error(ErrorKind::refused,
                fmt::format("{} needs '{}', which {} provide: name one under 'prefer'",
                            chain(pending.asked_by),
                            relation.name,
                            names));
  }

  std::string unmet(const Pending& pending) const {
    std::string there;
    for (const Relation& relation : pending.group) {
      const Package* package = index_.find(relation.name);
      if (package != nullptr) {
        there += fmt::format("; {} {} is what there is{}",
                             package->name,
                             package->version,
                             installed_.count(package->name) == 0 ? "" : " in the base");
      }
    }
    return fmt::format("{} needs '{}', which no package meets{}",
                       chain(pending.asked_by),
                       text_of(pending.group),
                       there);
  }

  void check_conflicts() const {
    for (const auto& [name, choice] : chosen_) {
      // what is installed was judged when it was chosen; it may still conflict with what is new
      for (const Alternatives& group : parse_relations(choice.package->conflicts, name)) {
        check_conflict(*choice.package, group.front());
      }
    }
  }

  void check_conflict(const Package& package, const Relation& relation) const {
    for (const auto& [name, other] : chosen_) {
      const Package& against = *other.package;
      if (against.name != package.name &&
          (is_met_by_name(against, relation) || is_provided_by(against, relation))) {
        throw Error(ErrorKind::refused,
                    fmt::format("{} {} conflicts with {} {} ('{}')",
                                chain(package.name),
                                package.version,
                                chain(name),
                                against.version,
                                relation.str()));
      }
    }
  }

  const PackageIndex& index_;
  const ClosureRequest& request_;
  std::map<std::string, Choice> chosen_;
  std::set<std::string> installed_;
  std::deque<const Package*> queue_;
  std::deque<Pending> pending_;
};

}  // namespace

std::vector<const Package*> closure(const PackageIndex& index, const ClosureRequest& request) {
  return Solver(index, request).solve();
}

}  // namespace cartwheel::debian
