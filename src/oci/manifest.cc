#include "oci/image.h"
#include "oci/json.h"

namespace cartwheel::oci {

std::string canonical(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::strict);
}

Json parse_object(std::string_view text, const std::string& place) {
  Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) {
    throw util::Error(util::ErrorKind::malformed, place + ": is no JSON object");
  }
  return json;
}

void put(Json& object, const std::string& name, const std::string& value) {
  if (!value.empty()) {
    object[name] = value;
  }
}

void put(Json& object, const std::string& name, const std::map<std::string, std::string>& value) {
  if (!value.empty()) {
    object[name] = value;
  }
}

void put(Json& object, const std::string& name, const std::vector<std::string>& value) {
  if (!value.empty()) {
    object[name] = value;
  }
}

Json descriptor_json(const core::Descriptor& descriptor) {
  Json json = {{"mediaType", descriptor.media_type},
               {"digest", descriptor.digest.str()},
               {"size", descriptor.size}};
  put(json, "annotations", descriptor.annotations);
  return json;
}

core::Descriptor parse_descriptor(const Json& json, const std::string& place) {
  return reading(place, [&] {
    core::Descriptor descriptor{.media_type = json.at("mediaType"),
                                .digest = core::Digest::parse(json.at("digest").get<std::string>()),
                                .size = json.at("size")};
    if (json.contains("annotations") && json["annotations"].is_object()) {
      descriptor.annotations = json["annotations"].get<std::map<std::string, std::string>>();
    }
    return descriptor;
  });
}

Json platform_json(const core::Platform& platform) {
  Json json = {{"os", "linux"}, {"architecture", platform.oci_name()}};
  put(json, "variant", platform.oci_variant());
  return json;
}

std::string manifest_json(const Image& image) {
  core::TextBlob config(config_json(image));
  Json manifest = {
      {"schemaVersion", 2}, {"mediaType", core::kManifestType}, {"layers", Json::array()}};
  manifest["config"] = descriptor_json({.media_type = std::string(core::kConfigType),
                                        .digest = config.digest(),
                                        .size = config.size()});
  for (const Layer& layer : image.layers) {
    manifest["layers"].push_back(descriptor_json(layer.descriptor));
  }
  put(manifest, "annotations", image.annotations);
  return canonical(manifest);
}

std::string index_json(const Index& index) {
  Json json = {{"schemaVersion", 2}, {"mediaType", core::kIndexType}, {"manifests", Json::array()}};
  for (const ManifestRef& reference : index.manifests) {
    Json entry = descriptor_json(reference.descriptor);
    if (reference.platform) {
      entry["platform"] = platform_json(*reference.platform);
    }
    json["manifests"].push_back(std::move(entry));
  }
  put(json, "annotations", index.annotations);
  return canonical(json);
}

}  // namespace cartwheel::oci
