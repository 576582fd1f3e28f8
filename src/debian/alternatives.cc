#include "debian/alternatives.h"

#include <algorithm>

#include <fmt/format.h>

namespace cartwheel::debian {

namespace {

// Puts a link where there is none, or another link; a file of a package stays, as
// update-alternatives leaves it without --force. A folder that is missing (excluded) gets no link.
void put_link(Tree& tree, const std::string& link, const std::string& target) {
  const std::size_t slash = link.rfind('/');
  const auto folder = tree.resolve(link.substr(0, slash));
  if (!folder) {
    return;
  }
  const std::string at = folder->empty() ? link.substr(slash + 1) : *folder + link.substr(slash);
  const Node* old = tree.find(at);
  if (old == nullptr || old->kind == Node::Kind::symlink) {
    tree.put(at, Node::symlink(target));
  }
}

void erase_link(Tree& tree, const std::string& link) {
  const std::size_t slash = link.rfind('/');
  const auto folder = tree.resolve(link.substr(0, slash));
  const std::string at = folder ? *folder + link.substr(slash) : "";
  const Node* old = tree.find(at);
  if (old != nullptr && old->kind == Node::Kind::symlink &&
      old->target.starts_with("/etc/alternatives/")) {
    tree.erase(at);
  }
}

}  // namespace

const AlternativeLinks::Choice* AlternativeLinks::best(const Group& group) {
  const Choice* found = nullptr;
  for (const Choice& choice : group.choices) {
    if (found == nullptr || choice.priority > found->priority) {
      found = &choice;
    }
  }
  return found;
}

void AlternativeLinks::apply(Tree& tree, const std::string& name, const Group& group) {
  const Choice* choice = best(group);
  if (choice == nullptr) {
    tree.erase("etc/alternatives/" + name);
    erase_link(tree, group.link);
  } else {
    tree.ensure_directory("etc/alternatives");
    tree.put("etc/alternatives/" + name, Node::symlink(choice->path));
    put_link(tree, group.link, "/etc/alternatives/" + name);
  }
  for (const auto& [slave, link] : group.slaves) {
    const auto path = choice == nullptr ? std::map<std::string, std::string>::const_iterator()
                                        : choice->slaves.find(slave);
    const bool is_there =
        choice != nullptr && path != choice->slaves.end() && tree.resolve(path->second);
    if (is_there) {
      tree.put("etc/alternatives/" + slave, Node::symlink(path->second));
      put_link(tree, link, "/etc/alternatives/" + slave);
    } else {
      tree.erase("etc/alternatives/" + slave);
      erase_link(tree, link);
    }
  }
}

void AlternativeLinks::install(Tree& tree,
                               const std::string& link,
                               const std::string& name,
                               const std::string& path,
                               int priority,
                               const std::vector<Slave>& slaves) {
  if (!tree.resolve(path)) {
    return;
  }
  Group& group = groups_[name];
  group.link = link;
  Choice choice{path, priority, {}};
  for (const Slave& slave : slaves) {
    group.slaves[slave.name] = slave.link;
    choice.slaves[slave.name] = slave.path;
  }
  std::erase_if(group.choices, [&](const Choice& old) { return old.path == path; });
  group.choices.push_back(std::move(choice));
  apply(tree, name, group);
  // It reads them in this order the next time, and the first of equals is taken.
  std::sort(group.choices.begin(), group.choices.end(), [](const Choice& a, const Choice& b) {
    return a.path < b.path;
  });
}

void AlternativeLinks::remove(Tree& tree, const std::string& name, const std::string& path) {
  const auto group = groups_.find(name);
  if (group == groups_.end()) {
    return;
  }
  std::erase_if(group->second.choices, [&](const Choice& old) { return old.path == path; });
  apply(tree, name, group->second);
  if (group->second.choices.empty()) {
    groups_.erase(group);
  }
}

std::vector<std::string> AlternativeLinks::paths(const std::string& name) const {
  std::vector<std::string> found;
  const auto group = groups_.find(name);
  if (group != groups_.end()) {
    for (const Choice& choice : group->second.choices) {
      found.push_back(choice.path);
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

void AlternativeLinks::record(Tree& tree) const {
  if (groups_.empty()) {
    return;
  }
  for (const char* folder : {"var/lib/dpkg", "var/lib/dpkg/alternatives"}) {
    tree.ensure_directory(folder);
  }
  for (const auto& [name, group] : groups_) {
    std::string text = fmt::format("auto\n{}\n", group.link);
    for (const auto& [slave, link] : group.slaves) {
      text += fmt::format("{}\n{}\n", slave, link);
    }
    text += "\n";
    for (const Choice& choice : group.choices) {
      text += fmt::format("{}\n{}\n", choice.path, choice.priority);
      for (const auto& [slave, link] : group.slaves) {
        const auto path = choice.slaves.find(slave);
        text += (path == choice.slaves.end() ? "" : path->second) + "\n";
      }
    }
    text += "\n";
    tree.put("var/lib/dpkg/alternatives/" + name, Node::file(std::move(text)));
  }
}

}  // namespace cartwheel::debian
