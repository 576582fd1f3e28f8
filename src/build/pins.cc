#include "build/pins.h"

#include <algorithm>

#include <fmt/format.h>

#include "settings/settings.h"
#include "util/error.h"
#include "util/file.h"
#include "util/parallel.h"

namespace cartwheel::build {

using util::Error;
using util::ErrorKind;

namespace {

void write_base_lock(const lock::BaseLock& lock, const Inputs& inputs) {
  util::write_file(inputs.base_lock_path(), lock::base_lock_text(lock), 0644, true);
}

std::vector<lock::BasePin> make_pins(const std::string& base,
                                     const std::vector<core::Platform>& platforms,
                                     const base::Context& context) {
  std::vector<lock::BasePin> pins(platforms.size());
  util::parallel_for(platforms.size(), platforms.size(), [&](std::size_t i) {
    pins[i] = base::pin(base, platforms[i], context);
  });
  return pins;
}

}  // namespace

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
          .offline = options.offline};
}

bool ensure_pins(lock::BaseLock& lock,
                 const std::string& base,
                 const std::vector<core::Platform>& platforms,
                 const Inputs& inputs,
                 const Options& options,
                 const Ports& ports) {
  std::vector<core::Platform> missing;
  std::ranges::copy_if(platforms, std::back_inserter(missing), [&](const core::Platform& platform) {
    return find_pin(lock, base, platform) == nullptr;
  });
  if (missing.empty()) {
    return false;
  }
  if (options.frozen) {
    throw Error(
        ErrorKind::refused,
        fmt::format(
            "cartwheel.lock: no pin of base '{}' for {}, and --frozen forbids to make one: run "
            "'cartwheel base pin' and commit the file",
            base,
            missing[0].str()));
  }
  for (lock::BasePin& pin : make_pins(base, missing, base_context(options, ports))) {
    std::erase_if(lock.bases,
                  [&](const lock::BasePin& old) { return old.platform == pin.platform; });
    lock.bases.push_back(std::move(pin));
  }
  write_base_lock(lock, inputs);
  return true;
}

std::vector<std::string> pin_bases(const Options& options, const Ports& ports) {
  Inputs inputs;
  inputs.folder = options.folder;
  settings::Settings settings =
      settings::load(util::read_file_if_present(options.folder / "pyproject.toml"),
                     util::read_file_if_present(options.folder / "cartwheel.toml"))
          .settings;
  std::string base = options.base.empty() ? settings.base : options.base;
  std::vector<core::Platform> platforms;
  for (const std::string& name :
       options.platforms.empty() ? settings.platforms : options.platforms) {
    platforms.push_back(core::Platform::parse(name));
  }
  std::optional<std::string> text = util::read_file_if_present(inputs.base_lock_path());
  lock::BaseLock lock = text ? lock::read_base_lock(*text) : lock::BaseLock{};
  std::vector<std::string> lines;
  for (lock::BasePin& pin : make_pins(base, platforms, base_context(options, ports))) {
    const lock::BasePin* old = find_pin(lock, base, pin.platform);
    lines.push_back(fmt::format(
        "{} {}: {}{}",
        pin.platform.str(),
        pin.name,
        pin.kind == "composed" ? fmt::format("{} packages", pin.packages.size()) : pin.digest,
        old != nullptr && *old == pin ? ", unchanged" : ""));
    std::erase_if(lock.bases,
                  [&](const lock::BasePin& other) { return other.platform == pin.platform; });
    lock.bases.push_back(std::move(pin));
  }
  write_base_lock(lock, inputs);
  return lines;
}

}  // namespace cartwheel::build
