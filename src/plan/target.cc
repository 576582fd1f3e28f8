#include "plan/target.h"

#include <fmt/format.h>

namespace cartwheel::plan {

Target make_target(const core::Platform& platform,
                   const python::Glibc& glibc,
                   const python::PythonVersion& python,
                   const std::string& python_full) {
  std::string minor = fmt::format("{}.{}", python.major, python.minor);
  std::string full = python_full.empty() ? minor + ".0" : python_full;
  python::MarkerEnvironment environment;
  environment.variables = {
      {"implementation_name", "cpython"},
      {"implementation_version", full},
      {"os_name", "posix"},
      {"platform_machine", platform.machine()},
      {"platform_python_implementation", "CPython"},
      {"platform_release", ""},
      {"platform_system", "Linux"},
      {"platform_version", ""},
      {"python_full_version", full},
      {"python_version", minor},
      {"sys_platform", "linux"},
  };
  return {platform, glibc, python, environment, python::SupportedTags(platform, glibc, python)};
}

}  // namespace cartwheel::plan
