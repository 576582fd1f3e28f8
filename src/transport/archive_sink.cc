#include "transport/archive_sink.h"

#include <cerrno>
#include <filesystem>
#include <map>

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "archive/tar_writer.h"
#include "transport/blob_copy.h"
#include "transport/layout_sink.h"
#include "util/error.h"
#include "util/file.h"

namespace cartwheel::transport {

namespace fs = std::filesystem;
using nlohmann::json;
using util::Error;
using util::ErrorKind;

namespace {

// Appends entries to a tar file.
class TarFile {
 public:
  explicit TarFile(util::File& file) : sink_(file) {}

  void folder(const std::string& path) {
    sink_.write(util::as_bytes(
        archive::tar_header({.path = path, .kind = archive::EntryKind::directory, .mode = 0755})));
  }
  void text(const std::string& path, const std::string& content) {
    core::TextBlob blob(content);
    this->blob(path, blob);
  }
  void blob(const std::string& path, const core::Blob& blob) {
    sink_.write(
        util::as_bytes(archive::tar_header({.path = path, .mode = 0644, .size = blob.size()})));
    copy_blob(blob, sink_);
    sink_.write(util::as_bytes(std::string(archive::tar_padding(blob.size()), '\0')));
    bytes_ += blob.size();
  }
  void end() { sink_.write(util::as_bytes(std::string(archive::kTarEnd, '\0'))); }
  std::uint64_t bytes() const { return bytes_; }

 private:
  util::FileSink sink_;
  std::uint64_t bytes_ = 0;
};

std::string blob_name(const core::Digest& digest) { return "blobs/sha256/" + digest.hex(); }

class ArchiveSink : public ImageSink {
 public:
  ArchiveSink(const Reference& reference, util::Progress& progress)
      : reference_(reference),
        progress_(progress) {}

  // A tar is written in one go: blobs are streamed by write().
  void put_blob(const core::Blob& /*blob*/) override {}

  WriteResult write(const oci::BuiltIndex& index) override {
    bool docker = reference_.transport == "docker-archive";
    if (docker && index.images.size() != 1) {
      throw Error(ErrorKind::usage,
                  fmt::format("{}: takes one platform, and {} are built: choose with --platform",
                              reference_.str(),
                              index.images.size()));
    }
    fs::path path = reference_.path;
    fs::path temporary =
        path.parent_path() / fmt::format(".{}.{}", path.filename().string(), getpid());
    WriteResult result;
    progress_.begin("write", path.filename().string(), std::nullopt);
    try {
      util::File file = util::File::open(temporary, O_WRONLY | O_CREAT | O_TRUNC, 0644);
      result = write_tar(index, file);
      file.sync();
      file.close();
      if (::rename(temporary.c_str(), path.c_str()) != 0) {
        throw util::io_error(path.string(), errno);
      }
    } catch (...) {
      ::unlink(temporary.c_str());
      progress_.end("write", path.filename().string());
      throw;
    }
    progress_.advance("write", path.filename().string(), result.bytes_written);
    progress_.end("write", path.filename().string());
    return result;
  }

  // What an archive holds is not looked up: it is written again.
  bool holds(const core::Digest& /*index*/,
             const std::vector<core::Descriptor>& /*blobs*/) override {
    return false;
  }

 private:
  WriteResult write_tar(const oci::BuiltIndex& index, util::File& file) const {
    TarFile tar(file);
    std::map<core::Digest, const core::Blob*> blobs = all_blobs(index);
    tar.folder("blobs");
    tar.folder("blobs/sha256");
    for (const auto& [digest, blob] : blobs) {
      tar.blob(blob_name(digest), *blob);
    }
    tar.text("index.json", index_text(index));
    if (index.images.size() == 1) {
      tar.text("manifest.json", docker_manifest(index.images[0]));
    }
    tar.text("oci-layout", kLayoutText);
    tar.end();
    return {.bytes_written = tar.bytes(), .blobs_written = blobs.size(), .blobs_present = 0};
  }

  static std::map<core::Digest, const core::Blob*> all_blobs(const oci::BuiltIndex& index) {
    std::map<core::Digest, const core::Blob*> blobs;
    for (const oci::BuiltImage& image : index.images) {
      for (const oci::Layer& layer : image.image.layers) {
        blobs.emplace(layer.descriptor.digest, layer.blob.get());
      }
      blobs.emplace(image.config->digest(), image.config.get());
      blobs.emplace(image.manifest->digest(), image.manifest.get());
    }
    if (index.images.size() > 1) {
      blobs.emplace(index.blob->digest(), index.blob.get());
    }
    return blobs;
  }

  // docker-archive's NAME:TAG, with podman's and docker's defaults filled in.
  std::string image_name() const {
    std::string name = reference_.tag;
    if (name.empty()) {
      return "";
    }
    std::size_t slash = name.rfind('/');
    bool has_tag = name.find(':', slash == std::string::npos ? 0 : slash) != std::string::npos;
    return has_tag ? name : name + ":latest";
  }

  // One platform: its manifest itself, which every loader takes; several: their index.
  std::string index_text(const oci::BuiltIndex& index) const {
    if (index.images.size() > 1) {
      return index_with("", index, reference_.tag);
    }
    core::Descriptor manifest = index.images[0].descriptor();
    json entry = {{"mediaType", manifest.media_type},
                  {"digest", manifest.digest.str()},
                  {"size", manifest.size}};
    if (reference_.transport == "docker-archive" && !reference_.tag.empty()) {
      std::string name = image_name();
      entry["annotations"]["io.containerd.image.name"] = name;
      entry["annotations"]["org.opencontainers.image.ref.name"] = name.substr(name.rfind(':') + 1);
    } else if (!reference_.tag.empty()) {
      entry["annotations"]["org.opencontainers.image.ref.name"] = reference_.tag;
    }
    json all = {
        {"schemaVersion", 2}, {"mediaType", core::kIndexType}, {"manifests", json::array({entry})}};
    return all.dump(-1, ' ', false);
  }

  std::string docker_manifest(const oci::BuiltImage& image) const {
    json entry = {{"Config", blob_name(image.config->digest())},
                  {"RepoTags", json::array()},
                  {"Layers", json::array()}};
    if (reference_.transport == "docker-archive" && !reference_.tag.empty()) {
      entry["RepoTags"].push_back(image_name());
    }
    for (const oci::Layer& layer : image.image.layers) {
      entry["Layers"].push_back(blob_name(layer.descriptor.digest));
    }
    return json::array({entry}).dump(-1, ' ', false);
  }

  Reference reference_;
  util::Progress& progress_;
};

}  // namespace

std::unique_ptr<ImageSink> make_archive_sink(const Reference& reference, util::Progress& progress) {
  return std::make_unique<ArchiveSink>(reference, progress);
}

}  // namespace cartwheel::transport
