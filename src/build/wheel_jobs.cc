#include "build/wheel_jobs.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <zstd.h>

#include "build/pins.h"
#include "build/runtime.h"
#include "core/url.h"
#include "layer/data_layer.h"
#include "plan/package_layers.h"
#include "util/error.h"

namespace cartwheel::build {

namespace {

// What makes two platforms' wheels the same file.
std::string identity(const core::Artifact& wheel) {
  return wheel.hashes.empty() ? wheel.url : wheel.hashes[0].str();
}

WheelJob wheel_job(const plan::PlannedPackage& package, const Inputs& inputs) {
  WheelJob job;
  job.input.name = package.name;
  job.input.version = package.version;
  job.input.filename = package.wheel->filename;
  job.input.direct_url = direct_url(package.source, *package.wheel);
  job.input.trusted = package.source.kind == lock::SourceKind::registry;
  job.size = package.wheel->size.value_or(0);
  job.place = fmt::format("{}: {} {}", inputs.lock_name, package.name, package.version);
  if (std::optional<core::Digest> sha256 = package.wheel->sha256()) {
    job.input.sha256 = *sha256;
  }
  if (!package.wheel->url.empty()) {
    job.artifact = package.wheel;
  }
  return job;
}

// The groups of one platform; wheel_of[i] is the WheelJob of the plan's i-th package. Made anew: a
// wheel that was built here has its size only now.
std::vector<GroupJob> groups_of(const plan::Plan& plan,
                                const settings::Settings& settings,
                                const std::vector<std::size_t>& wheel_of,
                                int base_layers) {
  std::vector<GroupJob> out;
  for (const plan::LayerGroup& group : plan::layers_of(plan.packages, settings, base_layers)) {
    GroupJob job{.bucket = group.kind == plan::LayerGroup::Kind::bucket ? group.bucket : -1};
    for (std::size_t member : group.members) {
      job.wheels.push_back(wheel_of[member]);
    }
    out.push_back(std::move(job));
  }
  return out;
}

}  // namespace

std::string direct_url(const lock::Source& source, const core::Artifact& wheel) {
  nlohmann::json json;
  if (source.kind == lock::SourceKind::url) {
    json["url"] = core::Url::parse(source.location).str();
    json["archive_info"] = nlohmann::json::object();
    for (const core::Hash& hash : wheel.hashes) {
      json["archive_info"]["hashes"][hash.algorithm] = hash.hex;
    }
  } else if (source.kind == lock::SourceKind::git) {
    core::Url url = core::Url::parse(source.location);
    url.query.clear();
    url.fragment.clear();
    json["url"] = url.str();
    json["vcs_info"] = {{"commit_id", source.commit}, {"vcs", "git"}};
  } else {
    return "";
  }
  if (!source.subdirectory.empty()) {
    json["subdirectory"] = source.subdirectory;
  }
  if (!source.path.empty()) {
    json["path"] = source.path;
  }
  return json.dump(-1, ' ', false);
}

WheelJobs wheel_jobs(const Prepared& prepared,
                     const Inputs& inputs,
                     const layer::Bytecode* bytecode) {
  WheelJobs jobs;
  std::map<std::string, std::size_t> known;
  const settings::Settings& settings = prepared.loaded.settings;
  for (const plan::Plan& plan : prepared.plans) {
    std::vector<std::size_t> wheel_of;
    for (const plan::PlannedPackage& package : plan.packages) {
      auto [found, is_new] = known.emplace(identity(*package.wheel), jobs.wheels.size());
      if (is_new) {
        jobs.wheels.push_back(wheel_job(package, inputs));
      }
      wheel_of.push_back(found->second);
    }
    PlatformJob platform;
    const lock::BasePin& pin = *find_pin(prepared.base_lock, settings.base, plan.target.platform);
    platform.groups =
        groups_of(plan, settings, wheel_of, base_layers(prepared, plan.target.platform));
    if (bytecode != nullptr) {
      platform.where.bytecode = *bytecode;
    }
    platform.where.prefix = settings.prefix.substr(1);
    platform.where.python = "python" + plan.target.python.str();
    platform.where.compression = settings.compression;
    platform.where.zstd_version =
        settings.compression == core::Compression::zstd ? ZSTD_versionString() : "";
    platform.where.parents =
        layer::parents_of({platform.where.prefix + "/lib"}, layer_parents(settings, pin));
    for (std::size_t i = 0; i < plan.packages.size(); ++i) {
      platform.exclude[wheel_of[i]] = plan.packages[i].exclude;
    }
    platform.max_layer_size = settings.max_layer_size;
    jobs.platforms.push_back(std::move(platform));
  }
  return jobs;
}

}  // namespace cartwheel::build
