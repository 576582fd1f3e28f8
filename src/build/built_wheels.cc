#include "build/built_wheels.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/utsname.h>

#include "memo/stat_cache.h"
#include "python/tags.h"
#include "python/version.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::build {

namespace fs = std::filesystem;
using util::Error;
using util::ErrorKind;

namespace {

// The wheel files of the folders, by name of the package; earlier folders first.
std::map<std::string, std::vector<fs::path>> wheels_below(const std::vector<std::string>& folders) {
  std::map<std::string, std::vector<fs::path>> out;
  for (const std::string& folder : folders) {
    if (!fs::is_directory(folder)) {
      throw Error(ErrorKind::not_found, fmt::format("--wheel-dir '{}' is no folder", folder));
    }
    std::vector<fs::path> files;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
      if (entry.path().extension() == ".whl" && entry.is_regular_file()) {
        files.push_back(fs::absolute(entry.path()).lexically_normal());
      }
    }
    std::ranges::sort(files);
    for (const fs::path& file : files) {
      out[python::WheelFilename::parse(file.filename().string()).name].push_back(file);
    }
  }
  return out;
}

bool same_version(const std::string& wheel, const std::string& wanted) {
  std::optional<python::Version> a = python::Version::find(wheel);
  std::optional<python::Version> b = python::Version::find(wanted);
  return a && b && (*a == *b || a->without_local() == *b);
}

// The store's copy of a file of the host.
wheelbuild::Built taken(const fs::path& file, store::Store& store) {
  memo::StatCache cache(store, file.parent_path());
  wheelbuild::Built out{.filename = file.filename().string(),
                        .sha256 = cache.digest(file.filename().string()),
                        .size = fs::file_size(file),
                        .frontend = std::string(kOffered)};
  cache.save();
  if (!store.has(out.sha256)) {
    std::unique_ptr<store::Upload> upload = store.begin();
    util::FileSource source(file);
    util::copy(source, *upload);
    upload->commit(out.sha256);
  }
  return out;
}

std::string machine() {
  utsname names{};
  return uname(&names) == 0 ? names.machine : "";
}

}  // namespace

std::optional<std::string> immutable_source(const lock::Source& source,
                                            const std::optional<core::Artifact>& sdist) {
  std::string out;
  if (source.kind == lock::SourceKind::git) {
    out = source.commit;
  } else if (sdist && !sdist->hashes.empty()) {
    std::optional<core::Digest> sha256 = sdist->sha256();
    out = sha256 ? sha256->str() : sdist->hashes[0].str();
  } else {
    return std::nullopt;
  }
  if (!source.path.empty()) {
    return out + "#path=" + source.path;
  }
  return source.subdirectory.empty() ? out : out + "#subdirectory=" + source.subdirectory;
}

core::Artifact built_artifact(const std::string& filename,
                              const core::Digest& sha256,
                              std::uint64_t size) {
  core::Artifact out;
  out.filename = filename;
  out.hashes = {{"sha256", sha256.hex()}};
  out.size = size;
  return out;
}

BuiltWheels::BuiltWheels(const lock::Lock& lock,
                         const lock::BaseLock& base_lock,
                         const Options& options,
                         store::Store& store)
    : lock_(lock),
      base_lock_(base_lock),
      options_(options),
      store_(store),
      offers_(wheels_below(options.wheel_dirs)) {}

std::optional<plan::GivenWheel> BuiltWheels::find(const lock::Package& package,
                                                  const plan::Target& target) {
  std::optional<std::string> source = immutable_source(package.source, package.sdist);
  const lock::BuiltWheel* recorded = source && !options_.rebuild
                                         ? find_recorded(base_lock_, package.name, *source, target)
                                         : nullptr;
  if (recorded != nullptr && store_.has(recorded->sha256)) {
    return plan::GivenWheel{
        .wheel = built_artifact(recorded->filename, recorded->sha256, recorded->size),
        .is_offered = recorded->frontend == kOffered};
  }
  if (std::optional<core::Artifact> offer = offered(package, target, recorded)) {
    return plan::GivenWheel{.wheel = *std::move(offer), .is_offered = true};
  }
  if (recorded != nullptr || !source || options_.rebuild) {
    return std::nullopt;  // it must be built, and be the recorded one then
  }
  std::optional<wheelbuild::Built> built =
      find_built(built_key(*source, target.python.str(), build_constraints(lock_)), store_);
  if (built && target.tags.priority(python::WheelFilename::parse(built->filename))) {
    return plan::GivenWheel{.wheel = built_artifact(built->filename, built->sha256, built->size),
                            .is_offered = false};
  }
  return std::nullopt;
}

