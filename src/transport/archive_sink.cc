// One archive that all programs load (docker, podman, skopeo, containerd; research notes of the
// project): a tar of an OCI layout, in order of bytes of the path,
//
//   blobs/                    blobs/sha256/HEX …        each blob once, layers compressed as they
//   are index.json                the index under its tag, with the names that skopeo (ref.name)
//   and containerd ask for manifest.json             for one platform: what `docker load` and
//   docker-archive: read, pointing at the same blobs oci-layout
//
// Headers as docs/formats.md section 2 has them, so that the same index and tag give the same
// bytes.
#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "archive/tar_writer.h"
#include "core/format.h"
#include "oci/json.h"
#include "transport/layout_index.h"
#include "transport/new_file.h"
#include "transport/sinks.h"
#include "transport/stream_blob.h"
#include "transport/tar_index.h"
#include "util/error.h"
#include "util/file.h"
#include "util/parallel.h"

namespace cartwheel::transport {

using nlohmann::json;
using util::Error;
using util::ErrorKind;
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kIndexLimit = 64 << 20;  // bytes
constexpr const char* kTitle = "org.opencontainers.image.title";

std::string blob_path(const core::Digest& digest) { return "blobs/sha256/" + digest.hex(); }

// "NAME:TAG" when text is one in Docker's eyes, else "".
std::string full_name(const std::string& text) {
  try {
    std::size_t colon = text.find_last_of(":/");
    bool is_full = colon != std::string::npos && text[colon] == ':';
    return is_full ? Reference::parse("docker-archive:x:" + text).tag : "";
  } catch (const Error&) {
    return "";
  }
}

class ArchiveSink : public ImageSink {
 public:
  ArchiveSink(const Reference& reference, const SinkOptions& options, util::Progress& progress)
      : reference_(reference),
        path_(reference.path),
        options_(options),
        progress_(progress) {
    util::in_context(reference_.transport + ":" + reference_.path, [&] { check_path(); });
  }

  void put_blob(const core::Blob&) override {}  // the order in the file is known only at the end
  WriteResult write(const oci::BuiltIndex& index) override;
  bool holds(const core::Digest& index, const std::vector<core::Descriptor>& blobs) override;

 private:
  bool is_docker() const { return reference_.transport == "docker-archive"; }
  std::string tag() const;
  std::string image_name(const oci::BuiltIndex* index) const;
  std::map<std::string, std::string> texts(const oci::BuiltIndex& index) const;
  void check_path() const;
  WriteResult write_file(const oci::BuiltIndex& index);

  Reference reference_;
  fs::path path_;
  SinkOptions options_;
  util::Progress& progress_;
};

void ArchiveSink::check_path() const {
  fs::path folder = path_.has_parent_path() ? path_.parent_path() : ".";
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    throw Error(ErrorKind::not_found, fmt::format("there is no folder '{}'", folder.string()));
  }
  fs::file_status status = fs::status(path_, error);
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    throw Error(ErrorKind::refused, "is no file");
  }
}

// What goes into the annotation ref.name.
std::string ArchiveSink::tag() const {
  if (reference_.tag.empty()) {
    return std::string(kDefaultTag);
  }
  return is_docker() ? reference_.tag.substr(reference_.tag.rfind(':') + 1) : reference_.tag;
}

// NAME:TAG for docker and containerd: the reference's, else localhost/TITLE:TAG, else "".
std::string ArchiveSink::image_name(const oci::BuiltIndex* index) const {
  if (std::string name = full_name(reference_.tag); !name.empty() || index == nullptr) {
    return name;
  }
  auto title = index->index.annotations.find(kTitle);
  return title == index->index.annotations.end()
             ? ""
             : full_name(fmt::format("localhost/{}:{}", title->second, tag()));
}

