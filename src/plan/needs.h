#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "facts/base_facts.h"
#include "facts/wheel_facts.h"
#include "plan/plan.h"
#include "settings/settings.h"

namespace cartwheel::plan {

struct NeedsInput {
  const facts::BaseFacts& base;  // with the packages of `apt`
  const settings::Settings& settings;
  // What the memo knows of a wheel.
  std::function<std::optional<facts::WheelFacts>(const core::Digest&)> facts;
  // The Debian package that brings a library ("libgl1" for "libGL.so.1"), or "".
  std::function<std::string(const std::string& soname)> debian_package;
  // Whether the packages that bring what is required will be added (apt-auto), but are not in
  // `base` yet: then what they bring is no error.
  bool adds_packages = false;
};

// Fills plan.needs and adds what of it is a problem to plan.findings: library-missing (an error
// when an extension module does not load without it, else a warning), libstdcxx-too-old, with the
// same severities. Nothing is claimed, and needs.checked stays false, while the base's libraries or
// a wheel's inside are not known. Pure.
void add_needs(Plan& plan, const NeedsInput& input);

}  // namespace cartwheel::plan
