#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <ctime>
#include <mutex>
#include <set>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/file_lock.h"
#include "store/layout.h"
#include "store/partial.h"
#include "store/scratch.h"
#include "store/store.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::store {

namespace fs = std::filesystem;
using util::Error;
using util::ErrorKind;

namespace {

constexpr std::string_view kVersion = "1\n";
constexpr std::time_t kTouchInterval = 24 * 60 * 60;  // seconds

// A file in our scratch folder, removed unless it got its final name.
class ScratchFile {
 public:
  ScratchFile(const Layout& layout, Scratch& scratch)
      : layout_(layout),
        file_(util::File::open(scratch.next(), O_WRONLY | O_CREAT | O_EXCL, 0644)) {}
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  ~ScratchFile() {
    if (!published_) {
      ::unlink(file_.path().c_str());
    }
  }

  void write(util::Bytes data) {
    in_store([&] { file_.write(data); });
  }

  void publish_as(const fs::path& path, unsigned mode) {
    in_store([&] {
      if (fchmod(file_.descriptor(), mode) != 0) {
        throw util::io_error(file_.path().string(), errno);
      }
      file_.close();
      publish(file_.path(), path);
    });
    published_ = true;
  }

 private:
  template <typename Body>
  void in_store(Body&& body) {
    util::in_context(fmt::format("store '{}'", layout_.root().string()), std::forward<Body>(body));
  }

  const Layout& layout_;
  util::File file_;
  bool published_ = false;
};

class FolderUpload : public Upload {
 public:
  FolderUpload(const Layout& layout, Scratch& scratch) : layout_(layout), file_(layout, scratch) {}

  void write(util::Bytes data) override {
    is_whole_ = false;
    file_.write(data);
    hasher_.update(data);
    size_ += data.size();
    is_whole_ = true;
  }

  core::Digest commit(const core::Digest& expected) override { return finish(&expected); }
  core::Digest commit() override { return finish(nullptr); }

 private:
  core::Digest finish(const core::Digest* expected) {
    if (!is_whole_) {
      throw Error(ErrorKind::internal, "an upload is committed after a failed write, or twice");
    }
    is_whole_ = false;
    core::Digest digest = hasher_.finish();
    if (expected != nullptr && digest != *expected) {
      throw Error(
          ErrorKind::integrity,
          fmt::format("wanted {}, found {} ({} bytes)", expected->str(), digest.str(), size_));
    }
    file_.publish_as(layout_.blob(digest), 0444);
    return digest;
  }

  const Layout& layout_;
  ScratchFile file_;
  core::Hasher hasher_;
  bool is_whole_ = true;
};

class FolderLease : public Store::Lease {
 public:
  FolderLease(const Layout& layout, const std::vector<core::Digest>& digests)
      : file_(make_file(layout)),
        process_(getpid()) {
    lock_file(file_, LockMode::exclusive);
    std::string text;
    for (const core::Digest& digest : digests) {
      text += digest.hex() + "\n";
    }
    file_.write(util::as_bytes(text));
  }

  ~FolderLease() override {
    if (process_ == getpid()) {
      ::unlink(file_.path().c_str());
    }
  }

 private:
  static util::File make_file(const Layout& layout) {
    fs::create_directories(layout.leases());
    return util::File::open(
        layout.leases() / process_unique_name(), O_WRONLY | O_CREAT | O_EXCL, 0644);
  }

  util::File file_;
  int process_;
};

// When this machine was started, in seconds since 1970; nothing when /proc does not tell.
std::optional<std::int64_t> boot_time() {
  static const std::optional<std::int64_t> kTime = []() -> std::optional<std::int64_t> {
    try {
      std::string text = util::read_file("/proc/stat", 64 << 20);
      for (std::string_view line : util::lines(text)) {
        std::int64_t seconds = 0;
        if (line.starts_with("btime ") &&
            std::from_chars(line.data() + 6, line.data() + line.size(), seconds).ec ==
                std::errc()) {
          return seconds;
        }
      }
    } catch (const Error&) {
      return std::nullopt;
    }
    return std::nullopt;
  }();
  return kTime;
}

bool is_there(const fs::path& path) { return ::access(path.c_str(), F_OK) == 0; }

// mtime says when a blob was used last, to the day; prune reads it.
void touch(const util::File& file) {
  struct stat info {};
  if (fstat(file.descriptor(), &info) == 0 && info.st_mtime + kTouchInterval < std::time(nullptr)) {
    // A store that we may only read stays useful.
    [[maybe_unused]] int ignored = futimens(file.descriptor(), nullptr);
  }
}

class FolderStore : public Store {
 public:
  explicit FolderStore(const fs::path& root) : layout_(root), scratch_(layout_) {}

