#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <set>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "transport/layout_index.h"
#include "transport/new_file.h"
#include "transport/sinks.h"
#include "transport/stream_blob.h"
#include "util/error.h"
#include "util/file.h"
#include "util/parallel.h"

namespace cartwheel::transport {

using util::Error;
using util::ErrorKind;
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kIndexLimit = 64 << 20;  // bytes

bool is_file_of_size(const fs::path& path, std::uint64_t size) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) &&
         static_cast<std::uint64_t>(info.st_size) == size;
}

void make_folder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) {
    throw util::io_error(path.string(), error.value());
  }
}

// Holds the layout's index.json against other processes: flock(2) on the file oci-layout, which no
// one replaces.
class LayoutLock {
 public:
  explicit LayoutLock(const fs::path& folder)
      : file_(util::File::open(folder / "oci-layout", O_RDWR | O_CREAT, 0644)) {
    while (flock(file_.descriptor(), LOCK_EX) != 0) {
      if (errno != EINTR) {
        throw util::io_error(file_.path().string(), errno);
      }
    }
    if (file_.size() == 0) {  // just created, by us or by one who was killed then
      file_.write(util::as_bytes(kLayoutText));
    }
  }

 private:
  util::File file_;
};

class LayoutSink : public ImageSink {
 public:
  LayoutSink(const Reference& reference, const SinkOptions& options, util::Progress& progress)
      : name_("oci:" + reference.path),
        output_(reference.str()),
        tag_(reference.tag.empty() ? kDefaultTag : reference.tag),
        folder_(reference.path),
        blobs_(folder_ / "blobs" / "sha256"),
        options_(options),
        progress_(progress) {
    util::in_context(name_, [&] { check_folder(); });
  }

  void put_blob(const core::Blob& blob) override;
  WriteResult write(const oci::BuiltIndex& index) override;
  bool holds(const core::Digest& index, const std::vector<core::Descriptor>& blobs) override;

 private:
  fs::path path_of(const core::Digest& digest) const { return blobs_ / digest.hex(); }
  void check_folder() const;
  void prepare();
  void put(const core::Blob& blob);
  void write_blob(const core::Blob& blob);
  void set_tag(const core::Descriptor& descriptor);
  void sync_folder(const fs::path& folder) const;

  std::string name_, output_, tag_;
  fs::path folder_, blobs_;
  SinkOptions options_;
  util::Progress& progress_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  bool prepared_ = false;
  std::set<core::Digest> under_way_, done_;
  WriteResult result_;
};

// What would make write() fail is said before the layers are made.
void LayoutSink::check_folder() const {
  std::error_code error;
  fs::file_status status = fs::status(folder_, error);
  if (status.type() == fs::file_type::not_found) {
    return;
  }
  if (status.type() != fs::file_type::directory) {
    throw Error(ErrorKind::refused, "is no folder");
  }
  const auto read_layout = [&] {
    return util::read_file_if_present(folder_ / "oci-layout", kIndexLimit);
  };
  std::optional<std::string> layout = read_layout();
  if (!layout) {
    if (fs::directory_iterator(folder_, error) == fs::directory_iterator() && !error) {
      return;
    }
    layout = read_layout();  // the first file of a layout that another process has just begun
  }
  if (!layout) {
    throw Error(ErrorKind::refused,
                "the folder has files and is no OCI layout: 'oci-layout' is not there");
  }
  if (!layout->empty()) {
    check_layout_text(*layout, "oci-layout");
  }
  if (std::optional<std::string> index =
          util::read_file_if_present(folder_ / "index.json", kIndexLimit)) {
    if (index->empty()) {
      throw Error(ErrorKind::malformed, "index.json: is empty");
    }
    with_tag(*index,
             {std::string(core::kIndexType), core::Digest::of(std::string_view()), 0, {}},
             tag_,
             "index.json");
  }
}

void LayoutSink::prepare() {
  std::scoped_lock lock(mutex_);
  if (!prepared_) {
    make_folder(folder_);
    LayoutLock layout(folder_);
    make_folder(blobs_);
    prepared_ = true;
  }
}

void LayoutSink::put_blob(const core::Blob& blob) {
  util::in_context(name_, [&] { put(blob); });
}

void LayoutSink::put(const core::Blob& blob) {
  prepare();
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !under_way_.contains(blob.digest()); });
    if (done_.contains(blob.digest())) {
      return;
    }
    if (is_file_of_size(path_of(blob.digest()), blob.size())) {
      done_.insert(blob.digest());
      ++result_.blobs_present;
      return;
    }
    under_way_.insert(blob.digest());
  }
  auto end = [&](bool written) {
    std::scoped_lock lock(mutex_);
    under_way_.erase(blob.digest());
    if (written) {
      done_.insert(blob.digest());
      ++result_.blobs_written;
      result_.bytes_written += blob.size();
    }
    changed_.notify_all();
  };
  try {
    write_blob(blob);
  } catch (...) {
    end(false);
    throw;
  }
  end(true);
}

void LayoutSink::write_blob(const core::Blob& blob) {
  NewFile file(folder_);
  stream_blob(blob, file, 0, progress_, output_);
  if (options_.sync) {
    file.sync();
  }
  file.publish(path_of(blob.digest()));
}

void LayoutSink::sync_folder(const fs::path& folder) const {
  if (options_.sync) {
    util::File::open(folder, O_RDONLY | O_DIRECTORY).sync();
  }
}

void LayoutSink::set_tag(const core::Descriptor& descriptor) {
  fs::path path = folder_ / "index.json";
  LayoutLock lock(folder_);
  std::string old = util::read_file_if_present(path, kIndexLimit).value_or("");
  std::string text = with_tag(old, descriptor, tag_, "index.json");
  if (text == old) {
    return;
  }
  NewFile file(folder_);
  file.write_at(0, util::as_bytes(text));
  if (options_.sync) {
    file.sync();
  }
  file.publish(path);
  sync_folder(folder_);
}

WriteResult LayoutSink::write(const oci::BuiltIndex& index) {
  return util::in_context(name_, [&] {
    std::vector<const core::Blob*> blobs = largest_first(blobs_of(index));
    util::parallel_for(blobs.size(), options_.threads, [&](std::size_t i) { put(*blobs[i]); });
    put(*index.blob);
    sync_folder(blobs_);
    set_tag({std::string(core::kIndexType), index.blob->digest(), index.blob->size(), {}});
    std::scoped_lock lock(mutex_);
    return result_;
  });
}

bool LayoutSink::holds(const core::Digest& index, const std::vector<core::Descriptor>& blobs) {
  try {
    std::optional<std::string> text =
        util::read_file_if_present(folder_ / "index.json", kIndexLimit);
    if (!text || text->empty() || !has_tag(*text, index, tag_, {}, "index.json") ||
        !fs::exists(path_of(index))) {
      return false;
    }
  } catch (const Error&) {
    return false;  // write() says what is wrong with it
  }
  return std::ranges::all_of(blobs, [&](const core::Descriptor& blob) {
    return is_file_of_size(path_of(blob.digest), blob.size);
  });
}

}  // namespace

std::unique_ptr<ImageSink> make_layout_sink(const Reference& reference,
                                            const SinkOptions& options,
                                            util::Progress& progress) {
  return std::make_unique<LayoutSink>(reference, options, progress);
}

}  // namespace cartwheel::transport