std::optional<core::Artifact> BuiltWheels::offered(const lock::Package& package,
                                                   const plan::Target& target,
                                                   const lock::BuiltWheel* recorded) {
  auto files = offers_.find(package.name);
  if (files == offers_.end()) {
    return std::nullopt;
  }
  const fs::path* best = nullptr;
  std::optional<python::SupportedTags::Priority> best_priority;
  for (const fs::path& file : files->second) {
    python::WheelFilename name = python::WheelFilename::parse(file.filename().string());
    std::optional<python::SupportedTags::Priority> priority = target.tags.priority(name);
    bool fits =
        priority && (package.version.empty() || same_version(name.version, package.version));
    if (fits && (best == nullptr || *priority > *best_priority)) {
      best = &file;
      best_priority = priority;
    }
  }
  if (best == nullptr) {
    return std::nullopt;
  }
  wheelbuild::Built built = taken(*best, store_);
  if (recorded != nullptr && built.sha256 != recorded->sha256) {
    throw Error(ErrorKind::refused,
                fmt::format("{} {}: {}",
                            package.name,
                            package.version,
                            differs_text(*recorded, best->string(), built.sha256)));
  }
  return built_artifact(built.filename, built.sha256, built.size);
}

const lock::BuiltWheel* find_recorded(const lock::BaseLock& base_lock,
                                      const std::string& name,
                                      const std::string& source,
                                      const plan::Target& target) {
  auto found = std::ranges::find_if(base_lock.built, [&](const lock::BuiltWheel& wheel) {
    return wheel.name == name && wheel.source == source &&
           target.tags.priority(python::WheelFilename::parse(wheel.filename));
  });
  return found == base_lock.built.end() ? nullptr : &*found;
}

std::string differs_text(const lock::BuiltWheel& recorded,
                         const std::string& filename,
                         const core::Digest& sha256) {
  return fmt::format(
      "the wheel '{}' has sha256 {}, and cartwheel.lock names '{}' with {}: build it as it was "
      "built then ({}), bring the wheel that is named with --wheel-dir, or accept the new one with "
      "--rebuild",
      filename,
      sha256.hex(),
      recorded.filename,
      recorded.sha256.hex(),
      recorded.frontend.empty() ? "front end not known" : recorded.frontend);
}

std::vector<std::string> build_constraints(const lock::Lock& lock) {
  std::vector<std::string> out;
  for (const lock::DeclaredRequirement& constraint : lock.manner.build_constraints) {
    out.push_back(constraint.text);
  }
  return out;
}

std::string built_key(const std::string& source,
                      const std::string& python,
                      const std::vector<std::string>& constraints) {
  return core::Digest::of(fmt::format("built wheel\n{}\n{}\n{}\n{}",
                                      source,
                                      python,
                                      machine(),
                                      util::join(constraints, "\n")))
      .hex();
}

std::optional<wheelbuild::Built> find_built(const std::string& key, const store::Store& store) {
  std::optional<std::string> text = store.find_record(store::RecordKind::alias, key);
  nlohmann::json json = nlohmann::json::parse(text.value_or(""), nullptr, false);
  if (!json.is_object()) {
    return std::nullopt;
  }
  std::optional<core::Digest> digest = core::Digest::from_hex(json.value("sha256", ""));
  if (!digest || !store.has(*digest)) {
    return std::nullopt;
  }
  return wheelbuild::Built{.filename = json.value("filename", ""),
                           .sha256 = *digest,
                           .size = json.value("size", std::uint64_t{0}),
                           .frontend = json.value("frontend", "")};
}

void keep_built(const std::string& key, const wheelbuild::Built& built, store::Store& store) {
  nlohmann::json json = {{"filename", built.filename},
                         {"sha256", built.sha256.hex()},
                         {"size", built.size},
                         {"frontend", built.frontend}};
  store.put_record(store::RecordKind::alias, key, json.dump());
}

}  // namespace cartwheel::build
