#include "plan/missing_wheel.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "python/tags.h"
#include "util/text.h"

namespace cartwheel::plan {

namespace {

constexpr unsigned kNewestGlibc = 99;

bool fits_one(const std::vector<python::WheelFilename>& wheels, const python::SupportedTags& tags) {
  return std::ranges::any_of(
      wheels, [&](const python::WheelFilename& wheel) { return tags.priority(wheel).has_value(); });
}

// The Pythons that the names of wheels speak of: 12 for cp312.
std::set<unsigned> minors_of(const std::vector<python::WheelFilename>& wheels) {
  constexpr std::string_view kPrefix = "cp3";
  std::set<unsigned> minors;
  for (const python::WheelFilename& wheel : wheels) {
    for (const std::string& tag : wheel.python_tags) {
      unsigned minor = 0;
      if (tag.starts_with(kPrefix) &&
          std::from_chars(tag.data() + kPrefix.size(), tag.data() + tag.size(), minor).ec ==
              std::errc()) {
        minors.insert(minor);
      }
    }
  }
  return minors;
}

// The other Pythons for which the target would have a wheel: "3.8", "3.9", ….
std::vector<std::string> fitting_pythons(const std::vector<python::WheelFilename>& wheels,
                                         const Target& target) {
  std::vector<std::string> fitting;
  for (unsigned minor : minors_of(wheels)) {
    python::PythonVersion python{.major = 3, .minor = minor};
    if (fits_one(wheels, python::SupportedTags(target.platform, target.glibc, python))) {
      fitting.push_back(python.str());
    }
  }
  return fitting;
}

}  // namespace

MissingWheel missing_wheel(const lock::Package& package, const Target& target) {
  if (package.wheels.empty()) {
    return {.offered = "no wheel at all",
            .for_newer_glibc = "",
            .remedy = "choose a version that has a wheel, or bring one with --wheel-dir"};
  }
  std::vector<python::WheelFilename> wheels;
  python::SupportedTags newer(
      target.platform, {.major = target.glibc.major, .minor = kNewestGlibc}, target.python);
  for (const core::Artifact& wheel : package.wheels) {
    wheels.push_back(python::WheelFilename::parse(wheel.filename));
    if (newer.priority(wheels.back())) {
      return {.offered = fmt::format("{} wheels, none for it", package.wheels.size()),
              .for_newer_glibc = wheel.filename,
              .remedy = "choose a base with a newer glibc"};
    }
  }
  std::vector<std::string> pythons = fitting_pythons(wheels, target);
  if (!pythons.empty()) {
    return {.offered = fmt::format("{} wheels, those for {} are for Python {}",
                                   wheels.size(),
                                   target.platform.machine(),
                                   util::join(pythons, ", ")),
            .for_newer_glibc = "",
            .remedy = fmt::format("choose a base with Python {} ('cartwheel base list' shows what "
                                  "there is), or a version of {} that has a wheel for {}",
                                  pythons.back(),
                                  package.name,
                                  target.python.str())};
  }
  return {.offered = fmt::format("{} wheels, none for it", wheels.size()),
          .for_newer_glibc = "",
          .remedy =
              "choose a version that has such a wheel, restrict the platforms, mark the "
              "requirement for the other platform only, or bring a wheel with --wheel-dir"};
}

}  // namespace cartwheel::plan
