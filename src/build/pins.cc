#include "build/pins.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/tools.h"
#include "build/bytecode.h"
#include "build/variants.h"
#include "util/error.h"
#include "util/file.h"
#include "util/parallel.h"

namespace cartwheel::build {

using util::Error;
using util::ErrorKind;

void write_base_lock(const lock::BaseLock& lock, const Inputs& inputs) {
  util::write_file(inputs.base_lock_path(), lock::base_lock_text(lock), 0644, true);
}

namespace {

std::vector<lock::BasePin> make_pins(const std::string& base,
                                     const std::vector<core::Platform>& platforms,
                                     const base::Context& context) {
  std::vector<lock::BasePin> pins(platforms.size());
  util::parallel_for(platforms.size(), platforms.size(), [&](std::size_t i) {
    pins[i] = base::pin(base, platforms[i], context);
  });
  return pins;
}

// The bases that the settings and their variants name.
std::set<std::string> bases_of(const settings::Loaded& loaded) {
  std::set<std::string> bases = {loaded.settings.base};
  for (const auto& [name, settings] : loaded.variants) {
    bases.insert(settings.base);
  }
  return bases;
}

// Drops what other bases have pinned for these platforms; but a base that the command line names
// (--base) does not cost the project its own pins.
void drop_unused(lock::BaseLock& lock,
                 const std::set<std::string>& used,
                 const std::vector<core::Platform>& platforms,
                 const Options& options) {
  if (!options.base.empty()) {
    return;
  }
  std::erase_if(lock.bases, [&](const lock::BasePin& pin) {
    return !used.contains(pin.name) &&
           std::ranges::find(platforms, pin.platform) != platforms.end();
  });
}

// The programs that the images get on top of their base.
std::vector<std::string> tools_of(const settings::Settings& settings, bool debug) {
  std::vector<std::string> names;
  if (settings.init) {
    names.emplace_back(base::kTini);
  }
  if (debug) {
    names.emplace_back(base::kBusybox);
  }
  return names;
}

[[noreturn]] void refuse_frozen(const std::string& what,
                                const core::Platform& platform,
                                const char* remedy) {
  throw Error(ErrorKind::refused,
              fmt::format("cartwheel.lock: no pin of {} for {}, and --frozen forbids to make one: "
                          "{} and commit the file",
                          what,
                          platform.str(),
                          remedy));
}

// Pins what is missing of one program; says whether anything was.
bool add_missing_tool(lock::BaseLock& lock,
                      const std::string& name,
                      const std::string& base,
                      const std::vector<core::Platform>& platforms,
                      const Options& options,
                      const base::Context& context) {
  std::vector<core::Platform> missing;
  std::ranges::copy_if(platforms, std::back_inserter(missing), [&](const core::Platform& platform) {
    return find_tool(lock, name, platform) == nullptr;
  });
  if (!missing.empty() && options.frozen) {
    refuse_frozen(fmt::format("package '{}'", name), missing[0], "build once without --frozen");
  }
  std::vector<lock::ToolPin> pins(missing.size());
  util::parallel_for(missing.size(), missing.size(), [&](std::size_t i) {
    pins[i] = base::pin_tool(name, base, missing[i], context);
  });
  std::ranges::move(pins, std::back_inserter(lock.tools));
  return !missing.empty();
}

bool add_missing_bases(lock::BaseLock& lock,
                       const settings::Loaded& loaded,
                       const std::vector<core::Platform>& platforms,
                       const Options& options,
                       const base::Context& context) {
  const std::string& base = loaded.settings.base;
  std::vector<core::Platform> missing;
  std::ranges::copy_if(platforms, std::back_inserter(missing), [&](const core::Platform& platform) {
    return find_pin(lock, base, platform) == nullptr;
  });
  if (missing.empty()) {
    return false;
  }
  if (options.frozen) {
    refuse_frozen(fmt::format("base '{}'", base), missing[0], "run 'cartwheel base pin'");
  }
  for (lock::BasePin& pin : make_pins(base, missing, context)) {
    lock.bases.push_back(std::move(pin));
  }
  drop_unused(lock, bases_of(loaded), missing, options);
  for (const core::Platform& platform : missing) {
    context.progress.note(
        fmt::format("cartwheel.lock: base '{}' is pinned for {}", base, platform.str()));
  }
  return true;
}

// Makes the pins of programs that there are anew, for these platforms.
void renew_tools(lock::BaseLock& lock,
                 const std::string& base,
                 const std::vector<core::Platform>& platforms,
                 const base::Context& context) {
  for (lock::ToolPin& tool : lock.tools) {
    if (std::ranges::find(platforms, tool.platform) != platforms.end()) {
      tool = base::pin_tool(tool.package.name, base, tool.platform, context);
    }
  }
}

}  // namespace

const lock::ToolPin* find_tool(const lock::BaseLock& lock,
                               const std::string& name,
                               const core::Platform& platform) {
  auto found = std::ranges::find_if(lock.tools, [&](const lock::ToolPin& tool) {
    return tool.package.name == name && tool.platform == platform;
  });
  return found == lock.tools.end() ? nullptr : &*found;
}

const lock::BasePin* find_pin(const lock::BaseLock& lock,
                              const std::string& base,
                              const core::Platform& platform) {
  auto found = std::ranges::find_if(lock.bases, [&](const lock::BasePin& pin) {
    return pin.name == base && pin.platform == platform;
  });
  return found == lock.bases.end() ? nullptr : &*found;
}

base::Context base_context(const Options& options, const Ports& ports) {
  return {.http = ports.http,
          .store = *ports.store,
          .progress = ports.progress,
          .project = options.folder,
          .threads = options.threads,
          .offline = options.offline,
          .verify_memo = options.verify_memo};
}

bool ensure_pins(lock::BaseLock& lock,
                 const settings::Loaded& loaded,
                 const std::vector<core::Platform>& platforms,
                 const Inputs& inputs,
                 const Options& options,
                 const Ports& ports) {
  const base::Context context = base_context(options, ports);
  bool is_changed = add_missing_bases(lock, loaded, platforms, options, context);
  for (const std::string& name : tools_of(loaded.settings, options.debug)) {
    is_changed |= add_missing_tool(lock, name, loaded.settings.base, platforms, options, context);
  }
  if (is_changed) {
    write_base_lock(lock, inputs);
  }
  return is_changed;
}

std::vector<std::string> pin_bases(const Options& options, const Ports& ports) {
  const Inputs inputs = read_inputs(options);
  lock::BaseLock lock =
      inputs.base_lock ? lock::read_base_lock(*inputs.base_lock) : lock::BaseLock{};
  std::map<std::string, std::set<core::Platform>> wanted;
  std::set<std::string> used;
  for (const Options& variant : options_of_variants(options, inputs)) {
    const settings::Loaded loaded = load_settings(inputs, variant);
    const std::string& base = options.base.empty() ? loaded.settings.base : options.base;
    for (const std::string& name :
         options.platforms.empty() ? loaded.settings.platforms : options.platforms) {
      wanted[base].insert(core::Platform::parse(name));
    }
    if (loaded.settings.compile_bytecode) {
      wanted[base].insert(this_machine());
    }
    used.merge(bases_of(loaded));
    used.insert(base);
  }
  std::vector<std::string> lines;
  std::vector<core::Platform> pinned;
  for (const auto& [base, platforms] : wanted) {
    for (lock::BasePin& pin :
         make_pins(base, {platforms.begin(), platforms.end()}, base_context(options, ports))) {
      const lock::BasePin* old = find_pin(lock, base, pin.platform);
      lines.push_back(fmt::format(
          "{} {}: {}{}",
          pin.platform.str(),
          pin.name,
          pin.kind == "image" ? pin.digest : fmt::format("{} packages", pin.packages.size()),
          old != nullptr && *old == pin ? ", unchanged" : ""));
      std::erase_if(lock.bases, [&](const lock::BasePin& other) {
        return other.platform == pin.platform && other.name == pin.name;
      });
      pinned.push_back(pin.platform);
      lock.bases.push_back(std::move(pin));
    }
  }
  drop_unused(lock, used, pinned, options);
  renew_tools(lock, *used.begin(), pinned, base_context(options, ports));
  write_base_lock(lock, inputs);
  return lines;
}

}  // namespace cartwheel::build
