#include <algorithm>
#include <filesystem>
#include <map>

#include <fmt/format.h>

#include "archive/read_archive.h"
#include "transport/transport.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace cartwheel::transport {

namespace fs = std::filesystem;
using util::Error;
using util::ErrorKind;

namespace {

constexpr std::uint64_t kMostText = 64ULL << 20;  // bytes of an index, manifest or config
constexpr const char* kRefName = "org.opencontainers.image.ref.name";

class FileBlob : public core::Blob {
 public:
  FileBlob(fs::path path, core::Digest digest, std::uint64_t size)
      : path_(std::move(path)),
        digest_(digest),
        size_(size) {}
  const core::Digest& digest() const override { return digest_; }
  std::uint64_t size() const override { return size_; }
  std::unique_ptr<util::Source> open() const override {
    return std::make_unique<util::FileSource>(path_);
  }

 private:
  fs::path path_;
  core::Digest digest_;
  std::uint64_t size_;
};

// The files of a layout: a folder, or a tar unpacked into a folder of our own that lives as long as
// its blobs.
struct Layout {
  fs::path root;
  std::shared_ptr<util::TempDir> unpacked;

  fs::path blob_path(const core::Digest& digest) const {
    return root / "blobs" / "sha256" / digest.hex();
  }

  std::string text(const core::Descriptor& descriptor) const {
    std::string text = util::read_file(blob_path(descriptor.digest), kMostText);
    if (core::Digest::of(text) != descriptor.digest) {
      throw Error(ErrorKind::integrity,
                  fmt::format("blob {}: its bytes have another digest", descriptor.digest.str()));
    }
    return text;
  }
};

// Keeps an unpacked archive's folder while the blob lives.
class OwningBlob : public FileBlob {
 public:
  OwningBlob(const Layout& layout, const core::Descriptor& descriptor)
      : FileBlob(layout.blob_path(descriptor.digest), descriptor.digest, descriptor.size),
        folder_(layout.unpacked) {}

 private:
  std::shared_ptr<util::TempDir> folder_;
};

Layout unpack(const Reference& reference) {
  Layout layout;
  layout.unpacked = std::make_shared<util::TempDir>();
  layout.root = layout.unpacked->path();
  util::FileSource file(reference.path);
  archive::read_tar(
      file, reference.path, [&](const archive::ReadEntry& entry, util::Source& content) {
        bool blob = entry.path.starts_with("blobs/sha256/") &&
                    entry.path.find('/', 13) == std::string::npos;
        if (entry.kind != archive::ReadEntry::Kind::file ||
            (!blob && entry.path != "index.json" && entry.path != "oci-layout")) {
          return;
        }
        fs::create_directories((layout.root / entry.path).parent_path());
        util::File out = util::File::create(layout.root / entry.path);
        util::FileSink sink(out);
        util::copy(content, sink);
      });
  return layout;
}

Layout open_layout(const Reference& reference) {
  Layout layout;
  if (reference.transport == "oci") {
    layout.root = reference.path;
  } else {
    layout = unpack(reference);
  }
  if (!fs::exists(layout.root / "index.json")) {
    throw Error(ErrorKind::not_found,
                fmt::format("{}: holds no OCI layout (index.json)", reference.str()));
  }
  return layout;
}

std::string tag_of(const oci::ManifestRef& reference) {
  auto found = reference.descriptor.annotations.find(kRefName);
  return found == reference.descriptor.annotations.end() ? "" : found->second;
}

// The entries of index.json that the reference means: those of its tag, else all of the only tag.
std::vector<oci::ManifestRef> entries_of(const Layout& layout, const Reference& reference) {
  oci::Index index = oci::parse_index(util::read_file(layout.root / "index.json", kMostText));
  std::vector<std::string> tags;
  for (const oci::ManifestRef& entry : index.manifests) {
    tags.push_back(tag_of(entry));
  }
  std::ranges::sort(tags);
  tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
  std::string wanted = reference.tag;
  if (wanted.empty() && tags.size() > 1) {
    throw Error(
        ErrorKind::usage,
        fmt::format("{}: name one of its tags: {}", reference.str(), util::join(tags, ", ")));
  }
  std::vector<oci::ManifestRef> out;
  for (const oci::ManifestRef& entry : index.manifests) {
    if (wanted.empty() || tag_of(entry) == wanted) {
      out.push_back(entry);
    }
  }
  if (out.empty()) {
    throw Error(
        ErrorKind::not_found,
        fmt::format(
            "{}: has no tag '{}'{}", reference.str(), wanted, util::did_you_mean(wanted, tags)));
  }
  return out;
}

// Manifests below the entries; an index in an index is followed, a few levels deep.
std::vector<core::Descriptor> manifests_below(const Layout& layout,
                                              const std::vector<oci::ManifestRef>& entries,
                                              int depth) {
  constexpr int kDeepest = 4;
  std::vector<core::Descriptor> out;
  for (const oci::ManifestRef& entry : entries) {
    if (entry.descriptor.media_type == core::kManifestType) {
      out.push_back(entry.descriptor);
    } else if (entry.descriptor.media_type == core::kIndexType && depth < kDeepest) {
      std::vector<oci::ManifestRef> inner =
          oci::parse_index(layout.text(entry.descriptor)).manifests;
      std::vector<core::Descriptor> below = manifests_below(layout, inner, depth + 1);
      out.insert(out.end(), below.begin(), below.end());
    }
  }
  return out;
}

// The images of the reference that are for a platform of ours.
std::vector<oci::Image> images_of(const Layout& layout, const Reference& reference) {
  std::vector<oci::Image> out;
  for (const core::Descriptor& descriptor :
       manifests_below(layout, entries_of(layout, reference), 0)) {
    std::string manifest = layout.text(descriptor);
    try {
      oci::Image image = oci::parse_image(manifest, layout.text(oci::config_descriptor(manifest)));
      for (oci::Layer& layer : image.layers) {
        layer.blob = std::make_shared<OwningBlob>(layout, layer.descriptor);
      }
      out.push_back(std::move(image));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::unsupported) {
        throw;  // an image for another system is no fault of the layout
      }
    }
  }
  return out;
}

}  // namespace

oci::Image read_image(const Reference& reference, const core::Platform& platform) {
  return util::in_context(reference.str(), [&] {
    Layout layout = open_layout(reference);
    std::vector<std::string> offered;
    for (oci::Image& image : images_of(layout, reference)) {
      if (image.platform == platform) {
        return std::move(image);
      }
      offered.push_back(image.platform.str());
    }
    throw Error(
        ErrorKind::not_found,
        fmt::format("no image for {}: it offers {}", platform.str(), util::join(offered, ", ")));
  });
}

std::vector<core::Platform> platforms(const Reference& reference) {
  std::vector<core::Platform> out;
  for (const oci::Image& image : images_of(open_layout(reference), reference)) {
    out.push_back(image.platform);
  }
  std::ranges::sort(out);
  return out;
}

}  // namespace cartwheel::transport
