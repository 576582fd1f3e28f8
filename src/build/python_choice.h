#pragma once

#include <optional>
#include <string>

#include "build/inputs.h"
#include "core/platform.h"
#include "facts/base_facts.h"
#include "lock/lock.h"
#include "plan/plan.h"
#include "settings/settings.h"

namespace cartwheel::build {

// The Python that the user wants, or "": --python, settings, .python-version.
std::string wanted_python(const Inputs& inputs, const settings::Settings& settings);

// The Python that a lock supports and that is nearest to the base's, "3.12.0"; "" when it supports
// the base's own.
std::string python_of_lock(const lock::Lock& lock, const facts::BaseFacts& facts);

// "python-differs", where the base has another Python than the one that is wanted ("": the lock
// decides). The plan is made for the Python that is wanted, so that everything is said at once;
// that the base has another one stops the build.
std::optional<plan::Finding> python_finding(const std::string& wanted,
                                            const lock::Lock& lock,
                                            const facts::BaseFacts& facts,
                                            const std::string& base,
                                            const core::Platform& platform);

}  // namespace cartwheel::build
