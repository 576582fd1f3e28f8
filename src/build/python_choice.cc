#include "build/python_choice.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "python/tags.h"
#include "python/version.h"
#include "util/text.h"

namespace cartwheel::build {

std::string wanted_python(const Inputs& inputs, const settings::Settings& settings) {
  if (settings.python) {
    return *settings.python;
  }
  if (!inputs.python_version) {
    return "";
  }
  for (std::string_view line : util::lines(*inputs.python_version)) {
    line = util::trim(line);
    if (!line.empty() && !line.starts_with('#')) {
      return std::string(line.starts_with("cpython-") ? line.substr(8) : line);
    }
  }
  return "";
}

std::string python_of_lock(const lock::Lock& lock, const facts::BaseFacts& facts) {
  constexpr int kMostMinor = 40;
  constexpr int kMostPatch = 40;
  python::SpecifierSet supported = python::SpecifierSet::parse(lock.requires_python);
  std::string minor = python::minor_of(facts.python);
  std::string own = minor == facts.python ? facts.python + ".0" : facts.python;
  std::optional<python::Version> version = python::Version::find(own);
  if (!version || supported.contains(*version) || version->release().size() < 2) {
    return "";
  }
  int base = static_cast<int>(version->release()[1]);
  for (int distance = 0; distance <= kMostMinor; ++distance) {
    for (int candidate : {base + distance, base - distance}) {
      for (int patch = 0; candidate >= 0 && patch <= kMostPatch; ++patch) {
        std::string text = fmt::format("3.{}.{}", candidate, patch);
        if (supported.contains(python::Version::parse(text))) {
          return text;
        }
      }
    }
  }
  return "";
}

std::optional<plan::Finding> python_finding(const std::string& wanted,
                                            const lock::Lock& lock,
                                            const facts::BaseFacts& facts,
                                            const std::string& base,
                                            const core::Platform& platform) {
  bool by_lock = wanted.empty() && !python_of_lock(lock, facts).empty();
  if (!by_lock && (wanted.empty() || python::minor_of(wanted) == python::minor_of(facts.python))) {
    return std::nullopt;
  }
  return plan::Finding{
      .code = "python-differs",
      .severity = plan::Severity::error,
      .platform = platform.str(),
      .package = "",
      .message = by_lock
                     ? fmt::format("the lock wants Python {}, and base '{}' has {}",
                                   lock.requires_python,
                                   base,
                                   facts.python)
                     : fmt::format(
                           "Python {} is wanted, and base '{}' has {}", wanted, base, facts.python),
      .remedy = by_lock ? "choose another base, or let the project support that Python and lock it"
                        : "choose another base, or drop --python, the python setting or "
                          ".python-version"};
}

}  // namespace cartwheel::build
