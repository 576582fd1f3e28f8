#include "store/partial.h"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/file_lock.h"
#include "util/error.h"

namespace cartwheel::store {

namespace fs = std::filesystem;

namespace {

// The first `size` bytes of a file that somebody else owns.
class PrefixSource : public util::Source {
 public:
  PrefixSource(const util::File& file, std::uint64_t size) : file_(file), size_(size) {}

  std::size_t read(util::MutableBytes buffer) override {
    std::size_t count =
        static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), size_ - position_));
    file_.read_at(position_, buffer.first(count));
    position_ += count;
    return count;
  }

 private:
  const util::File& file_;
  std::uint64_t size_;
  std::uint64_t position_ = 0;
};

class PartialFile : public Partial {
 public:
  PartialFile(const Layout& layout, util::File file)
      : layout_(layout),
        file_(std::move(file)),
        size_(file_.size()) {
    if (lseek(file_.descriptor(), 0, SEEK_END) < 0) {
      throw util::io_error(file_.path().string(), errno);
    }
  }

  // Nothing to go on from: not worth a file.
  ~PartialFile() override {
    if (size_ == 0 && !committed_) {
      ::unlink(file_.path().c_str());
    }
  }

  std::uint64_t size() const override { return size_; }

  void append(util::Bytes data) override {
    try {
      file_.write(data);
    } catch (const util::Error& error) {
      size_ =
          file_.size();  // a part of data may have been written: what is there is still a beginning
      throw error.within(fmt::format("store '{}'", layout_.root().string()));
    }
    size_ += data.size();
  }

  void restart() override {
    if (ftruncate(file_.descriptor(), 0) != 0 || lseek(file_.descriptor(), 0, SEEK_SET) < 0) {
      throw util::io_error(file_.path().string(), errno);
    }
    size_ = 0;
  }

  std::unique_ptr<util::Source> open() override {
    return std::make_unique<PrefixSource>(file_, size_);
  }

  void commit(const core::Digest& digest) override {
    publish(file_.path(), layout_.blob(digest));
    committed_ = true;
    // After the rename: a partial that we were killed over must stay writable for the next owner.
    if (fchmod(file_.descriptor(), 0444) != 0) {
      throw util::io_error(layout_.blob(digest).string(), errno);
    }
  }

 private:
  const Layout& layout_;
  util::File file_;  // open and locked; its position is its end
  std::uint64_t size_;
  bool committed_ = false;
};

util::File open_or_make(const fs::path& path) {
  try {
    return util::File::open(path, O_RDWR | O_CREAT, 0644);
  } catch (const util::Error& error) {
    if (error.kind() != util::ErrorKind::not_found) {
      throw;
    }
    fs::create_directories(path.parent_path());
    return util::File::open(path, O_RDWR | O_CREAT, 0644);
  }
}

bool is_there(const fs::path& path) { return ::access(path.c_str(), F_OK) == 0; }

}  // namespace

std::unique_ptr<Partial> open_partial(const Layout& layout,
                                      const std::string& key,
                                      const std::optional<core::Digest>& digest) {
  fs::path path = layout.partial(key);
  for (;;) {
    if (digest && is_there(layout.blob(*digest))) {
      return nullptr;
    }
    util::File file = open_or_make(path);
    lock_file(file, LockMode::exclusive);
    // Whoever held the lock has renamed the file to its blob, or removed it: look again.
    if (is_still_at(file, path)) {
      auto partial = std::make_unique<PartialFile>(layout, std::move(file));
      if (digest && is_there(layout.blob(*digest))) {
        return nullptr;
      }
      return partial;
    }
  }
}

}  // namespace cartwheel::store
