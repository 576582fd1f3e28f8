#include <algorithm>

#include <fmt/format.h>

#include "oci/image.h"
#include "util/error.h"

namespace cartwheel::oci {

using util::Error;
using util::ErrorKind;

namespace {

constexpr std::size_t kMostLayers =
    120;  // docs/formats.md section 6; graph drivers take 125 to 127

[[noreturn]] void refuse(const Image& image, const std::string& what) {
  throw Error(ErrorKind::internal, fmt::format("image for {}: {}", image.platform.str(), what));
}

// "2024-01-31T12:00:00Z" in shape.
bool is_time(std::string_view text) {
  constexpr std::string_view kShape = "0000-00-00T00:00:00Z";
  return text.size() == kShape.size() &&
         std::ranges::equal(text, kShape, [](char found, char wanted) {
           return wanted == '0' ? found >= '0' && found <= '9' : found == wanted;
         });
}

bool is_port(std::string_view text) {
  std::size_t slash = text.find('/');
  std::string_view number = text.substr(0, slash);
  std::string_view protocol = slash == std::string_view::npos ? "tcp" : text.substr(slash + 1);
  bool is_range = !number.empty() && std::ranges::all_of(number, [](char letter) {
    return (letter >= '0' && letter <= '9') || letter == '-';
  });
  return is_range && (protocol == "tcp" || protocol == "udp" || protocol == "sctp");
}

void check_run_config(const Image& image) {
  for (const std::string& entry :
       image.env) {  // a base may have it without '=', or twice: that is its own affair
    if (entry.empty() || entry[0] == '=' || entry.find('\0') != std::string::npos) {
      refuse(image, fmt::format("env '{}': wanted NAME=VALUE", entry));
    }
  }
  if (!image.working_dir.empty() && image.working_dir[0] != '/') {
    refuse(image, fmt::format("working directory '{}' is not absolute", image.working_dir));
  }
  for (const std::string& port : image.exposed_ports) {
    if (!is_port(port)) {
      refuse(image, fmt::format("port '{}': wanted NUMBER/PROTOCOL", port));
    }
  }
  if (!image.created.empty() && !is_time(image.created)) {
    refuse(image,
           fmt::format("created '{}': wanted RFC 3339 with whole seconds and Z", image.created));
  }
}

void check_structure(const Image& image) {
  if (image.layers.size() > kMostLayers) {
    refuse(image, fmt::format("{} layers: at most {}", image.layers.size(), kMostLayers));
  }
  auto count = static_cast<std::size_t>(std::ranges::count_if(
      image.history, [](const History& entry) { return !entry.empty_layer; }));
  if (count != image.layers.size()) {
    refuse(image,
           fmt::format("history of {} layers, but there are {}", count, image.layers.size()));
  }
  for (const Layer& layer : image.layers) {
    const std::string& type = layer.descriptor.media_type;
    if (type != core::kLayerGzipType && type != core::kLayerZstdType &&
        type != core::kLayerTarType) {
      refuse(image, fmt::format("layer {} has type '{}'", layer.descriptor.digest.str(), type));
    }
    if (type == core::kLayerTarType && layer.descriptor.digest != layer.diff_id) {
      refuse(image,
             fmt::format("plain layer {} has another diff_id", layer.descriptor.digest.str()));
    }
  }
  check_run_config(image);
}

}  // namespace

void check(const Image& image) {
  check_structure(image);
  for (const Layer& layer : image.layers) {
    if (!layer.blob) {
      refuse(image, fmt::format("layer {} has no bytes", layer.descriptor.digest.str()));
    }
    if (layer.blob->digest() != layer.descriptor.digest ||
        layer.blob->size() != layer.descriptor.size) {
      refuse(image,
             fmt::format("layer {} of {} bytes has the bytes of {} of {} bytes",
                         layer.descriptor.digest.str(),
                         layer.descriptor.size,
                         layer.blob->digest().str(),
                         layer.blob->size()));
    }
  }
}

BuiltIndex build_index(std::vector<Image> images, std::map<std::string, std::string> annotations) {
  std::ranges::stable_sort(images, {}, &Image::platform);
  BuiltIndex built;
  built.index.annotations = std::move(annotations);
  for (Image& image : images) {
    check_structure(image);
    if (!built.images.empty() && built.images.back().image.platform == image.platform) {
      refuse(image, "is there twice");
    }
    BuiltImage one;
    one.config = std::make_shared<core::TextBlob>(config_json(image));
    one.manifest = std::make_shared<core::TextBlob>(manifest_json(image));
    one.image = std::move(image);
    built.index.manifests.push_back({one.descriptor(), one.image.platform, ""});
    built.images.push_back(std::move(one));
  }
  built.blob = std::make_shared<core::TextBlob>(index_json(built.index));
  return built;
}

}  // namespace cartwheel::oci
