#include <fmt/format.h>

#include "oci/image.h"
#include "oci/json.h"

namespace cartwheel::oci {

namespace {

// Members of a base's config that have no field of ours: "name" at the top, "config.name" below
// "config".
void put_other_members(Json& config, const std::map<std::string, std::string>& other) {
  constexpr std::string_view kInner = "config.";
  for (const auto& [name, text] : other) {
    Json value = Json::parse(text);
    if (name.starts_with(kInner)) {
      config["config"][name.substr(kInner.size())] = value;
    } else {
      config[name] = value;
    }
  }
}

// A list as the keys of an object with empty objects, as ExposedPorts and Volumes are.
void put_keys(Json& object, const std::string& name, const std::vector<std::string>& keys) {
  for (const std::string& key : keys) {
    object[name][key] = Json::object();
  }
}

Json process_json(const Image& image) {
  Json inner = Json::object();
  put(inner, "User", image.user);
  put(inner, "WorkingDir", image.working_dir);
  put(inner, "StopSignal", image.stop_signal);
  put(inner, "Env", image.env);
  put(inner, "Entrypoint", image.entrypoint);
  put(inner, "Cmd", image.cmd);
  put(inner, "Labels", image.labels);
  put_keys(inner, "ExposedPorts", image.exposed_ports);
  put_keys(inner, "Volumes", image.volumes);
  if (!image.healthcheck.empty()) {
    inner["Healthcheck"] = Json::parse(image.healthcheck);
  }
  return inner;
}

Json history_json(const Image& image) {
  Json list = Json::array();
  for (const History& history : image.history) {
    Json entry = Json::object();
    put(entry, "created", history.created);
    put(entry, "created_by", history.created_by);
    put(entry, "author", history.author);
    put(entry, "comment", history.comment);
    if (history.empty_layer) {
      entry["empty_layer"] = true;
    }
    list.push_back(std::move(entry));
  }
  return list;
}

}  // namespace

void set_env(Image& image, const std::string& name, const std::string& value) {
  std::string entry = name + "=" + value;
  for (std::string& old : image.env) {
    if (old.starts_with(name + "=")) {
      old = entry;
      return;
    }
  }
  image.env.push_back(entry);
}

std::string config_json(const Image& image) {
  Json config = Json::object();
  Json inner = process_json(image);
  if (!inner.empty()) {
    config["config"] = std::move(inner);
  }
  put_other_members(config, image.other);
  put(config, "created", image.created);
  config["architecture"] = image.platform.oci_name();
  config["os"] = "linux";
  put(config, "variant", image.platform.oci_variant());
  config["rootfs"] = {{"type", "layers"}, {"diff_ids", Json::array()}};
  for (const Layer& layer : image.layers) {
    config["rootfs"]["diff_ids"].push_back(layer.diff_id.str());
  }
  if (!image.history.empty()) {
    config["history"] = history_json(image);
  }
  return canonical(config);
}

void check(const Image& image) {
  constexpr std::size_t kMostLayers = 120;
  auto fail = [&](const std::string& what) {
    throw util::Error(util::ErrorKind::internal,
                      fmt::format("image for {}: {}", image.platform.str(), what));
  };
  if (image.layers.size() > kMostLayers) {
    fail(fmt::format(
        "{} layers, and more than {} do not run everywhere", image.layers.size(), kMostLayers));
  }
  std::size_t described = 0;
  for (const History& history : image.history) {
    described += history.empty_layer ? 0 : 1;
  }
  if (!image.history.empty() && described != image.layers.size()) {
    fail(fmt::format("history tells of {} layers, there are {}", described, image.layers.size()));
  }
  for (const Layer& layer : image.layers) {
    if (!layer.blob || layer.blob->digest() != layer.descriptor.digest ||
        layer.blob->size() != layer.descriptor.size) {
      fail(fmt::format("layer {} has no blob of its own digest and size",
                       layer.descriptor.digest.str()));
    }
  }
}

}  // namespace cartwheel::oci
