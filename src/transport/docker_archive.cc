#include "transport/docker_archive.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/format.h"
#include "oci/json.h"
#include "oci/members.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::transport {

using nlohmann::json;
using util::Error;
using util::ErrorKind;

namespace {

const std::string kManifest = "manifest.json";

// Docker leaves out what is its own default.
std::string_view familiar(std::string_view name) {
  for (std::string_view front : {"docker.io/library/", "docker.io/"}) {
    if (name.starts_with(front)) {
      name.remove_prefix(front.size());
    }
  }
  return name;
}

json choose(const json& images, const std::string& tag) {
  std::vector<std::string> names;
  for (const json& image : images) {
    for (const std::string& name :
         oci::texts_member(oci::object(image, kManifest), "RepoTags", kManifest)) {
      if (!tag.empty() && familiar(name) == familiar(tag)) {
        return image;
      }
      names.push_back(name);
    }
  }
  if (!tag.empty()) {
    throw Error(ErrorKind::not_found,
                fmt::format("no image '{}', only: {}", tag, util::join(names, ", ")));
  }
  if (images.size() != 1) {
    throw Error(
        ErrorKind::usage,
        fmt::format("holds {} images, name one of: {}", images.size(), util::join(names, ", ")));
  }
  return images[0];
}

// The digest that stands in a path: "blobs/sha256/HEX", "HEX.json", "sha256:HEX".
std::optional<core::Digest> digest_in(std::string_view path) {
  std::string_view name = path.substr(path.find_last_of("/:") + 1);
  return core::Digest::from_hex(name.substr(0, name.find('.')));
}

std::string_view type_of(const util::RandomAccess& file) {
  std::array<std::byte, 4> first{};
  if (file.size() >= first.size()) {
    file.read_at(0, first);
  }
  if (util::as_text(first).starts_with("\x1f\x8b")) {
    return core::kLayerGzipType;
  }
  return util::as_text(first) == "\x28\xb5\x2f\xfd" ? core::kLayerZstdType : core::kLayerTarType;
}

core::Digest hash(const util::RandomAccess& file) {
  core::Hasher hasher;
  std::vector<std::byte> buffer(256 << 10);
  for (std::uint64_t at = 0; at < file.size(); at += buffer.size()) {
    util::MutableBytes part =
        util::MutableBytes(buffer).first(std::min<std::uint64_t>(buffer.size(), file.size() - at));
    file.read_at(at, part);
    hasher.update(part);
  }
  return hasher.finish();
}

core::Descriptor describe(const Container& container,
                          const std::string& path,
                          const core::Digest& diff_id) {
  std::shared_ptr<const util::RandomAccess> file = container.open(path);
  std::string type(type_of(*file));
  if (type == core::kLayerTarType) {
    return {type, diff_id, file->size(), {}};
  }
  std::optional<core::Digest> named = path.starts_with("blobs/") ? digest_in(path) : std::nullopt;
  return {type, named ? *named : hash(*file), file->size(), {}};
}

}  // namespace

oci::Image read_docker_archive(const std::shared_ptr<const Container>& container,
                               const std::string& tag) {
  json images = oci::parse_json(container->read(kManifest), kManifest);
  if (!images.is_array()) {
    throw Error(ErrorKind::malformed, kManifest + ": is no list");
  }
  json chosen = choose(images, tag);
  std::string config_path = oci::text_member(chosen, "Config", kManifest);
  std::string config = container->read(config_path);
  core::Descriptor config_descriptor{
      std::string(core::kConfigType), core::Digest::of(config), config.size(), {}};
  std::optional<core::Digest> named = digest_in(config_path);
  if (named && *named != config_descriptor.digest) {
    throw Error(ErrorKind::integrity,
                fmt::format("'{}' has digest {}", config_path, config_descriptor.digest.str()));
  }

  std::vector<std::string> paths = oci::texts_member(chosen, "Layers", kManifest);
  json parsed = oci::parse_json(config, config_path);
  json rootfs = oci::object(parsed, config_path).value("rootfs", json::object());
  std::vector<std::string> diff_ids =
      oci::texts_member(oci::object(rootfs, config_path), "diff_ids", config_path);
  if (paths.size() != diff_ids.size()) {
    throw Error(ErrorKind::malformed,
                fmt::format("{}: {} layers, but the config has {} diff_ids",
                            kManifest,
                            paths.size(),
                            diff_ids.size()));
  }
  json layers = json::array();
  for (std::size_t i = 0; i < paths.size(); ++i) {
    layers.push_back(
        oci::descriptor_json(describe(*container, paths[i], core::Digest::parse(diff_ids[i]))));
  }
  json manifest = {{"schemaVersion", 2},
                   {"config", oci::descriptor_json(config_descriptor)},
                   {"layers", layers}};
  oci::Image image = oci::parse_image(oci::dump_json(manifest), config);
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const core::Descriptor& descriptor = image.layers[i].descriptor;
    image.layers[i].blob = container_blob(container, paths[i], descriptor.digest, descriptor.size);
  }
  return image;
}

}  // namespace cartwheel::transport
