#include "build/built_records.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "build/built_wheels.h"
#include "build/pins.h"
#include "util/error.h"
#include "util/file.h"

namespace cartwheel::build {

using util::Error;
using util::ErrorKind;

namespace {

class Recorder {
 public:
  Recorder(Prepared& prepared,
           Inputs& inputs,
           const Options& options,
           const store::Store& store,
           const BuiltSources& sources)
      : prepared_(prepared),
        inputs_(inputs),
        options_(options),
        store_(store),
        sources_(sources),
        changed_(prepared.base_lock) {
    // another variant may have written its own meanwhile
    if (std::optional<std::string> text = util::read_file_if_present(inputs.base_lock_path())) {
      changed_.built = lock::read_base_lock(*text).built;
      prepared.base_lock.built = changed_.built;
    }
  }

  void run() {
    for (const plan::Plan& plan : prepared_.plans) {
      for (const plan::PlannedPackage& package : plan.packages) {
        if (std::optional<std::string> source = source_of(package)) {
          record(package, *source, plan.target);
        }
      }
    }
    if (changed_ == prepared_.base_lock) {
      return;
    }
    std::erase_if(changed_.built, [&](const lock::BuiltWheel& wheel) { return !is_locked(wheel); });
    // the bases are being composed meanwhile, of the pins that stand beside these
    prepared_.base_lock.built = std::move(changed_.built);
    write_base_lock(prepared_.base_lock, inputs_);
    inputs_.base_lock = util::read_file(inputs_.base_lock_path());
  }

 private:
  // Nothing for wheels of the lock and for those of trees.
  std::optional<std::string> source_of(const plan::PlannedPackage& package) const {
    if (package.origin == plan::Origin::wheel || package.origin == plan::Origin::directory ||
        !package.wheel) {
      return std::nullopt;
    }
    auto found = sources_.find({package.name, package.version, package.source.str()});
    return found != sources_.end() ? found->second
                                   : immutable_source(package.source, package.sdist);
  }

  void record(const plan::PlannedPackage& package,
              const std::string& source,
              const plan::Target& target) {
    core::Digest sha256 = *package.wheel->sha256();
    const lock::BuiltWheel* old = find_recorded(changed_, package.name, source, target);
    if (old != nullptr && old->sha256 == sha256) {
      return;
    }
    std::string title = package.name + " " + package.version;
    if (old != nullptr && !options_.rebuild) {
      throw Error(
          ErrorKind::refused,
          fmt::format("{}: {}", title, differs_text(*old, package.wheel->filename, sha256)));
    }
    if (options_.frozen) {
      throw Error(ErrorKind::refused,
                  fmt::format("cartwheel.lock: no wheel of {} made of {}, and --frozen forbids to "
                              "write one: build once without it and commit the file",
                              title,
                              source));
    }
    if (old != nullptr) {
      changed_.built.erase(changed_.built.begin() + (old - changed_.built.data()));
    }
    changed_.built.push_back({.name = package.name,
                              .version = package.version,
                              .source = source,
                              .filename = package.wheel->filename,
                              .sha256 = sha256,
                              .size = package.wheel->size.value_or(0),
                              .frontend = frontend_of(source, target, sha256)});
  }

  std::string frontend_of(const std::string& source,
                          const plan::Target& target,
                          const core::Digest& sha256) const {
    std::optional<wheelbuild::Built> built = find_built(
        built_key(source, target.python.str(), build_constraints(prepared_.lock)), store_);
    return built && built->sha256 == sha256 ? built->frontend : std::string(kOffered);
  }

  // Whether the lock still has the source that this wheel was made of.
  bool is_locked(const lock::BuiltWheel& wheel) const {
    return std::ranges::any_of(prepared_.lock.packages, [&](const lock::Package& package) {
      std::optional<std::string> source = immutable_source(package.source, package.sdist);
      return package.name == wheel.name && package.version == wheel.version &&
             (!source || *source == wheel.source);
    });
  }

  Prepared& prepared_;
  Inputs& inputs_;
  const Options& options_;
  const store::Store& store_;
  const BuiltSources& sources_;
  lock::BaseLock changed_;
};

}  // namespace

void record_built(Prepared& prepared,
                  Inputs& inputs,
                  const Options& options,
                  const store::Store& store,
                  const BuiltSources& sources) {
  Recorder(prepared, inputs, options, store, sources).run();
}

}  // namespace cartwheel::build
