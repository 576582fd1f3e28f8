#pragma once

#include <optional>
#include <string>

#include "base/apt.h"
#include "build/assemble.h"
#include "build/options.h"
#include "lock/base_lock.h"
#include "plan/plan.h"
#include "settings/settings.h"

namespace cartwheel::build {

// The Debian packages that the settings (apt, jit) ask for on one platform.
base::AptRequest apt_request(const settings::Settings& settings, const core::Platform& platform);

// With apt-auto: puts into settings.apt what the plan's wheels want beyond the
// base alone (so that the answer does not change with what was added for it), or, while that is not
// known, what was pinned last.
void add_automatic_packages(settings::Settings& settings,
                            const plan::Needs& needs,
                            const lock::AptPin* pinned,
                            const core::Platform& platform);

// Their pin in cartwheel.lock for a base and a variant, or null.
const lock::AptPin* find_apt(const lock::BaseLock& lock,
                             const std::string& base,
                             const core::Platform& platform,
                             const std::string& variant);

// The same, null also when it was made for another request or another base.
const lock::AptPin* find_apt(const lock::BaseLock& lock,
                             const base::AptRequest& request,
                             const lock::BasePin& base,
                             const std::string& variant);

// Whether it is known that an image has no /bin/sh: no pinned package of a composed base or on top
// of it is dash. False for images as bases, and while packages are not pinned.
bool lacks_shell(const settings::Settings& settings,
                 const lock::BaseLock& lock,
                 const core::Platform& platform,
                 const std::string& variant);

// The layer of the packages, which must be pinned; nothing when none are asked for.
struct AptLayer {
  StackedLayer stacked;
  std::string created;  // the latest date of their Releases, RFC 3339 in UTC
};
std::optional<AptLayer> apt_layer(const settings::Settings& settings,
                                  const lock::BaseLock& lock,
                                  const lock::BasePin& pin,
                                  const std::string& variant,
                                  const base::Context& context,
                                  const std::shared_ptr<store::Store>& store);

}  // namespace cartwheel::build
