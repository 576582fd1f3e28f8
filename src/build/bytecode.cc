#include "build/bytecode.h"

#include <algorithm>

#include <fmt/format.h>
#include <sys/utsname.h>

#include "build/pins.h"
#include "util/error.h"

namespace cartwheel::build {

namespace {

using util::Error;
using util::ErrorKind;

// Which plan is for this machine, if one is.
std::optional<std::size_t> plan_for(const Prepared& prepared, const core::Platform& platform) {
  for (std::size_t i = 0; i < prepared.plans.size(); ++i) {
    if (prepared.plans[i].target.platform == platform) {
      return i;
    }
  }
  return std::nullopt;
}

}  // namespace

core::Platform this_machine() {
  utsname name{};
  if (uname(&name) != 0) {
    throw util::io_error("uname", errno);
  }
  return core::Platform::parse(name.machine);
}

std::vector<core::Platform> platforms_to_pin(const Prepared& prepared) {
  std::vector<core::Platform> platforms = prepared.platforms();
  if (prepared.loaded.settings.compile_bytecode && !plan_for(prepared, this_machine())) {
    platforms.push_back(this_machine());
  }
  return platforms;
}

std::optional<CompilingPython> compiling_python(
    const Prepared& prepared,
    const std::vector<std::shared_future<oci::Image>>& bases,
    const Options& options,
    const Ports& ports) {
  const settings::Settings& settings = prepared.loaded.settings;
  if (!settings.compile_bytecode) {
    return std::nullopt;
  }
  const core::Platform platform = this_machine();
  const lock::BasePin& pin = *find_pin(prepared.base_lock, settings.base, platform);
  const std::optional<std::size_t> plan = plan_for(prepared, platform);
  const auto image = [&, plan] {
    return plan ? bases[*plan].get()
                : base::compose(
                      pin, settings.base, settings.compression, base_context(options, ports));
  };
  CompilingPython python;
  python.interpreter = std::make_unique<base::Interpreter>(
      fmt::format("base '{}' for {}", settings.base, platform.str()),
      platform,
      pin.facts.python_path,
      image,
      options.threads);
  python.bytecode = base::bytecode_of(pin, *python.interpreter, *ports.store);
  for (const plan::Plan& each : prepared.plans) {
    const lock::BasePin& other = *find_pin(prepared.base_lock, settings.base, each.target.platform);
    if (other.facts.python != pin.facts.python) {
      throw Error(ErrorKind::refused,
                  fmt::format("compile-bytecode: base '{}' has Python {} for {} and {} for this "
                              "machine, which compiles for both: wanted the same",
                              settings.base,
                              other.facts.python,
                              each.target.platform.str(),
                              pin.facts.python));
    }
  }
  return python;
}

}  // namespace cartwheel::build
