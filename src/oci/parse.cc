#include <array>
#include <set>

#include <fmt/format.h>

#include "oci/image.h"
#include "oci/json.h"

namespace cartwheel::oci {

using util::Error;
using util::ErrorKind;

namespace {

// Docker schema 2 types and what they are called in OCI (image-spec, media-types.md, "Compatibility
// Matrix"): same bytes.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kDockerTypes{{
    {"application/vnd.docker.image.rootfs.diff.tar.gzip", core::kLayerGzipType},
    {"application/vnd.docker.image.rootfs.diff.tar", core::kLayerTarType},
    {"application/vnd.docker.image.rootfs.diff.tar.zstd", core::kLayerZstdType},
    {"application/vnd.docker.container.image.v1+json", core::kConfigType},
    {"application/vnd.docker.distribution.manifest.v2+json", core::kManifestType},
    {"application/vnd.docker.distribution.manifest.list.v2+json", core::kIndexType},
}};

std::string oci_type(const std::string& type) {
  for (const auto& [docker, oci] : kDockerTypes) {
    if (type == docker) {
      return std::string(oci);
    }
  }
  return type;
}

core::Descriptor layer_descriptor(const Json& json) {
  core::Descriptor descriptor = parse_descriptor(json, "manifest: layer");
  descriptor.media_type = oci_type(descriptor.media_type);
  if (descriptor.media_type != core::kLayerGzipType &&
      descriptor.media_type != core::kLayerZstdType &&
      descriptor.media_type != core::kLayerTarType) {
    throw Error(ErrorKind::unsupported,
                fmt::format("manifest: layer type '{}'", descriptor.media_type));
  }
  return descriptor;
}

std::vector<std::string> keys_of(const Json& object, const std::string& name) {
  std::vector<std::string> out;
  if (object.contains(name) && object[name].is_object()) {
    for (const auto& member : object[name].items()) {
      out.push_back(member.key());
    }
  }
  return out;
}

template <typename Value>
Value member(const Json& object, const std::string& name) {
  return object.contains(name) && !object[name].is_null() ? object[name].get<Value>() : Value{};
}

void read_process(const Json& inner, Image& image) {
  static const std::set<std::string> kFields{"User",
                                             "WorkingDir",
                                             "StopSignal",
                                             "Env",
                                             "Entrypoint",
                                             "Cmd",
                                             "Labels",
                                             "ExposedPorts",
                                             "Volumes",
                                             "Healthcheck"};
  image.user = member<std::string>(inner, "User");
  image.working_dir = member<std::string>(inner, "WorkingDir");
  image.stop_signal = member<std::string>(inner, "StopSignal");
  image.env = member<std::vector<std::string>>(inner, "Env");
  image.entrypoint = member<std::vector<std::string>>(inner, "Entrypoint");
  image.cmd = member<std::vector<std::string>>(inner, "Cmd");
  image.labels = member<std::map<std::string, std::string>>(inner, "Labels");
  image.exposed_ports = keys_of(inner, "ExposedPorts");
  image.volumes = keys_of(inner, "Volumes");
  if (inner.contains("Healthcheck") && inner["Healthcheck"].is_object()) {
    image.healthcheck = canonical(inner["Healthcheck"]);
  }
  for (const auto& entry : inner.items()) {
    if (!kFields.contains(entry.key()) && !entry.value().is_null()) {
      image.other["config." + entry.key()] = canonical(entry.value());
    }
  }
}

History read_history(const Json& json) {
  History history{.created = member<std::string>(json, "created"),
                  .created_by = member<std::string>(json, "created_by"),
                  .author = member<std::string>(json, "author"),
                  .comment = member<std::string>(json, "comment")};
  history.empty_layer = member<bool>(json, "empty_layer");
  return history;
}

core::Platform read_platform(const Json& config) {
  std::string system = member<std::string>(config, "os");
  std::string architecture = member<std::string>(config, "architecture");
  if (system != "linux" || (architecture != "amd64" && architecture != "arm64")) {
    throw Error(
        ErrorKind::unsupported,
        fmt::format(
            "config: platform '{}/{}': wanted linux/amd64 or linux/arm64", system, architecture));
  }
  return core::Platform::parse(architecture);
}

void read_config(const Json& config, Image& image) {
  static const std::set<std::string> kFields{
      "architecture", "os", "variant", "created", "config", "rootfs", "history"};
  image.platform = read_platform(config);
  image.created = member<std::string>(config, "created");
  if (config.contains("config") && config["config"].is_object()) {
    read_process(config["config"], image);
  }
  if (config.contains("history") && config["history"].is_array()) {
    for (const Json& entry : config["history"]) {
      image.history.push_back(read_history(entry));
    }
  }
  for (const auto& entry : config.items()) {
    if (!kFields.contains(entry.key()) && !entry.value().is_null()) {
      image.other[entry.key()] = canonical(entry.value());
    }
  }
}

}  // namespace

Image parse_image(std::string_view manifest_json, std::string_view config_json) {
  Json manifest = parse_object(manifest_json, "manifest");
  Json config = parse_object(config_json, "config");
  return reading("image", [&] {
    Image image;
    read_config(config, image);
    const Json& layers = manifest.at("layers");
    const Json& diff_ids = config.at("rootfs").at("diff_ids");
    if (layers.size() != diff_ids.size()) {
      throw Error(ErrorKind::malformed,
                  fmt::format("image: the manifest has {} layers and the config {}",
                              layers.size(),
                              diff_ids.size()));
    }
    for (std::size_t i = 0; i < layers.size(); ++i) {
      image.layers.push_back({.descriptor = layer_descriptor(layers[i]),
                              .diff_id = core::Digest::parse(diff_ids[i].get<std::string>())});
    }
    image.annotations = member<std::map<std::string, std::string>>(manifest, "annotations");
    return image;
  });
}

core::Descriptor config_descriptor(std::string_view manifest_json) {
  Json manifest = parse_object(manifest_json, "manifest");
  return reading("manifest",
                 [&] { return parse_descriptor(manifest.at("config"), "manifest: config"); });
}

Index parse_index(std::string_view text) {
  Json json = parse_object(text, "index");
  return reading("index", [&] {
    Index index;
    for (const Json& entry : json.at("manifests")) {
      ManifestRef reference{.descriptor = parse_descriptor(entry, "index"),
                            .platform = std::nullopt,
                            .raw_platform = ""};
      reference.descriptor.media_type = oci_type(reference.descriptor.media_type);
      if (entry.contains("platform") && entry["platform"].is_object()) {
        std::string system = member<std::string>(entry["platform"], "os");
        std::string architecture = member<std::string>(entry["platform"], "architecture");
        reference.raw_platform = system + "/" + architecture;
        if (system == "linux" && (architecture == "amd64" || architecture == "arm64")) {
          reference.platform = core::Platform::parse(architecture);
        }
      }
      index.manifests.push_back(std::move(reference));
    }
    index.annotations = member<std::map<std::string, std::string>>(json, "annotations");
    return index;
  });
}

}  // namespace cartwheel::oci