  const fs::path& root() const override { return layout_.root(); }

  bool has(const core::Digest& digest) const override { return is_there(layout_.blob(digest)); }

  std::unique_ptr<util::File> find(const core::Digest& digest) const override {
    try {
      auto file = std::make_unique<util::File>(util::File::open_read(layout_.blob(digest)));
      touch(*file);
      return file;
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::not_found) {
        return nullptr;
      }
      throw;
    }
  }

  bool is_fresh(const core::Digest& digest) const override {
    struct statx info {};
    return boot_time() &&
           statx(AT_FDCWD, layout_.blob(digest).c_str(), 0, STATX_BTIME, &info) == 0 &&
           (info.stx_mask & STATX_BTIME) != 0 && info.stx_btime.tv_sec >= *boot_time();
  }

  std::unique_ptr<Upload> begin() override {
    return std::make_unique<FolderUpload>(layout_, scratch_);
  }

  core::Digest put(std::string_view text) override {
    core::Digest digest = core::Digest::of(text);
    if (!has(digest) || !is_fresh(digest)) {
      write(layout_.blob(digest), text, 0444);
    }
    return digest;
  }

  void remove(const core::Digest& digest) override {
    fs::path path = layout_.blob(digest);
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
      throw util::io_error(path.string(), errno);
    }
  }

  std::unique_ptr<Partial> begin_partial(const std::string& key,
                                         const std::optional<core::Digest>& digest) override {
    return open_partial(layout_, key, digest);
  }

  std::optional<std::string> find_recipe(const core::Digest& blob) const override {
    return util::read_file_if_present(layout_.recipe(blob));
  }

  bool has_recipe(const core::Digest& blob) const override {
    return is_there(layout_.recipe(blob));
  }

  void put_recipe(const core::Digest& blob, std::string_view bytes) override {
    write(layout_.recipe(blob), bytes, 0444);
    std::scoped_lock lock(mutex_);
    made_here_.insert(blob);
  }

  bool is_made_here(const core::Digest& blob) const override {
    std::scoped_lock lock(mutex_);
    return made_here_.contains(blob);
  }

  std::optional<std::string> find_record(RecordKind kind, const std::string& key) const override {
    return util::read_file_if_present(layout_.record(kind, key));
  }

  void put_record(RecordKind kind, const std::string& key, std::string_view text) override {
    write(layout_.record(kind, key), text, 0644);
  }

  std::unique_ptr<Lease> lease(const std::vector<core::Digest>& digests) override {
    util::File lock = util::File::open(layout_.lock(), O_RDWR | O_CREAT, 0644);
    lock_file(lock, LockMode::shared);
    return std::make_unique<FolderLease>(layout_, digests);
  }

 private:
  void write(const fs::path& path, std::string_view text, unsigned mode) {
    ScratchFile file(layout_, scratch_);
    file.write(util::as_bytes(text));
    file.publish_as(path, mode);
  }

  Layout layout_;
  Scratch scratch_;
  mutable std::mutex mutex_;
  std::set<core::Digest> made_here_;  // recipes; by mutex_
};

void create(const Layout& layout) {
  std::error_code failed;
  fs::create_directories(layout.root(), failed);
  if (failed) {
    throw util::io_error(layout.root().string(), failed.value());
  }
  {
    util::File lock = util::File::open(layout.lock(), O_RDWR | O_CREAT, 0644);
    try_lock_file(lock, LockMode::shared);  // is there such a thing here?
  }
  Scratch scratch(layout);
  ScratchFile file(layout, scratch);
  file.write(util::as_bytes(kVersion));
  file.publish_as(layout.version(), 0644);
}

}  // namespace

std::unique_ptr<Store> open_store(const fs::path& root) {
  return util::in_context(
      fmt::format("store '{}'", root.string()), [&]() -> std::unique_ptr<Store> {
        Layout layout(fs::absolute(root));
        std::optional<std::string> version = util::read_file_if_present(layout.version(), 4096);
        if (!version) {
          create(layout);
        } else if (*version != kVersion) {
          throw Error(
              ErrorKind::unsupported,
              fmt::format("is of version '{}', wanted '1': remove it or choose another folder",
                          util::trim(*version)));
        }
        return std::make_unique<FolderStore>(layout.root());
      });
}

}  // namespace cartwheel::store
