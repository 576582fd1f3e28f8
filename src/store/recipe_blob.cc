#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "store/recipe.h"
#include "util/error.h"

namespace cartwheel::store {

using util::Error;
using util::ErrorKind;

namespace {

// Reads of at least kDirectSize go straight into the caller's buffer; shorter ones come out of a
// window, because a wheel of small files has many short ranges close to each other.
constexpr std::size_t kDirectSize = 32 << 10;
constexpr std::size_t kWindowSize = 256 << 10;

// Reads one wheel forwards, mostly.
class WindowReader {
 public:
  WindowReader(std::unique_ptr<util::File> file, std::uint64_t size)
      : file_(std::move(file)),
        size_(size),
        window_(kWindowSize) {}

  void read(std::uint64_t offset, util::MutableBytes out) {
    if (out.size() >= kDirectSize) {
      file_->read_at(offset, out);
      return;
    }
    if (offset < begin_ || offset + out.size() > begin_ + filled_) {
      begin_ = offset;
      filled_ = static_cast<std::size_t>(std::min<std::uint64_t>(kWindowSize, size_ - offset));
      file_->read_at(begin_, util::MutableBytes(window_).first(filled_));
    }
    std::memcpy(out.data(), window_.data() + (offset - begin_), out.size());
  }

 private:
  std::unique_ptr<util::File> file_;
  std::uint64_t size_;
  std::vector<std::byte> window_;
  std::uint64_t begin_ = 0;  // of the window, in the file
  std::size_t filled_ = 0;
};

Error missing(const Recipe& recipe, const core::Digest& digest) {
  return Error(
      ErrorKind::not_found,
      fmt::format(
          "{}, of which layer {} is made, is not in the store", digest.str(), recipe.blob.str()));
}

std::unique_ptr<util::File> open_source(const Recipe& recipe,
                                        std::size_t source,
                                        const Store& store,
                                        const Elsewhere& elsewhere) {
  const Recipe::Source& wanted = recipe.sources[source];
  std::unique_ptr<util::File> file = store.find(wanted.digest);
  if (!file && elsewhere) {
    file = elsewhere(wanted.digest);
  }
  if (!file) {
    throw missing(recipe, wanted.digest);
  }
  if (file->size() != wanted.size) {
    throw Error(ErrorKind::integrity,
                fmt::format("'{}': wanted {} bytes of {}, found {}",
                            file->path().string(),
                            wanted.size,
                            wanted.digest.str(),
                            file->size()));
  }
  return file;
}

class RecipeSource : public util::Source {
 public:
  RecipeSource(std::shared_ptr<const Recipe> recipe,
               std::shared_ptr<const Store> store,
               Elsewhere elsewhere)
      : recipe_(std::move(recipe)),
        store_(std::move(store)),
        elsewhere_(std::move(elsewhere)) {
    for (const Recipe::Source& source : recipe_->sources) {
      if (!store_->has(source.digest) && !(elsewhere_ && elsewhere_(source.digest))) {
        throw missing(*recipe_, source.digest);
      }
    }
  }

  std::size_t read(util::MutableBytes buffer) override {
    std::size_t filled = 0;
    while (filled < buffer.size() && op_ < recipe_->ops.size()) {
      const Recipe::Op& op = recipe_->ops[op_];
      auto count = static_cast<std::size_t>(
          std::min<std::uint64_t>(buffer.size() - filled, op.length - done_));
      util::MutableBytes out = buffer.subspan(filled, count);
      if (op.is_range) {
        reader(op.source).read(op.offset + done_, out);
      } else {
        std::memcpy(out.data(), recipe_->literals.data() + literal_, count);
        literal_ += count;
      }
      filled += count;
      done_ += count;
      if (done_ == op.length) {
        ++op_;
        done_ = 0;
      }
    }
    return filled;
  }

 private:
  // One file open at a time: the ranges of a layer come wheel by wheel.
  WindowReader& reader(std::size_t source) {
    if (!reader_ || source != reader_source_) {
      std::uint64_t size = recipe_->sources[source].size;
      reader_.emplace(open_source(*recipe_, source, *store_, elsewhere_), size);
      reader_source_ = source;
    }
    return *reader_;
  }

