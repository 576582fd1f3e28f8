#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "oci/image.h"
#include "oci/json.h"
#include "oci/members.h"
#include "util/error.h"

namespace cartwheel::oci {

using nlohmann::json;
using util::Error;
using util::ErrorKind;

namespace {

const std::string kConfig = "image config";
const std::string kManifest = "image manifest";

struct LayerType {
  std::string_view found, oci;
};
// Docker's names for the same bytes, and OCI's.
constexpr std::array<LayerType, 6> kLayerTypes{{
    {core::kLayerGzipType, core::kLayerGzipType},
    {core::kLayerTarType, core::kLayerTarType},
    {core::kLayerZstdType, core::kLayerZstdType},
    {"application/vnd.docker.image.rootfs.diff.tar.gzip", core::kLayerGzipType},
    {"application/vnd.docker.image.rootfs.diff.tar", core::kLayerTarType},
    {"application/vnd.docker.image.rootfs.diff.tar.zstd", core::kLayerZstdType},
}};

std::string layer_type(const std::string& found) {
  for (const LayerType& type : kLayerTypes) {
    if (type.found == found) {
      return std::string(type.oci);
    }
  }
  bool foreign = found.find("nondistributable") != std::string::npos ||
                 found.find("foreign") != std::string::npos;
  throw Error(ErrorKind::unsupported,
              fmt::format("{}: layer of type '{}'{}",
                          kManifest,
                          found,
                          foreign ? ": its bytes may not be handed on"
                                  : ": wanted a tar, plain, gzip or zstd"));
}

void check_type(const std::string& found,
                std::initializer_list<std::string_view> wanted,
                const std::string& what) {
  if (std::ranges::find(wanted, found) == wanted.end()) {
    throw Error(ErrorKind::unsupported,
                fmt::format("{}: type '{}': wanted '{}'", what, found, *wanted.begin()));
  }
}

core::Platform parse_platform(const json& config) {
  std::string os = text_member(config, "os", kConfig);
  std::string architecture = text_member(config, "architecture", kConfig);
  std::string variant = text_member(config, "variant", kConfig);
  if (os == "linux" && architecture == "amd64" && (variant.empty() || variant == "v1")) {
    return {core::Architecture::amd64};
  }
  if (os == "linux" && architecture == "arm64" && (variant.empty() || variant == "v8")) {
    return {core::Architecture::arm64};
  }
  throw Error(ErrorKind::unsupported,
              fmt::format("{}: platform '{}/{}{}{}': wanted linux/amd64 or linux/arm64",
                          kConfig,
                          os,
                          architecture,
                          variant.empty() ? "" : "/",
                          variant));
}

bool is_empty(const json& value) {
  return value.is_string() ? value.get_ref<const std::string&>().empty() : value.empty();
}

void keep_others(const json& object,
                 const std::set<std::string_view>& known,
                 const std::string& front,
                 std::map<std::string, std::string>& other) {
  for (const auto& item : object.items()) {
    if (known.contains(item.key()) || is_empty(item.value())) {
      continue;
    }
    if (front.empty() && item.key().starts_with("config.")) {
      throw Error(ErrorKind::unsupported, fmt::format("{}: member '{}'", kConfig, item.key()));
    }
    other[front + item.key()] = dump_json(item.value());
  }
}

void parse_run_config(const json& config, Image& image) {
  image.user = text_member(config, "User", kConfig);
  image.working_dir = text_member(config, "WorkingDir", kConfig);
  image.stop_signal = text_member(config, "StopSignal", kConfig);
  image.env = texts_member(config, "Env", kConfig);
  image.entrypoint = texts_member(config, "Entrypoint", kConfig);
  image.cmd = texts_member(config, "Cmd", kConfig);
  image.exposed_ports = keys_member(config, "ExposedPorts", kConfig);
  image.volumes = keys_member(config, "Volumes", kConfig);
  image.labels = map_member(config, "Labels", kConfig);
  auto healthcheck = config.find("Healthcheck");
  if (healthcheck != config.end() && !is_empty(*healthcheck)) {
    image.healthcheck = dump_json(object(*healthcheck, kConfig + ": 'Healthcheck'"));
  }
  keep_others(config,
              {"User",
               "WorkingDir",
               "StopSignal",
               "Env",
               "Entrypoint",
               "Cmd",
               "ExposedPorts",
               "Volumes",
               "Labels",
               "Healthcheck"},
              "config.",
              image.other);
}

std::vector<History> parse_history(const json& config) {
  std::vector<History> out;
  for (const json& entry : array_member(config, "history", kConfig)) {
    object(entry, kConfig + ": history");
    History one;
    one.created = text_member(entry, "created", kConfig);
    one.created_by = text_member(entry, "created_by", kConfig);
    one.author = text_member(entry, "author", kConfig);
    one.comment = text_member(entry, "comment", kConfig);
    auto empty = entry.find("empty_layer");
    if (empty != entry.end() && !empty->is_null()) {
      if (!empty->is_boolean()) {
        throw Error(ErrorKind::malformed, kConfig + ": 'empty_layer' is no boolean");
      }
      one.empty_layer = empty->get<bool>();
    }
    out.push_back(std::move(one));
  }
  return out;
}

std::vector<core::Digest> parse_diff_ids(const json& config) {
  auto rootfs = config.find("rootfs");
  if (rootfs == config.end()) {
    throw Error(ErrorKind::malformed, kConfig + ": has no 'rootfs'");
  }
  object(*rootfs, kConfig + ": 'rootfs'");
  std::string type = text_member(*rootfs, "type", kConfig);
  if (type != "layers") {
    throw Error(ErrorKind::malformed,
                fmt::format("{}: rootfs type '{}': wanted 'layers'", kConfig, type));
  }
  const std::vector<std::string> texts = texts_member(*rootfs, "diff_ids", kConfig);
  std::vector<core::Digest> out;
  out.reserve(texts.size());
  for (const std::string& text : texts) {
    out.push_back(
        util::in_context(kConfig + ": diff_id", [&] { return core::Digest::parse(text); }));
  }
  return out;
}

// History may be left out by the specification, but where there is one, dockerd wants it to match:
// what is missing is added.
void match_history(Image& image) {
  auto count = static_cast<std::size_t>(std::ranges::count_if(
      image.history, [](const History& entry) { return !entry.empty_layer; }));
  if (count > image.layers.size()) {
    throw Error(
        ErrorKind::malformed,
        fmt::format(
            "{}: history of {} layers, but there are {}", kConfig, count, image.layers.size()));
  }
  for (; count < image.layers.size(); ++count) {
    image.history.push_back({image.created, "", "", "", false});
  }
}

}  // namespace

Image parse_image(std::string_view manifest_json, std::string_view config_json) {
  json manifest = parse_json(manifest_json, kManifest);
  object(manifest, kManifest);
  auto version = manifest.find("schemaVersion");
  if (version == manifest.end() || *version != 2) {
    throw Error(ErrorKind::unsupported, kManifest + ": schema version is not 2");
  }
  std::string type = text_member(manifest, "mediaType", kManifest);
  if (!type.empty()) {
    check_type(type,
               {core::kManifestType, "application/vnd.docker.distribution.manifest.v2+json"},
               kManifest);
  }
  auto config_at = manifest.find("config");
  if (config_at == manifest.end() || manifest.find("layers") == manifest.end()) {
    throw Error(ErrorKind::malformed, kManifest + ": has no 'config' or no 'layers'");
  }
  check_type(parse_descriptor(*config_at, kManifest + ": config").media_type,
             {core::kConfigType, "application/vnd.docker.container.image.v1+json"},
             kManifest + ": config");

  Image image;
  image.annotations = map_member(manifest, "annotations", kManifest);
  json config = parse_json(config_json, kConfig);
  object(config, kConfig);
  image.platform = parse_platform(config);
  image.created = text_member(config, "created", kConfig);
  if (auto run = config.find("config"); run != config.end() && !run->is_null()) {
    parse_run_config(object(*run, kConfig + ": 'config'"), image);
  }
  keep_others(config,
              {"architecture", "os", "variant", "created", "config", "history", "rootfs"},
              "",
              image.other);

  std::vector<core::Digest> diff_ids = parse_diff_ids(config);
  const json& layers = array_member(manifest, "layers", kManifest);
  if (layers.size() != diff_ids.size()) {
    throw Error(ErrorKind::malformed,
                fmt::format("{}: {} layers, but the config has {} diff_ids",
                            kManifest,
                            layers.size(),
                            diff_ids.size()));
  }
  for (std::size_t i = 0; i < layers.size(); ++i) {
    core::Descriptor descriptor = parse_descriptor(layers[i], kManifest + ": layer");
    descriptor.media_type = layer_type(descriptor.media_type);
    image.layers.push_back({std::move(descriptor), diff_ids[i], nullptr});
  }
  image.history = parse_history(config);
  match_history(image);
  return image;
}

core::Descriptor config_descriptor(std::string_view manifest_json) {
  json manifest = parse_json(manifest_json, kManifest);
  return parse_descriptor(object(manifest, kManifest).value("config", json()),
                          kManifest + ": config");
}

}  // namespace cartwheel::oci
