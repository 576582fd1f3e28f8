#pragma once

#include <string>
#include <string_view>

namespace cartwheel::base {

// What a Python was built for, as its sysconfig module tells everybody who builds extensions.
struct BuildPaths {
  std::string prefix;      // "/install"; "" when it is not told
  std::string c, cxx, ar;  // programs: "/tools/llvm/bin/clang"; "" when not told
};

// From the text of lib/python3.X/_sysconfigdata_*.py.
BuildPaths build_paths(std::string_view sysconfigdata);

// Whether a file below the prefix repeats such paths: _sysconfigdata_*.py, _sysconfig_vars_*.json,
// build-details.json, the Makefile in config-*, *.pc.
bool names_build_paths(std::string_view path);

// `text` with the build's prefix made `prefix` ("/usr/local"), and a compiler that lies where the
// build had it, or that is not the usual one, made cc, c++ and ar.
std::string with_paths(std::string text, const BuildPaths& built, const std::string& prefix);

}  // namespace cartwheel::base
