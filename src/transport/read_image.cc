#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "oci/image.h"
#include "transport/container.h"
#include "transport/docker_archive.h"
#include "transport/layout_index.h"
#include "transport/transport.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::transport {

using util::Error;
using util::ErrorKind;

namespace {

constexpr int kDeepest = 8;  // indexes within indexes

bool is_index(const std::string& type) {
  return type == core::kIndexType ||
         type == "application/vnd.docker.distribution.manifest.list.v2+json";
}

bool is_manifest(const std::string& type) {
  return type == core::kManifestType ||
         type == "application/vnd.docker.distribution.manifest.v2+json";
}

Error no_such_platform(const core::Platform& wanted, const std::vector<std::string>& offered) {
  return {ErrorKind::not_found,
          fmt::format("no image for {}, only: {}", wanted.str(), util::join(offered, ", "))};
}

class LayoutReader {
 public:
  LayoutReader(std::shared_ptr<const Container> container, const std::string& tag)
      : container_(std::move(container)) {
    check_layout_text(container_->read("oci-layout"), "oci-layout");
    oci::Index index = util::in_context(
        "index.json", [&] { return oci::parse_index(container_->read("index.json")); });
    choose(std::move(index.manifests), tag);
    visit(chosen_, 0);
  }

  // What is offered, in the index's order; foreign platforms as text in `others`.
  std::vector<std::pair<core::Platform, core::Descriptor>> images;
  std::vector<std::string> others;

  // Of the manifest for this platform.
  const core::Descriptor& find(const core::Platform& platform) const {
    std::vector<std::string> offered = others;
    for (const auto& [found, descriptor] : images) {
      if (found == platform) {
        return descriptor;
      }
      offered.push_back(found.str());
    }
    throw no_such_platform(platform, offered);
  }

  oci::Image read(const core::Descriptor& descriptor) const {
    std::string manifest = container_->read_blob(descriptor);
    oci::Image image =
        oci::parse_image(manifest, container_->read_blob(oci::config_descriptor(manifest)));
    for (oci::Layer& layer : image.layers) {
      layer.blob = container_blob(container_,
                                  "blobs/sha256/" + layer.descriptor.digest.hex(),
                                  layer.descriptor.digest,
                                  layer.descriptor.size);
    }
    return image;
  }

 private:
  void choose(std::vector<oci::ManifestRef> refs, const std::string& tag) {
    std::set<std::string> tags;
    for (oci::ManifestRef& ref : refs) {
      auto name = ref.descriptor.annotations.find(kRefName);
      tags.insert(name == ref.descriptor.annotations.end() ? "" : name->second);
      if (tag.empty() || (name != ref.descriptor.annotations.end() && name->second == tag)) {
        chosen_.push_back(std::move(ref));
      }
    }
    std::vector<std::string> names(tags.begin(), tags.end());
    std::erase(names, "");
    if (chosen_.empty()) {
      throw Error(ErrorKind::not_found,
                  tag.empty() ? "holds no image"
                              : fmt::format("no tag '{}'{}, only: {}",
                                            tag,
                                            util::did_you_mean(tag, names),
                                            util::join(names, ", ")));
    }
    if (tag.empty() && tags.size() > 1) {
      throw Error(ErrorKind::usage,
                  fmt::format("holds several images, name a tag: {}", util::join(names, ", ")));
    }
  }

  void visit(const std::vector<oci::ManifestRef>& refs, int depth) {
    if (depth > kDeepest) {
      throw Error(ErrorKind::malformed,
                  fmt::format("indexes within indexes, more than {} deep", kDeepest));
    }
    for (const oci::ManifestRef& ref : refs) {
      if (is_index(ref.descriptor.media_type)) {
        visit(oci::parse_index(container_->read_blob(ref.descriptor)).manifests, depth + 1);
      } else if (ref.platform) {
        images.emplace_back(*ref.platform, ref.descriptor);
      } else if (!ref.raw_platform.empty()) {
        others.push_back(ref.raw_platform);
      } else if (is_manifest(ref.descriptor.media_type)) {
        visit_without_platform(ref.descriptor);
      }
    }
  }

  // Only the config tells what it is for; an artifact has none.
  void visit_without_platform(const core::Descriptor& descriptor) {
    std::string manifest = container_->read_blob(descriptor);
    try {
      images.emplace_back(
          oci::parse_image(manifest, container_->read_blob(oci::config_descriptor(manifest)))
              .platform,
          descriptor);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::unsupported) {
        throw;
      }
      others.push_back(error.what());
    }
  }

  std::shared_ptr<const Container> container_;
  std::vector<oci::ManifestRef> chosen_;
};

}  // namespace

oci::Image read_image(const Reference& reference, const core::Platform& platform) {
  return util::in_context(reference.str(), [&] {
    std::shared_ptr<const Container> container = open_container(reference);
    oci::Image image;
    if (reference.transport == "docker-archive") {
      image = read_docker_archive(container, reference.tag);
      if (image.platform != platform) {
        throw no_such_platform(platform, {image.platform.str()});
      }
      return image;
    }
    LayoutReader reader(container, reference.tag);
    image = reader.read(reader.find(platform));
    if (image.platform != platform) {
      throw Error(
          ErrorKind::malformed,
          fmt::format("the index says {}, the image {}", platform.str(), image.platform.str()));
    }
    return image;
  });
}

core::Digest manifest_digest(const Reference& reference, const core::Platform& platform) {
  if (reference.transport == "docker-archive") {
    return core::Digest::of(oci::config_json(read_image(reference, platform)));
  }
  return util::in_context(reference.str(), [&] {
    return LayoutReader(open_container(reference), reference.tag).find(platform).digest;
  });
}

}  // namespace cartwheel::transport
