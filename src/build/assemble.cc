#include "build/assemble.h"

#include <algorithm>
#include <charconv>
#include <ctime>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/busybox.h"
#include "base/tools.h"
#include "core/format.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::build {

using util::Error;
using util::ErrorKind;

namespace {

constexpr const char* kNoTime = "1980-01-02T00:00:00Z";

// "2024-07-24T18:58:54.123Z", "2024-07-24T18:58:54+00:00" → "2024-07-24T18:58:54Z"; "" for what is
// no UTC time.
std::string whole_seconds(const std::string& time) {
  constexpr std::size_t kSeconds = 19;
  if (time.size() < kSeconds || time[4] != '-' || time[10] != 'T') {
    return "";
  }
  std::string_view zone = std::string_view(time).substr(kSeconds);
  std::size_t after_fraction = zone.starts_with('.') ? zone.find_first_not_of("0123456789", 1) : 0;
  zone = after_fraction == std::string_view::npos ? "" : zone.substr(after_fraction);
  bool utc = zone == "Z" || zone == "z" || zone == "+00:00" || zone == "-00:00";
  return utc ? time.substr(0, kSeconds) + "Z" : "";
}

std::string rfc3339(std::int64_t seconds) {
  auto when = static_cast<std::time_t>(seconds);
  std::tm parts{};
  gmtime_r(&when, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
                     parts.tm_year + 1900,
                     parts.tm_mon + 1,
                     parts.tm_mday,
                     parts.tm_hour,
                     parts.tm_min,
                     parts.tm_sec);
}

// The major of "cuda 12.1", or "".
std::string cuda_major(const std::string& accelerator) {
  if (!accelerator.starts_with("cuda ")) {
    return "";
  }
  return accelerator.substr(
      5,
      accelerator.find('.') == std::string::npos ? std::string::npos : accelerator.find('.') - 5);
}

std::string env_value(const oci::Image& image, const std::string& name) {
  for (const std::string& entry : image.env) {
    if (entry.starts_with(name + "=")) {
      return entry.substr(name.size() + 1);
    }
  }
  return "";
}

void set_environment(oci::Image& image,
                     const plan::Plan& plan,
                     const Runtime& runtime,
                     const settings::Settings& settings) {
  std::string path = env_value(image, "PATH");
  if (path.empty()) {
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  }
  const std::string programs = settings.prefix + "/bin";
  if (path != programs && !path.starts_with(programs + ":")) {  // a base may have it already
    path = programs + ":" + path;
  }
  oci::set_env(image, "PATH", path);
  oci::set_env(image, "VIRTUAL_ENV", settings.prefix);
  oci::set_env(image, "PYTHONUNBUFFERED", "1");
  if (env_value(image, "LANG").empty() && env_value(image, "LC_ALL").empty()) {
    oci::set_env(image, "LANG", "C.UTF-8");
  }
  for (const auto& [name, value] : runtime_environment(runtime, plan, settings)) {
    oci::set_env(image, name, value);
  }
  if (plan.accelerator.starts_with("cuda")) {
    oci::set_env(image, "NVIDIA_VISIBLE_DEVICES", "all");
    oci::set_env(image, "NVIDIA_DRIVER_CAPABILITIES", "compute,utility");
    std::string major = cuda_major(plan.accelerator);
    bool is_jetson = image.platform.machine() == "aarch64" && settings.arm64 == "jetson";
    if (!major.empty() && !is_jetson) {  // Jetson's toolkit compares no versions of drivers
      // the major only: a newer minor runs on an older driver of the same major (minor version
      // compatibility)
      oci::set_env(image, "NVIDIA_REQUIRE_CUDA", "cuda>=" + major + ".0");
    }
  }
  for (const auto& [name, value] : settings.env) {
    oci::set_env(image, name, value);
  }
}

// As Docker's configs have it; no times where the runtime's own are wanted.
std::string healthcheck_json(const settings::Healthcheck& check) {
  nlohmann::json json;
  std::vector<std::string> test = {"CMD-SHELL", check.shell};
  if (!check.command.empty()) {
    test = check.command;
    test.insert(test.begin(), "CMD");
  }
  json["Test"] = test;
  for (const auto& [name, value] : {std::pair("Interval", check.interval),
                                    std::pair("Timeout", check.timeout),
                                    std::pair("StartPeriod", check.start_period),
                                    std::pair("StartInterval", check.start_interval),
                                    std::pair("Retries", std::int64_t{check.retries})}) {
    if (value != 0) {
      json[name] = value;
    }
  }
  return json.dump();
}

void set_process(oci::Image& image,
                 const base::Account& account,
                 const settings::Settings& settings) {
  // numeric, so that runAsNonRoot can be judged without the image's passwd
  image.user = fmt::format("{}:{}", account.uid, account.gid);
  image.working_dir = settings.workdir;
  if (!settings.entrypoint.empty() || !settings.cmd.empty()) {
    image.entrypoint = settings.entrypoint;
    image.cmd = settings.cmd;
  } else {
    image.entrypoint.clear();
    image.cmd = {"python"};
  }
  if (settings.init) {
    image.entrypoint.insert(image.entrypoint.begin(), {base::kTiniPath, "--"});
  }
  if (!settings.stop_signal.empty()) {
    image.stop_signal = settings.stop_signal;
  }
  if (settings.healthcheck) {
    image.healthcheck = healthcheck_json(*settings.healthcheck);
  }
  for (const std::string& port : settings.ports) {
    image.exposed_ports.push_back(port.find('/') == std::string::npos ? port + "/tcp" : port);
  }
  std::ranges::sort(image.exposed_ports);
  image.exposed_ports.erase(std::unique(image.exposed_ports.begin(), image.exposed_ports.end()),
                            image.exposed_ports.end());
  for (const auto& [name, value] : settings.labels) {
    image.labels[name] = value;
  }
}

// "opencv-python==4.10.0.84": what the settings drop.
std::string without_annotation(const std::vector<plan::Dropped>& dropped) {
  std::vector<std::pair<std::string, std::string>> packages;
  packages.reserve(dropped.size());
  for (const plan::Dropped& one : dropped) {
    packages.emplace_back(one.name, one.version);
  }
  return packages_annotation(packages);
}

void set_annotations(oci::Image& image, const ImageParts& parts, const ImageSettings& shared) {
  std::map<std::string, std::string> all = shared.settings.annotations;
  all["org.opencontainers.image.created"] = image.created;
  all["org.opencontainers.image.title"] = shared.title;
  all["org.opencontainers.image.version"] = shared.version;
  all["org.opencontainers.image.base.name"] = parts.base_name;
  all["org.opencontainers.image.base.digest"] = parts.base_digest;
  all["dev.cartwheel.lock"] = shared.lock_digest;
  all["dev.cartwheel.accelerator"] = parts.plan->accelerator;
  all["dev.cartwheel.without"] = without_annotation(parts.plan->without);
  std::erase_if(all, [](const auto& member) { return member.second.empty(); });
  image.annotations = std::move(all);
  image.descriptor_annotations = {{"dev.cartwheel.accelerator", parts.plan->accelerator}};
}

}  // namespace

