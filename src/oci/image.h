#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/blob.h"
#include "core/format.h"
#include "core/platform.h"

namespace cartwheel::oci {

// A layer exists only when its digest and diff_id are known.
struct Layer {
  core::Descriptor descriptor;  // with its annotations
  core::Digest diff_id = core::Digest::of(std::string_view());
  std::shared_ptr<const core::Blob> blob;  // null when only the digest matters
};

// config.history (image-spec, config.md).
struct History {
  std::string created, created_by, author, comment;
  bool empty_layer = false;
};

// An image is a value: to change it, assign to its fields.
struct Image {
  core::Platform platform;
  std::string created;  // RFC 3339, seconds, Z
  std::string user, working_dir, stop_signal;
  std::vector<std::string> env;  // NAME=VALUE, in order
  std::vector<std::string> entrypoint, cmd;
  std::vector<std::string> exposed_ports;  // "8000/tcp"
  std::vector<std::string> volumes;
  std::map<std::string, std::string> labels;
  std::string healthcheck;    // JSON object, or ""
  std::vector<Layer> layers;  // base first
  std::vector<History> history;
  std::map<std::string, std::string> annotations;  // of the manifest
  std::map<std::string, std::string>
      descriptor_annotations;  // of its descriptor in the index, beside the platform
  // Members of the base's config that have no field above, as JSON by name: kept. "config." in
  // front: below "config".
  std::map<std::string, std::string> other;
};

std::string config_json(const Image& image);    // canonical; equal images give equal bytes
std::string manifest_json(const Image& image);  // canonical, mediaType present

// Sets NAME=VALUE, in its old place when NAME is there.
void set_env(Image& image, const std::string& name, const std::string& value);

// Reads a config and a manifest (OCI or Docker schema 2; Docker's media types become OCI's, which
// changes no blob). Blobs of the layers are null. Throws Error{malformed}, Error{unsupported} for
// foreign layers and other types.
Image parse_image(std::string_view manifest_json, std::string_view config_json);

// The descriptor of a manifest's config. Throws Error{malformed}.
core::Descriptor config_descriptor(std::string_view manifest_json);

struct ManifestRef {
  core::Descriptor descriptor;
  std::optional<core::Platform> platform;
  std::string raw_platform;  // "linux/s390x" when it is none of ours
};

// An image index or Docker manifest list.
struct Index {
  std::vector<ManifestRef> manifests;
  std::map<std::string, std::string> annotations;
};
std::string index_json(const Index& index);  // canonical; amd64, arm64
Index parse_index(std::string_view json);

// What is wrong with an image before it is written: layers without blob, history that does not
// match, budget above 120 … Throws Error{internal}.
void check(const Image& image);

// An image with its texts, ready to be written.
struct BuiltImage {
  Image image;
  std::shared_ptr<core::TextBlob> config, manifest;
  core::Descriptor descriptor() const;  // of the manifest, with annotations
};
struct BuiltIndex {
  std::vector<BuiltImage> images;  // amd64, arm64
  Index index;
  std::shared_ptr<core::TextBlob> blob;
};
BuiltIndex build_index(std::vector<Image> images, std::map<std::string, std::string> annotations);

}  // namespace cartwheel::oci
