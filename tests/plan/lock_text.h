#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "lock/lock.h"
#include "plan/select.h"

namespace cartwheel::plan {

// Locks for tests, as text: what uv writes, without the hashes.

inline std::string uv_head(const std::string& more = "") {
  return "version = 1\nrevision = 3\nrequires-python = \">=3.11\"\n" + more;
}

inline const std::string kIndex = "{ registry = \"https://index.test/simple\" }";

// A [[package]] of the index with one wheel for every platform. more: further keys and tables.
inline std::string uv_package(const std::string& name,
                              const std::string& version,
                              const std::string& more = "") {
  std::string file = name;
  std::replace(file.begin(), file.end(), '-', '_');
  return "\n[[package]]\nname = \"" + name + "\"\nversion = \"" + version +
         "\"\nsource = " + kIndex + "\nwheels = [{ url = \"https://f.test/" + file + "-" + version +
         "-py3-none-any.whl\" }]\n" + more;
}

// A [[package]] without files of its own from another source: "virtual = \".\"".
inline std::string uv_tree(const std::string& name,
                           const std::string& source,
                           const std::string& more = "") {
  return "\n[[package]]\nname = \"" + name + "\"\nversion = \"0.1.0\"\nsource = { " + source +
         " }\n" + more;
}

inline Target target_for(const std::string& platform,
                         const std::string& python = "3.11",
                         const std::string& python_full = "") {
  return make_target(
      core::Platform::parse(platform), {2, 36}, python::PythonVersion::parse(python), python_full);
}

// "name version" of what is selected, in order; "+wheel's file name" when with_wheels.
inline std::vector<std::string> selected_names(const std::string& text,
                                               const Selection& selection = {},
                                               const std::string& platform = "linux/amd64",
                                               const std::string& file = "uv.lock") {
  lock::Lock lock = lock::read(file, text);
  std::vector<std::string> out;
  for (const Selected& selected : select(lock, selection, target_for(platform))) {
    const lock::Package& package = lock.packages[selected.package];
    out.push_back(package.name + " " + package.version);
  }
  return out;
}

}  // namespace cartwheel::plan