  std::shared_ptr<const Recipe> recipe_;
  std::shared_ptr<const Store> store_;
  Elsewhere elsewhere_;
  std::size_t op_ = 0;
  std::uint64_t done_ = 0;  // bytes of that op
  std::size_t literal_ = 0;
  std::optional<WindowReader> reader_;
  std::size_t reader_source_ = 0;
};

class RecipeBlob : public core::Blob {
 public:
  RecipeBlob(Recipe recipe, std::shared_ptr<const Store> store, Elsewhere elsewhere)
      : recipe_(std::make_shared<const Recipe>(std::move(recipe))),
        store_(std::move(store)),
        elsewhere_(std::move(elsewhere)) {}

  const core::Digest& digest() const override { return recipe_->blob; }
  std::uint64_t size() const override { return recipe_->size; }
  std::unique_ptr<util::Source> open() const override {
    return std::make_unique<RecipeSource>(recipe_, store_, elsewhere_);
  }
  bool give_pieces(Pieces& out) const override;

 private:
  std::shared_ptr<const Recipe> recipe_;
  std::shared_ptr<const Store> store_;
  Elsewhere elsewhere_;
};

bool RecipeBlob::give_pieces(Pieces& out) const {
  // What lies elsewhere may have changed since the layer was made: it is hashed on its way.
  if (elsewhere_ || !store_->is_made_here(recipe_->blob)) {
    return false;
  }
  std::unique_ptr<util::File> file;
  std::size_t opened = recipe_->sources.size();
  std::size_t literal = 0;
  for (const Recipe::Op& op : recipe_->ops) {
    if (!op.is_range) {
      out.text(util::as_bytes(std::string_view(recipe_->literals).substr(literal, op.length)));
      literal += op.length;
      continue;
    }
    if (op.source != opened) {
      file = open_source(*recipe_, op.source, *store_, {});
      opened = op.source;
    }
    out.range(*file, op.offset, op.length);
  }
  return true;
}

class StoredFileSource : public util::Source {
 public:
  explicit StoredFileSource(std::unique_ptr<util::File> file) : file_(std::move(file)) {}
  std::size_t read(util::MutableBytes buffer) override { return file_->read(buffer); }

 private:
  std::unique_ptr<util::File> file_;
};

class FileBlob : public core::Blob {
 public:
  FileBlob(const core::Digest& digest, std::uint64_t size, std::shared_ptr<const Store> store)
      : digest_(digest),
        size_(size),
        store_(std::move(store)) {}

  const core::Digest& digest() const override { return digest_; }
  std::uint64_t size() const override { return size_; }
  std::unique_ptr<util::Source> open() const override {
    std::unique_ptr<util::File> file = store_->find(digest_);
    if (!file) {
      throw Error(ErrorKind::not_found,
                  fmt::format("{} is not in the store any more", digest_.str()));
    }
    return std::make_unique<StoredFileSource>(std::move(file));
  }

 private:
  core::Digest digest_;
  std::uint64_t size_;
  std::shared_ptr<const Store> store_;
};

}  // namespace

std::shared_ptr<core::Blob> recipe_blob(Recipe recipe,
                                        std::shared_ptr<const Store> store,
                                        Elsewhere elsewhere) {
  return std::make_shared<RecipeBlob>(std::move(recipe), std::move(store), std::move(elsewhere));
}

std::shared_ptr<core::Blob> find_blob(const std::shared_ptr<const Store>& store,
                                      const core::Digest& digest,
                                      Elsewhere elsewhere) {
  if (std::unique_ptr<util::File> file = store->find(digest)) {
    return std::make_shared<FileBlob>(digest, file->size(), store);
  }
  std::optional<std::string> bytes = store->find_recipe(digest);
  if (!bytes) {
    return nullptr;
  }
  try {
    Recipe recipe = decode_recipe(*bytes);
    return recipe.blob == digest ? recipe_blob(std::move(recipe), store, std::move(elsewhere))
                                 : nullptr;
  } catch (const Error&) {
    return nullptr;  // a recipe that does not read is none: its layer is made again
  }
}

std::size_t remove_damaged(Store& store, const core::Digest& layer) {
  std::vector<core::Digest> parts{layer};
  if (std::optional<std::string> bytes = store.find_recipe(layer)) {
    for (const Recipe::Source& source : decode_recipe(*bytes).sources) {
      parts.push_back(source.digest);
    }
  }
  std::size_t removed = 0;
  for (const core::Digest& part : parts) {
    std::unique_ptr<util::File> file = store.find(part);
    if (!file) {
      continue;
    }
    core::HashingSink hash;
    StoredFileSource source(std::move(file));
    util::copy(source, hash);
    if (hash.finish() != part) {
      store.remove(part);
      ++removed;
    }
  }
  return removed;
}

}  // namespace cartwheel::store
