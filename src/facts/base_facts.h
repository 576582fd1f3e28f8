#pragma once

#include <string>
#include <vector>

namespace cartwheel::facts {

// What is known of a base without opening it; recorded in cartwheel.lock ([base.facts],
// docs/formats.md section 12).
struct BaseFacts {
  std::string glibc;        // "2.36"
  std::string libstdcxx;    // largest GLIBCXX version: "3.4.30", or "" without libstdc++
  std::string python;       // full version "3.11.2", or "" when there is none
  std::string python_path;  // absolute, of the interpreter: "/usr/bin/python3.11"
  struct Parent {           // an ancestor of the prefix whose mode or owner is not 0755 0:0
    std::string path;       // "opt"
    unsigned mode = 0755, uid = 0, gid = 0;
    bool operator==(const Parent&) const = default;
  };
  std::vector<Parent> parents;
  bool operator==(const BaseFacts&) const = default;
};

}  // namespace cartwheel::facts
