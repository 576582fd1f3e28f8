#pragma once

#include <string>
#include <vector>

#include "base/base.h"
#include "build/build.h"
#include "build/inputs.h"
#include "build/options.h"
#include "lock/base_lock.h"
#include "settings/settings.h"

namespace cartwheel::build {

// The pin of this base for this platform in cartwheel.lock, or null.
const lock::BasePin* find_pin(const lock::BaseLock& lock,
                              const std::string& base,
                              const core::Platform& platform);

// Writes cartwheel.lock.
void write_base_lock(const lock::BaseLock& lock, const Inputs& inputs);

// The pin of this program (base/tools.h) for this platform in cartwheel.lock, or null.
const lock::ToolPin* find_tool(const lock::BaseLock& lock,
                               const std::string& name,
                               const core::Platform& platform);

// Adds the pins of the settings' base, of the Debian packages and of the programs that go on top of
// it, that are missing (all of them anew with upgrade_base), drops those of bases that no settings
// name any more, and writes cartwheel.lock when that changed it. frozen: Error{refused} instead.
// Says whether the file changed.
bool ensure_pins(lock::BaseLock& lock,
                 const settings::Loaded& loaded,
                 const std::vector<core::Platform>& platforms,
                 const Inputs& inputs,
                 const Options& options,
                 const Ports& ports);

// `cartwheel base pin` and `update`: makes every pin of the project's bases and Debian packages (of
// all variants) anew, writes cartwheel.lock if `writes`, and gives lines that say what changes.
std::vector<std::string> update_pins(const Options& options, const Ports& ports, bool writes);

base::Context base_context(const Options& options, const Ports& ports);

}  // namespace cartwheel::build
