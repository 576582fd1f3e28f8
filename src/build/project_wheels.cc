#include "build/project_wheels.h"

#include <map>
#include <mutex>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "fetch/fetch.h"
#include "memo/stat_cache.h"
#include "python/tags.h"
#include "tree/tree.h"
#include "util/error.h"
#include "util/file.h"
#include "wheelbuild/wheelbuild.h"

namespace cartwheel::build {

namespace fs = std::filesystem;
using util::Error;
using util::ErrorKind;

namespace {

// A wheel that was built once, by what it was built from.
std::string cache_key(const std::string& source, const plan::Plan& plan) {
  return core::Digest::of(fmt::format("built wheel\n{}\n{}\n", source, plan.target.python.str()))
      .hex();
}

std::optional<core::Artifact> find_built(const std::string& key, const store::Store& store) {
  std::optional<std::string> text = store.find_record(store::RecordKind::alias, key);
  if (!text) {
    return std::nullopt;
  }
  nlohmann::json json = nlohmann::json::parse(*text, nullptr, false);
  if (!json.is_object() || !json.contains("filename") || !json.contains("sha256") ||
      !json.contains("size")) {
    return std::nullopt;
  }
  std::optional<core::Digest> digest = core::Digest::from_hex(json["sha256"].get<std::string>());
  if (!digest || !store.has(*digest)) {
    return std::nullopt;
  }
  core::Artifact artifact;
  artifact.filename = json["filename"];
  artifact.hashes = {{"sha256", digest->hex()}};
  artifact.size = json["size"].get<std::uint64_t>();
  return artifact;
}

core::Artifact keep_built(const std::string& key,
                          const wheelbuild::Built& built,
                          store::Store& store) {
  nlohmann::json json = {
      {"filename", built.filename}, {"sha256", built.sha256.hex()}, {"size", built.size}};
  store.put_record(store::RecordKind::alias, key, json.dump());
  core::Artifact artifact;
  artifact.filename = built.filename;
  artifact.hashes = {{"sha256", built.sha256.hex()}};
  artifact.size = built.size;
  return artifact;
}

class WheelBuilder {
 public:
  WheelBuilder(const Inputs& inputs, const Options& options, const Ports& ports)
      : inputs_(inputs),
        options_(options),
        ports_(ports) {}

  core::Artifact wheel_of(const plan::PlannedPackage& package, const plan::Plan& plan) {
    return util::in_context(fmt::format("{} {}", package.name, package.version), [&] {
      core::Artifact wheel = package.origin == plan::Origin::directory ? from_tree(package, plan)
                                                                       : from_sdist(package, plan);
      python::WheelFilename name = python::WheelFilename::parse(wheel.filename);
      if (!plan.target.tags.priority(name)) {
        throw Error(ErrorKind::refused,
                    fmt::format("the wheel built here, '{}', does not serve {}: build on that "
                                "architecture, or bring a wheel",
                                wheel.filename,
                                plan.target.platform.str()));
      }
      return wheel;
    });
  }

 private:
  core::Artifact build(const std::string& key,
                       const fs::path& source,
                       const plan::PlannedPackage& package,
                       const plan::Plan& plan) {
    if (std::optional<core::Artifact> known = find_built(key, *ports_.store)) {
      return *known;
    }
    if (!options_.build_wheels) {
      throw Error(ErrorKind::refused, "has no wheel, and --no-build forbids to build one");
    }
    wheelbuild::Options how{.python = plan.target.python.str(),
                            .source_date_epoch = options_.source_date_epoch.empty()
                                                     ? "315619200"
                                                     : options_.source_date_epoch,
                            .offline = options_.offline};
    ports_.progress.note(fmt::format("building a wheel of {} {}", package.name, package.version));
    return keep_built(
        key,
        wheelbuild::build_wheel(source, package.name, how, *ports_.store, ports_.progress),
        *ports_.store);
  }

  core::Artifact from_tree(const plan::PlannedPackage& package, const plan::Plan& plan) {
    fs::path root = (inputs_.folder / package.source.location).lexically_normal();
    tree::Tree tree = tree::list_tree(root, {});
    memo::StatCache cache(*ports_.store, fs::absolute(root));
    core::Digest digest = tree::tree_digest(tree, cache);
    cache.save();
    return build(cache_key("tree " + digest.hex(), plan), root, package, plan);
  }

  core::Artifact from_sdist(const plan::PlannedPackage& package, const plan::Plan& plan) {
    if (!package.sdist) {
      throw Error(ErrorKind::unsupported,
                  fmt::format("building from {} is not supported yet: add a wheel to the lock",
                              package.source.str()));
    }
    core::Digest digest = core::Digest::of(std::string_view());
    fetch::fetch(
        {{.artifact = *package.sdist, .place = inputs_.lock_name}},
        {.folder = inputs_.lock_path.parent_path(), .transfers = 1, .offline = options_.offline},
        ports_.http,
        *ports_.store,
        ports_.progress,
        [&](std::size_t /*index*/, const core::Digest& got) { digest = got; });
    // a front end goes by the archive's name, and the store has none
    util::TempDir folder;
    fs::path link = folder.path() / package.sdist->filename;
    fs::create_symlink(ports_.store->find(digest)->path(), link);
    return build(cache_key("sdist " + digest.hex(), plan), link, package, plan);
  }

  const Inputs& inputs_;
  const Options& options_;
  const Ports& ports_;
};

}  // namespace

void build_wheels(Prepared& prepared,
                  const Inputs& inputs,
                  const Options& options,
                  const Ports& ports) {
  WheelBuilder builder(inputs, options, ports);
  for (plan::Plan& plan : prepared.plans) {
    for (plan::PlannedPackage& package : plan.packages) {
      if (!package.wheel) {
        package.wheel = builder.wheel_of(package, plan);
      }
    }
  }
}

}  // namespace cartwheel::build
