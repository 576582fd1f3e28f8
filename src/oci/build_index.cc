#include <algorithm>

#include "oci/image.h"

namespace cartwheel::oci {

core::Descriptor BuiltImage::descriptor() const {
  return {.media_type = std::string(core::kManifestType),
          .digest = manifest->digest(),
          .size = manifest->size(),
          .annotations = image.descriptor_annotations};
}

BuiltIndex build_index(std::vector<Image> images, std::map<std::string, std::string> annotations) {
  std::ranges::stable_sort(images, {}, &Image::platform);
  BuiltIndex out;
  for (Image& image : images) {
    check(image);
    BuiltImage built;
    built.config = std::make_shared<core::TextBlob>(config_json(image));
    built.manifest = std::make_shared<core::TextBlob>(manifest_json(image));
    built.image = std::move(image);
    out.index.manifests.push_back(
        {.descriptor = built.descriptor(), .platform = built.image.platform, .raw_platform = ""});
    out.images.push_back(std::move(built));
  }
  out.index.annotations = std::move(annotations);
  out.blob = std::make_shared<core::TextBlob>(index_json(out.index));
  return out;
}

}  // namespace cartwheel::oci
