#pragma once

#include <string>

#include "core/platform.h"
#include "python/marker.h"
#include "python/tags.h"

namespace cartwheel::plan {

// What an image is for: architecture, glibc of the base, Python.
struct Target {
  core::Platform platform;
  python::Glibc glibc;
  python::PythonVersion python;
  python::MarkerEnvironment environment;  // without extras and groups
  python::SupportedTags tags;
};

// python_full: "3.11.2", or "" for MAJOR.MINOR.0. platform_release and platform_version are "" (as
// uv's cross targets have fixed texts, research section 1.7).
Target make_target(const core::Platform& platform,
                   const python::Glibc& glibc,
                   const python::PythonVersion& python,
                   const std::string& python_full);

}  // namespace cartwheel::plan
