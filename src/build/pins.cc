#include "build/pins.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/tools.h"
#include "build/apt.h"
#include "build/bytecode.h"
#include "build/prepare.h"
#include "build/variants.h"
#include "util/error.h"
#include "util/file.h"
#include "util/parallel.h"
#include "util/text.h"

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
  std::erase_if(lock.apt, [&](const lock::AptPin& pin) {
    return find_pin(lock, pin.base, pin.platform) == nullptr;
  });
}

// In place of the pin of the same base and platform.
void put_pin(lock::BaseLock& lock, lock::BasePin pin) {
  std::erase_if(lock.bases, [&](const lock::BasePin& other) {
    return other.platform == pin.platform && other.name == pin.name;
  });
  lock.bases.push_back(std::move(pin));
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
    return options.upgrade_base || find_pin(lock, base, platform) == nullptr;
  });
  if (missing.empty()) {
    return false;
  }
  if (options.frozen) {
    refuse_frozen(fmt::format("base '{}'", base), missing[0], "run 'cartwheel base pin'");
  }
  for (lock::BasePin& pin : make_pins(base, missing, context)) {
    put_pin(lock, std::move(pin));
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

namespace {

// Pins what is missing of the Debian packages on top of the base, or all of them anew.
bool add_apt(lock::BaseLock& lock,
             const settings::Settings& settings,
             const std::vector<core::Platform>& platforms,
             const Options& options,
             const base::Context& context) {
  bool is_changed = false;
  std::vector<std::pair<base::AptRequest, const lock::BasePin*>> missing;
  for (const core::Platform& platform : platforms) {
    const lock::BasePin& base = *find_pin(lock, settings.base, platform);
    base::AptRequest request = apt_request(settings, platform);
    const lock::AptPin* there = find_apt(lock, base.name, platform, options.variant);
    if (request.roots.empty()) {
      is_changed = is_changed || there != nullptr;
      std::erase_if(lock.apt, [&](const lock::AptPin& pin) {
        return pin.base == base.name && pin.platform == platform && pin.variant == options.variant;
      });
    } else if (options.upgrade_base || find_apt(lock, request, base, options.variant) == nullptr) {
      missing.emplace_back(std::move(request), &base);
    }
  }
  if (options.frozen && !missing.empty()) {
    refuse_frozen("the packages of 'apt'", missing[0].second->platform, "run 'cartwheel base pin'");
  }
  std::vector<lock::AptPin> pins(missing.size());
  util::parallel_for(missing.size(), missing.size(), [&](std::size_t i) {
    const auto& [request, base] = missing[i];
    const lock::AptPin* old = options.upgrade_base
                                  ? nullptr
                                  : find_apt(lock, base->name, base->platform, options.variant);
    pins[i] = base::pin_apt(request, *base, old, context);
    pins[i].variant = options.variant;
  });
  for (lock::AptPin& pin : pins) {
    std::erase_if(lock.apt, [&](const lock::AptPin& other) {
      return other.base == pin.base && other.platform == pin.platform &&
             other.variant == pin.variant;
    });
    lock.apt.push_back(std::move(pin));
  }
  return is_changed || !missing.empty();
}

// What a build with these pins of bases would ask for, apt-auto's packages among it.
std::map<std::string, std::vector<std::string>> apt_of_build(Inputs inputs,
                                                             const lock::BaseLock& lock,
                                                             const Options& options,
                                                             store::Store& store) {
  inputs.base_lock = lock::base_lock_text(lock);
  return prepare(inputs, options, store).loaded.settings.apt;
}

// Packages by name; apt's among them, as they are in one image.
using Versions = std::map<std::string, const lock::BasePackage*>;

Versions versions_of(const std::vector<lock::BasePackage>& packages) {
  Versions versions;
  for (const lock::BasePackage& package : packages) {
    versions.emplace(package.name, &package);
  }
  return versions;
}

// "  libssl3: 3.0.15-1 -> 3.0.17-1 (security)" for each package in which the two differ.
std::vector<std::string> changes(const std::vector<lock::BasePackage>& before,
                                 const std::vector<lock::BasePackage>& after) {
  const Versions old = versions_of(before);
  const Versions now = versions_of(after);
  std::vector<std::string> lines;
  for (const auto& [name, package] : now) {
    const auto was = old.find(name);
    const char* security = package->suite.ends_with("-security") ? " (security)" : "";
    if (was == old.end()) {
      lines.push_back(fmt::format("  {}: new, {}{}", name, package->version, security));
    } else if (was->second->version != package->version) {
      lines.push_back(
          fmt::format("  {}: {} -> {}{}", name, was->second->version, package->version, security));
    } else if (was->second->sha256 != package->sha256) {
      lines.push_back(
          fmt::format("  {}: {}, with other bytes{}", name, package->version, security));
    }
  }
  for (const auto& [name, package] : old) {
    if (now.find(name) == now.end()) {
      lines.push_back(fmt::format("  {}: gone, was {}", name, package->version));
    }
  }
  return lines;
}

void add_summary(std::vector<std::string>& lines,
                 const std::string& what,
                 std::vector<std::string> changes) {
  lines.push_back(changes.empty() ? what + ", unchanged" : what);
  std::ranges::move(changes, std::back_inserter(lines));
}

// What two states of cartwheel.lock pin differently.
std::vector<std::string> difference(const lock::BaseLock& before, const lock::BaseLock& after) {
  std::vector<std::string> lines;
  for (const lock::BasePin& pin : after.bases) {
    const lock::BasePin* old = find_pin(before, pin.name, pin.platform);
    const std::string what = fmt::format("{} {}", pin.platform.str(), pin.name);
    if (pin.kind == "image") {
      lines.push_back(fmt::format("{}: {}{}",
                                  what,
                                  pin.digest,
                                  old == nullptr ? ""
                                  : *old == pin  ? ", unchanged"
                                                 : ", was " + old->digest));
      continue;
    }
    add_summary(lines,
                fmt::format("{}: {} packages", what, pin.packages.size()),
                old == nullptr ? std::vector<std::string>() : changes(old->packages, pin.packages));
    if (old == nullptr) {
      lines.back() =
          fmt::format("{}: {} packages, pinned for the first time", what, pin.packages.size());
    }
  }
  for (const lock::AptPin& pin : after.apt) {
    const lock::AptPin* old = find_apt(before, pin.base, pin.platform, pin.variant);
    add_summary(
        lines,
        fmt::format("{} apt{}: {} packages for {}",
                    pin.platform.str(),
                    pin.variant.empty() ? "" : " of variant " + pin.variant,
                    pin.packages.size(),
                    util::join(pin.roots, ", ")),
        changes(old == nullptr ? std::vector<lock::BasePackage>() : old->packages, pin.packages));
  }
  return lines;
}

}  // namespace

bool ensure_pins(lock::BaseLock& lock,
                 const settings::Loaded& loaded,
                 const std::vector<core::Platform>& platforms,
                 const Inputs& inputs,
                 const Options& options,
                 const Ports& ports) {
  const base::Context context = base_context(options, ports);
  bool is_changed = add_missing_bases(lock, loaded, platforms, options, context);
  is_changed = add_apt(lock, loaded.settings, platforms, options, context) || is_changed;
  for (const std::string& name : tools_of(loaded.settings, options.debug)) {
    is_changed |= add_missing_tool(lock, name, loaded.settings.base, platforms, options, context);
  }
  if (is_changed) {
    write_base_lock(lock, inputs);
  }
  return is_changed;
}

std::vector<std::string> update_pins(const Options& options, const Ports& ports, bool writes) {
  const Inputs inputs = read_inputs(options);
  const base::Context context = base_context(options, ports);
  const lock::BaseLock before =
      inputs.base_lock ? lock::read_base_lock(*inputs.base_lock) : lock::BaseLock{};
  lock::BaseLock after = before;
  std::set<std::string> used;
  std::vector<core::Platform> pinned;
  std::set<std::pair<std::string, core::Platform>> seen;
  for (Options variant : options_of_variants(options, inputs)) {
    settings::Loaded loaded = load_settings(inputs, variant);
    if (!options.base.empty()) {
      loaded.settings.base = options.base;
    }
    const std::string& base = loaded.settings.base;
    std::vector<core::Platform> platforms;
    std::vector<core::Platform> fresh;  // not pinned for an earlier variant
    for (const std::string& name :
         options.platforms.empty() ? loaded.settings.platforms : options.platforms) {
      platforms.push_back(core::Platform::parse(name));
      if (seen.emplace(base, platforms.back()).second) {
        fresh.push_back(platforms.back());
      }
    }
    // whose Python compiles for all
    if (loaded.settings.compile_bytecode && seen.emplace(base, this_machine()).second) {
      fresh.push_back(this_machine());
    }
    for (lock::BasePin& pin : make_pins(base, fresh, context)) {
      pinned.push_back(pin.platform);
      put_pin(after, std::move(pin));
    }
    variant.upgrade_base = true;
    if (loaded.settings.apt_auto) {
      loaded.settings.apt = apt_of_build(inputs, after, variant, *ports.store);
    }
    add_apt(after, loaded.settings, platforms, variant, context);
    used.merge(bases_of(loaded));
    used.insert(base);
  }
  drop_unused(after, used, pinned, options);
  renew_tools(after, *used.begin(), pinned, context);
  if (writes) {
    write_base_lock(after, inputs);
  }
  return difference(before, after);
}

}  // namespace cartwheel::build
