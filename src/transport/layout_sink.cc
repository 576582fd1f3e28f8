#include "transport/layout_sink.h"

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <mutex>
#include <set>

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "transport/blob_copy.h"
#include "util/error.h"
#include "util/file.h"

namespace cartwheel::transport {

namespace fs = std::filesystem;
using util::Error;
using util::ErrorKind;

namespace {

constexpr const char* kRefName = "org.opencontainers.image.ref.name";
constexpr const char* kVerb = "write";

// Counts what passes for the progress.
class CountingSink : public util::Sink {
 public:
  CountingSink(util::File& file, util::Progress& progress, const std::string& name)
      : file_(file),
        progress_(progress),
        name_(name) {}
  void write(util::Bytes data) override {
    file_.write(data);
    progress_.advance(kVerb, name_, data.size());
  }

 private:
  util::File& file_;
  util::Progress& progress_;
  const std::string& name_;
};

// Holds the layout's folder against other writers of index.json; a lock on the folder itself leaves
// no file behind.
class FolderLock {
 public:
  explicit FolderLock(const fs::path& folder)
      : file_(util::File::open(folder, O_RDONLY | O_DIRECTORY)) {
    while (flock(file_.descriptor(), LOCK_EX) != 0) {
      if (errno != EINTR) {
        throw util::io_error(folder.string(), errno);
      }
    }
  }

 private:
  util::File file_;
};

class LayoutSink : public ImageSink {
 public:
  LayoutSink(const Reference& reference, const SinkOptions& options, util::Progress& progress)
      : root_(reference.path),
        tag_(reference.tag),
        options_(options),
        progress_(progress) {}

  void put_blob(const core::Blob& blob) override {
    begin();
    fs::path path = blob_path(blob.digest());
    if (is_there(blob.digest(), blob.size())) {
      ++present_;
      return;
    }
    std::string name = blob.digest().hex().substr(0, 12);
    fs::path temporary = path.parent_path() / fmt::format(".{}.{}.{}", name, getpid(), counter_++);
    progress_.begin(kVerb, name, blob.size());
    try {
      util::File file = util::File::open(temporary, O_WRONLY | O_CREAT | O_EXCL, 0644);
      CountingSink sink(file, progress_, name);
      copy_blob(blob, sink);
      if (options_.sync) {
        file.sync();
      }
      file.close();
      if (::rename(temporary.c_str(), path.c_str()) != 0) {
        throw util::io_error(path.string(), errno);
      }
    } catch (...) {
      ::unlink(temporary.c_str());
      progress_.end(kVerb, name);
      throw;
    }
    progress_.end(kVerb, name);
    ++written_;
    bytes_ += blob.size();
  }

  WriteResult write(const oci::BuiltIndex& index) override {
    for (const oci::BuiltImage& image : index.images) {
      for (const oci::Layer& layer : image.image.layers) {
        if (!is_there(layer.descriptor.digest, layer.descriptor.size)) {
          put_blob(*layer.blob);
        }
      }
      put_blob(*image.config);
      put_blob(*image.manifest);
    }
    put_blob(*index.blob);
    publish(index);
    return {.bytes_written = bytes_, .blobs_written = written_, .blobs_present = present_};
  }

  bool holds(const core::Digest& index, const std::vector<core::Descriptor>& blobs) override {
    std::optional<std::string> text = util::read_file_if_present(root_ / "index.json");
    if (!text || !names(*text, index) || !is_there(index, std::nullopt)) {
      return false;
    }
    for (const core::Descriptor& blob : blobs) {
      if (!is_there(blob.digest, blob.size)) {
        return false;
      }
    }
    return true;
  }

 private:
  fs::path blob_path(const core::Digest& digest) const {
    return root_ / "blobs" / "sha256" / digest.hex();
  }

  bool is_there(const core::Digest& digest, std::optional<std::uint64_t> size) const {
    struct stat info {};
    return stat(blob_path(digest).c_str(), &info) == 0 && S_ISREG(info.st_mode) &&
           (!size || static_cast<std::uint64_t>(info.st_size) == *size);
  }

