#include "transport/container.h"

#include <algorithm>

#include <fmt/format.h>

#include "transport/tar_index.h"
#include "util/error.h"
#include "util/file.h"

namespace cartwheel::transport {

using util::Error;
using util::ErrorKind;
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kMostText = 64 << 20;  // bytes of a manifest, config or index

Error absent(const std::string& path) {
  return {ErrorKind::not_found, fmt::format("'{}' is not there", path)};
}

class FolderContainer : public Container {
 public:
  explicit FolderContainer(fs::path folder) : folder_(std::move(folder)) {
    std::error_code error;
    if (!fs::is_directory(folder_, error)) {
      throw Error(ErrorKind::not_found, "there is no such folder");
    }
  }

  std::optional<std::uint64_t> find(const std::string& path) const override {
    std::error_code error;
    fs::path file = folder_ / path;
    bool is_file = fs::is_regular_file(file, error);
    std::uint64_t size = is_file ? fs::file_size(file, error) : 0;
    return is_file && !error ? std::optional(size) : std::nullopt;
  }

  std::shared_ptr<const util::RandomAccess> open(const std::string& path) const override {
    if (!find(path)) {  // a folder or a device of that name is no blob
      throw absent(path);
    }
    return std::make_shared<util::File>(util::File::open_read(folder_ / path));
  }

 private:
  fs::path folder_;
};

class Slice : public util::RandomAccess {
 public:
  Slice(std::shared_ptr<const util::RandomAccess> file, TarIndex::Member member)
      : file_(std::move(file)),
        member_(member) {}
  std::uint64_t size() const override { return member_.size; }
  void read_at(std::uint64_t offset, util::MutableBytes buffer) const override {
    if (offset > member_.size || buffer.size() > member_.size - offset) {
      throw Error(ErrorKind::malformed, "a member of the archive ends too early");
    }
    file_->read_at(member_.offset + offset, buffer);
  }

 private:
  std::shared_ptr<const util::RandomAccess> file_;
  TarIndex::Member member_;
};

class ArchiveContainer : public Container {
 public:
  explicit ArchiveContainer(const fs::path& path)
      : file_(std::make_shared<util::File>(util::File::open_read(path))),
        index_(*file_) {}

  std::optional<std::uint64_t> find(const std::string& path) const override {
    std::optional<TarIndex::Member> member = index_.find(path);
    return member ? std::optional(member->size) : std::nullopt;
  }

  std::shared_ptr<const util::RandomAccess> open(const std::string& path) const override {
    std::optional<TarIndex::Member> member = index_.find(path);
    if (!member) {
      throw absent(path);
    }
    return std::make_shared<Slice>(file_, *member);
  }

 private:
  std::shared_ptr<const util::File> file_;
  TarIndex index_;
};

Error wrong_digest(const std::string& path, const core::Digest& wanted, const core::Digest& found) {
  return {ErrorKind::integrity,
          fmt::format("'{}' has digest {}, wanted {}", path, found.str(), wanted.str())};
}

class CheckedSource : public util::Source {
 public:
  CheckedSource(std::shared_ptr<const util::RandomAccess> file,
                std::string path,
                const core::Digest& digest)
      : file_(std::move(file)),
        path_(std::move(path)),
        digest_(digest),
        size_(file_->size()) {}

  std::size_t read(util::MutableBytes buffer) override {
    util::MutableBytes part =
        buffer.first(std::min<std::uint64_t>(buffer.size(), size_ - position_));
    file_->read_at(position_, part);
    hasher_.update(part);
    position_ += part.size();
    if (position_ == size_ && !checked_) {
      checked_ = true;
      core::Digest found = hasher_.finish();
      if (found != digest_) {
        throw wrong_digest(path_, digest_, found);
      }
    }
    return part.size();
  }

 private:
  std::shared_ptr<const util::RandomAccess> file_;
  std::string path_;
  core::Digest digest_;
  core::Hasher hasher_;
  std::uint64_t size_, position_ = 0;
  bool checked_ = false;
};

class ContainerBlob : public core::Blob {
 public:
  ContainerBlob(std::shared_ptr<const Container> container,
                std::string path,
                const core::Digest& digest,
                std::uint64_t size)
      : container_(std::move(container)),
        path_(std::move(path)),
        digest_(digest),
        size_(size) {}
  const core::Digest& digest() const override { return digest_; }
  std::uint64_t size() const override { return size_; }
  std::unique_ptr<util::Source> open() const override {
    return std::make_unique<CheckedSource>(container_->open(path_), path_, digest_);
  }

 private:
  std::shared_ptr<const Container> container_;
  std::string path_;
  core::Digest digest_;
  std::uint64_t size_;
};

}  // namespace

std::string Container::read(const std::string& path) const {
  std::shared_ptr<const util::RandomAccess> file = open(path);
  if (file->size() > kMostText) {
    throw Error(ErrorKind::malformed, fmt::format("'{}' is longer than {} bytes", path, kMostText));
  }
  std::string text(file->size(), '\0');
  file->read_at(0, std::as_writable_bytes(std::span(text.data(), text.size())));
  return text;
}

std::string Container::read_blob(const core::Descriptor& descriptor) const {
  std::string path = "blobs/sha256/" + descriptor.digest.hex();
  std::string text = read(path);
  if (text.size() != descriptor.size) {
    throw Error(ErrorKind::integrity,
                fmt::format("'{}' has {} bytes, wanted {}", path, text.size(), descriptor.size));
  }
  if (core::Digest found = core::Digest::of(text); found != descriptor.digest) {
    throw wrong_digest(path, descriptor.digest, found);
  }
  return text;
}

std::shared_ptr<const Container> open_container(const Reference& reference) {
  if (reference.transport == "oci") {
    return std::make_shared<FolderContainer>(reference.path);
  }
  return std::make_shared<ArchiveContainer>(reference.path);
}

std::shared_ptr<core::Blob> container_blob(std::shared_ptr<const Container> container,
                                           const std::string& path,
                                           const core::Digest& digest,
                                           std::uint64_t size) {
  std::optional<std::uint64_t> found = container->find(path);
  if (!found) {
    throw absent(path);
  }
  if (*found != size) {
    throw Error(ErrorKind::integrity,
                fmt::format("'{}' has {} bytes, wanted {}", path, *found, size));
  }
  return std::make_shared<ContainerBlob>(std::move(container), path, digest, size);
}

}  // namespace cartwheel::transport
