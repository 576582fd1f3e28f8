#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "wheelbuild/wheelbuild.h"

namespace cartwheel::wheelbuild {

// A program of this host that makes wheels (PEP 517 calls it a build frontend).
struct Frontend {
  std::string program;  // "uv", "pip"
  std::string version;  // "uv 0.13.9", "pip 23.2.1"
  std::string python;  // pip's own Python, "3.11"; "" for uv, which takes the one that is asked for

  // Makes a wheel of `source` (absolute) into the folder `into`. `constraints`: a file, or "".
  std::vector<std::string> command(const std::filesystem::path& source,
                                   const std::filesystem::path& into,
                                   const Options& options,
                                   const std::filesystem::path& constraints) const;
  // What it takes by its environment: pip has had an option for constraints of builds since 25.3.
  std::map<std::string, std::string> variables(const std::filesystem::path& constraints) const;
};

// uv, else pip, of PATH. Throws Error{not_found} when there is neither, or neither says its
// version.
Frontend find_frontend();

}  // namespace cartwheel::wheelbuild
