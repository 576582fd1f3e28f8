#include "oci/image.h"

#include <algorithm>

#include <fmt/format.h>

#include "oci/json.h"
#include "oci/members.h"
#include "util/error.h"

namespace cartwheel::oci {

using nlohmann::json;

namespace {

constexpr std::string_view kBelowConfig = "config.";

json keys_json(const std::vector<std::string>& keys) {
  json out = json::object();
  for (const std::string& key : keys) {
    out[key] = json::object();
  }
  return out;
}

json run_config_json(const Image& image) {
  json out = json::object();
  put(out, "User", image.user);
  put(out, "Env", image.env);
  put(out, "Entrypoint", image.entrypoint);
  put(out, "Cmd", image.cmd);
  put(out, "WorkingDir", image.working_dir);
  put(out, "Labels", image.labels);
  put(out, "ExposedPorts", keys_json(image.exposed_ports));
  put(out, "Volumes", keys_json(image.volumes));
  put(out, "StopSignal", image.stop_signal);
  if (!image.healthcheck.empty()) {
    put(out, "Healthcheck", parse_json(image.healthcheck, "healthcheck"));
  }
  return out;
}

json history_json(const std::vector<History>& history) {
  json out = json::array();
  for (const History& entry : history) {
    json one = json::object();
    put(one, "created", entry.created);
    put(one, "created_by", entry.created_by);
    put(one, "author", entry.author);
    put(one, "comment", entry.comment);
    if (entry.empty_layer) {
      one["empty_layer"] = true;
    }
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace

std::string config_json(const Image& image) {
  json out = {{"architecture", image.platform.oci_name()}, {"os", "linux"}};
  put(out, "variant", image.platform.oci_variant());
  put(out, "created", image.created);
  json config = run_config_json(image);
  for (const auto& [name, text] : image.other) {
    json value = parse_json(text, name);
    if (name.starts_with(kBelowConfig)) {
      config.emplace(name.substr(kBelowConfig.size()), std::move(value));
    } else {
      out.emplace(name, std::move(value));
    }
  }
  put(out, "config", config);
  put(out, "history", history_json(image.history));
  json diff_ids = json::array();
  for (const Layer& layer : image.layers) {
    diff_ids.push_back(layer.diff_id.str());
  }
  out["rootfs"] = {{"type", "layers"}, {"diff_ids", std::move(diff_ids)}};
  return dump_json(out);
}

std::string manifest_json(const Image& image) {
  std::string config = config_json(image);
  json layers = json::array();
  for (const Layer& layer : image.layers) {
    layers.push_back(descriptor_json(layer.descriptor));
  }
  json out = {{"schemaVersion", 2},
              {"mediaType", core::kManifestType},
              {"config",
               descriptor_json(
                   {std::string(core::kConfigType), core::Digest::of(config), config.size(), {}})},
              {"layers", std::move(layers)}};
  put(out, "annotations", image.annotations);
  return dump_json(out);
}

void set_env(Image& image, const std::string& name, const std::string& value) {
  std::string entry = name + "=" + value;
  std::string front = name + "=";
  auto found = std::ranges::find_if(image.env,
                                    [&](const std::string& old) { return old.starts_with(front); });
  if (found == image.env.end()) {
    image.env.push_back(entry);
  } else {
    *found = entry;
  }
}

core::Descriptor BuiltImage::descriptor() const {
  return {std::string(core::kManifestType),
          manifest->digest(),
          manifest->size(),
          image.descriptor_annotations};
}

}  // namespace cartwheel::oci
