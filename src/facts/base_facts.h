#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cartwheel::facts {

// What is known of a base without opening it; recorded in cartwheel.lock ([base.facts],
// docs/formats.md section 12).
struct BaseFacts {
  std::string glibc;        // "2.36"
  std::string libstdcxx;    // largest GLIBCXX version: "3.4.30", or "" without libstdc++
  std::string cxxabi;       // largest CXXABI version of the same library: "1.3.13", or ""
  std::string suite;        // of Debian, "bookworm", or ""
  std::string python;       // full version "3.11.2", or "" when there is none
  std::string python_path;  // absolute, of the interpreter: "/usr/bin/python3.11"
  struct Parent {           // an ancestor of the prefix whose mode or owner is not 0755 0:0
    std::string path;       // "opt"
    unsigned mode = 0755, uid = 0, gid = 0;
    bool operator==(const Parent&) const = default;
  };
  std::vector<Parent> parents;
  // What the loader finds without being told: by ld.so.cache, or by name in the folders that are
  // built into it. Sorted; empty when it is not known.
  std::vector<std::string> libraries;
  // Of the programs that wheels call at run time those that PATH finds: compilers, ldconfig.
  // Sorted.
  std::vector<std::string> programs;
  // What a given image brings that can stand against the wheels' own: CUDA's version ("12.4", "?"
  // when nothing tells it, "" without CUDA) and the bytes of its files; LD_LIBRARY_PATH.
  std::string cuda;
  std::uint64_t cuda_size = 0;
  std::string library_path;
  bool operator==(const BaseFacts&) const = default;
};

}  // namespace cartwheel::facts