  // Makes the folder, or checks that it is a layout.
  void begin() {
    std::call_once(begun_, [&] {
      std::error_code error;
      bool is_layout = fs::exists(root_ / "oci-layout", error);
      bool is_empty = !fs::exists(root_, error) ||
                      (fs::is_directory(root_, error) && fs::is_empty(root_, error));
      bool is_begun =
          fs::exists(root_ / "blobs" / "sha256", error) && !fs::exists(root_ / "index.json", error);
      if (!is_layout && !is_empty && !is_begun) {
        throw Error(ErrorKind::usage,
                    fmt::format("'{}' is neither empty nor an OCI layout: nothing is written there",
                                root_.string()));
      }
      fs::create_directories(root_ / "blobs" / "sha256", error);
      if (error) {
        throw util::io_error(root_.string(), error.value());
      }
    });
  }

  // Whether index.json names the image index under our tag.
  bool names(const std::string& text, const core::Digest& index) const {
    nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
    if (!json.is_object() || !json.contains("manifests") || !json["manifests"].is_array()) {
      return false;
    }
    for (const nlohmann::json& entry : json["manifests"]) {
      nlohmann::json annotations = entry.is_object()
                                       ? entry.value("annotations", nlohmann::json::object())
                                       : nlohmann::json();
      std::string name = annotations.is_object() ? annotations.value(kRefName, "") : "";
      if (entry.is_object() && entry.value("digest", "") == index.str() && name == tag_) {
        return true;
      }
    }
    return false;
  }

  void publish(const oci::BuiltIndex& index) {
    FolderLock lock(root_);
    fs::path path = root_ / "index.json";
    std::string before = util::read_file_if_present(path).value_or("");
    std::string after =
        util::in_context(root_.string(), [&] { return index_with(before, index, tag_); });
    if (!fs::exists(root_ / "oci-layout")) {
      util::write_file(root_ / "oci-layout", kLayoutText, 0644, true);
    }
    if (after != before) {
      util::write_file(path, after, 0644, true);
    }
  }

  fs::path root_;
  std::string tag_;
  SinkOptions options_;
  util::Progress& progress_;
  std::once_flag begun_;
  std::atomic<std::size_t> counter_ = 0, written_ = 0, present_ = 0;
  std::atomic<std::uint64_t> bytes_ = 0;
};

}  // namespace

std::string index_with(const std::string& before,
                       const oci::BuiltIndex& index,
                       const std::string& tag) {
  using nlohmann::json;
  json all = {{"schemaVersion", 2}, {"mediaType", core::kIndexType}, {"manifests", json::array()}};
  if (!before.empty()) {
    all = json::parse(before, nullptr, false);
    if (!all.is_object() || !all.contains("manifests") || !all["manifests"].is_array()) {
      throw Error(ErrorKind::malformed, "index.json: is no image index");
    }
  }
  json entry = {{"mediaType", core::kIndexType},
                {"digest", index.blob->digest().str()},
                {"size", index.blob->size()}};
  if (!tag.empty()) {
    entry["annotations"][kRefName] = tag;
  }
  json kept = json::array();
  for (const json& old : all["manifests"]) {
    json annotations = old.is_object() ? old.value("annotations", json::object()) : json::object();
    std::string name = annotations.is_object() ? annotations.value(kRefName, "") : "";
    bool replaced = tag.empty()
                        ? name.empty() && old.value("digest", "") == index.blob->digest().str()
                        : name == tag;
    if (!replaced) {
      kept.push_back(old);
    }
  }
  kept.push_back(std::move(entry));
  all["manifests"] = std::move(kept);
  return all.dump(-1, ' ', false);
}

std::unique_ptr<ImageSink> make_layout_sink(const Reference& reference,
                                            const SinkOptions& options,
                                            util::Progress& progress) {
  return std::make_unique<LayoutSink>(reference, options, progress);
}

}  // namespace cartwheel::transport