// Path → content of all members that are no blobs.
std::map<std::string, std::string> ArchiveSink::texts(const oci::BuiltIndex& index) const {
  std::string name = image_name(&index);
  core::Descriptor descriptor{
      std::string(core::kIndexType), index.blob->digest(), index.blob->size(), {}};
  if (!name.empty()) {
    descriptor.annotations[kContainerdName] = name;
  }
  std::map<std::string, std::string> out{
      {"oci-layout", std::string(kLayoutText)},
      {"index.json", with_tag("", descriptor, tag(), "index.json")}};
  if (index.images.size() == 1) {
    const oci::BuiltImage& image = index.images[0];
    json layers = json::array();
    for (const oci::Layer& layer : image.image.layers) {
      layers.push_back(blob_path(layer.descriptor.digest));
    }
    json names = json::array();
    if (!name.empty()) {
      names.push_back(name);
    }
    out["manifest.json"] =
        oci::dump_json(json::array({{{"Config", blob_path(image.config->digest())},
                                     {"RepoTags", names},
                                     {"Layers", std::move(layers)}}}));
  }
  return out;
}

WriteResult ArchiveSink::write(const oci::BuiltIndex& index) {
  reference_.check_platforms(index.images.size());
  return util::in_context(reference_.transport + ":" + reference_.path,
                          [&] { return write_file(index); });
}

WriteResult ArchiveSink::write_file(const oci::BuiltIndex& index) {
  std::map<std::string, std::string> texts = this->texts(index);
  std::vector<const core::Blob*> blobs = blobs_of(index);
  blobs.push_back(index.blob.get());
  std::ranges::sort(blobs, {}, &core::Blob::digest);

  std::map<core::Digest, std::uint64_t> offsets;
  NewFile file(path_.has_parent_path() ? path_.parent_path() : ".");
  std::uint64_t at = 0;
  auto member = [&](const archive::TarEntry& entry) {
    std::string header = archive::tar_header(entry);
    file.write_at(at, util::as_bytes(header));
    std::uint64_t content = at + header.size();
    at = content + entry.size + archive::tar_padding(entry.size);
    return content;
  };
  member({"blobs", archive::EntryKind::directory, 0755, 0, 0, 0, ""});
  member({"blobs/sha256", archive::EntryKind::directory, 0755, 0, 0, 0, ""});
  for (const core::Blob* blob : blobs) {
    offsets[blob->digest()] =
        member({blob_path(blob->digest()), archive::EntryKind::file, 0644, 0, 0, blob->size(), ""});
  }
  for (const auto& [path, text] : texts) {
    file.write_at(member({path, archive::EntryKind::file, 0644, 0, 0, text.size(), ""}),
                  util::as_bytes(text));
  }
  file.resize(at + archive::kTarEnd);

  WriteResult result;
  std::vector<const core::Blob*> order = largest_first(blobs);
  util::parallel_for(order.size(), options_.threads, [&](std::size_t i) {
    stream_blob(*order[i], file, offsets.at(order[i]->digest()), progress_, reference_.str());
  });
  for (const core::Blob* blob : blobs) {
    result.bytes_written += blob->size();
  }
  result.blobs_written = blobs.size();
  if (options_.sync) {
    file.sync();
  }
  file.publish(path_);
  return result;
}

bool ArchiveSink::holds(const core::Digest& index, const std::vector<core::Descriptor>& blobs) {
  try {
    util::File file = util::File::open_read(path_);
    TarIndex tar(file);
    std::optional<TarIndex::Member> at = tar.find("index.json");
    if (!at || at->size > kIndexLimit || !tar.find(blob_path(index))) {
      return false;
    }
    std::string text(at->size, '\0');
    file.read_at(at->offset, std::as_writable_bytes(std::span(text.data(), text.size())));
    std::map<std::string, std::string> names;
    if (std::string name = image_name(nullptr); !name.empty()) {
      names[kContainerdName] = name;
    }
    return has_tag(text, index, tag(), names, "index.json") &&
           std::ranges::all_of(blobs, [&](const core::Descriptor& blob) {
             std::optional<TarIndex::Member> found = tar.find(blob_path(blob.digest));
             return found && found->size == blob.size;
           });
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

std::unique_ptr<ImageSink> make_archive_sink(const Reference& reference,
                                             const SinkOptions& options,
                                             util::Progress& progress) {
  return std::make_unique<ArchiveSink>(reference, options, progress);
}

std::unique_ptr<ImageSink> make_sink(const Reference& reference,
                                     const SinkOptions& options,
                                     util::Progress& progress) {
  return reference.transport == "oci" ? make_layout_sink(reference, options, progress)
                                      : make_archive_sink(reference, options, progress);
}

}  // namespace cartwheel::transport
