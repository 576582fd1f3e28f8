#pragma once

#include <map>
#include <string>
#include <vector>

#include "debian/tree.h"

namespace cartwheel::debian {

// The alternatives system of a tree, as update-alternatives(1) keeps it in automatic mode: the
// choice of the highest priority is linked, LINK → /etc/alternatives/NAME → PATH, with its slaves.
class AlternativeLinks {
 public:
  struct Slave {
    std::string link, name, path;
  };

  // --install LINK NAME PATH PRIORITY [--slave LINK NAME PATH]…: a choice, new or again. A path
  // that is not in the tree (it may be excluded from the image) is no choice.
  void install(Tree& tree,
               const std::string& link,
               const std::string& name,
               const std::string& path,
               int priority,
               const std::vector<Slave>& slaves);
  // --remove NAME PATH: nothing when there is no such choice.
  void remove(Tree& tree, const std::string& name, const std::string& path);

  // --list NAME: the paths of its choices, in order of bytes.
  std::vector<std::string> paths(const std::string& name) const;

  // The files that update-alternatives keeps in /var/lib/dpkg/alternatives.
  void record(Tree& tree) const;

 private:
  struct Choice {
    std::string path;
    int priority = 0;
    std::map<std::string, std::string> slaves;  // name → path
  };
  struct Group {
    std::string link;
    std::map<std::string, std::string> slaves;  // name → link
    std::vector<Choice> choices;
  };

  static const Choice* best(const Group& group);
  static void apply(Tree& tree, const std::string& name, const Group& group);

  std::map<std::string, Group> groups_;
};

}  // namespace cartwheel::debian