std::string created_time(const ImageParts& parts, const std::string& source_date_epoch) {
  if (!source_date_epoch.empty()) {
    std::int64_t seconds = 0;
    const char* end = source_date_epoch.data() + source_date_epoch.size();
    auto [rest, error] = std::from_chars(source_date_epoch.data(), end, seconds);
    if (error != std::errc() || rest != end || seconds < 0) {
      throw Error(
          ErrorKind::usage,
          fmt::format("SOURCE_DATE_EPOCH '{}': wanted seconds since 1970", source_date_epoch));
    }
    return rfc3339(seconds);
  }
  std::string latest = whole_seconds(parts.base.created);
  for (const plan::PlannedPackage& package : parts.plan->packages) {
    const std::optional<core::Artifact>& artifact =
        package.origin == plan::Origin::sdist ? package.sdist : package.wheel;
    if (artifact) {
      latest = std::max(latest, whole_seconds(artifact->upload_time));
    }
  }
  return latest.empty() ? kNoTime : latest;
}

oci::Image assemble(const ImageParts& parts, const ImageSettings& shared) {
  oci::Image image = parts.base;
  image.platform = parts.plan->target.platform;
  image.created = created_time(parts, shared.source_date_epoch);
  set_environment(image, *parts.plan, *parts.runtime, shared.settings);
  if (parts.debug) {
    oci::set_env(image, "PATH", env_value(image, "PATH") + ":" + base::kBusyboxFolder);
  }
  set_process(image, parts.runtime->account, shared.settings);
  for (const StackedLayer& stacked : parts.layers) {
    image.layers.push_back(stacked.layer);
    image.history.push_back({.created = image.created, .created_by = stacked.created_by});
  }
  set_annotations(image, parts, shared);
  return image;
}

oci::BuiltIndex index_of(std::vector<oci::Image> images, const ImageSettings& shared) {
  std::map<std::string, std::string> annotations;
  for (const oci::Image& image : images) {
    std::string& created = annotations["org.opencontainers.image.created"];
    created = std::max(created, image.created);
  }
  for (const char* name : {"org.opencontainers.image.base.name",
                           "org.opencontainers.image.title",
                           "org.opencontainers.image.version",
                           "dev.cartwheel.lock"}) {
    auto found = images.front().annotations.find(name);
    if (found != images.front().annotations.end()) {
      annotations[name] = found->second;
    }
  }
  for (const auto& [name, value] : shared.settings.annotations) {
    annotations.emplace(name, value);
  }
  return oci::build_index(std::move(images), std::move(annotations));
}

std::string layer_history(const std::vector<std::pair<std::string, std::string>>& packages,
                          int bucket) {
  std::vector<std::string> names;
  names.reserve(packages.size());
  for (const auto& [name, version] : packages) {
    names.push_back(name + " " + version);
  }
  std::string list = util::join(names, ", ");
  return bucket < 0 ? "cartwheel: " + list : fmt::format("cartwheel: bucket {}: {}", bucket, list);
}

std::string packages_annotation(const std::vector<std::pair<std::string, std::string>>& packages) {
  constexpr std::size_t kLimit = 4096;
  std::vector<std::string> names;
  names.reserve(packages.size());
  for (const auto& [name, version] : packages) {
    names.push_back(name + "==" + version);
  }
  std::string list = util::join(names, ",");
  return list.size() <= kLimit ? list : fmt::format("{} packages", packages.size());
}

}  // namespace cartwheel::build
