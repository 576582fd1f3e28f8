#include "store/scratch.h"

#include <random>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "store/file_lock.h"
#include "util/error.h"

namespace cartwheel::store {

namespace fs = std::filesystem;

std::string process_unique_name() {
  std::random_device random;
  return fmt::format("{}-{:08x}{:08x}", getpid(), random(), random());
}

Scratch::~Scratch() {
  if (folder_ && process_ == getpid()) {
    std::error_code ignored;
    fs::remove_all(folder_->path(), ignored);
  }
}

fs::path Scratch::next() {
  {
    std::lock_guard guard(mutex_);
    if (!folder_) {
      make_folder();
    }
  }
  return folder_->path() / fmt::format("{}", count_++);
}

void Scratch::make_folder() {
  sweep_scratch(layout_);
  for (;;) {
    fs::path path = layout_.tmp() / process_unique_name();
    std::error_code failed;
    fs::create_directories(path, failed);
    if (failed) {
      throw util::io_error(path.string(), failed.value());
    }
    try {
      util::File folder = util::File::open(path, O_RDONLY | O_DIRECTORY);
      lock_file(folder, LockMode::exclusive);
      if (is_still_at(folder, path)) {
        folder_ = std::move(folder);
        process_ = getpid();
        return;
      }
    } catch (const util::Error& error) {
      // Another process took it for a dead one's, before the lock: once more, under another name.
      if (error.kind() != util::ErrorKind::not_found) {
        throw;
      }
    }
  }
}

void sweep_scratch(const Layout& layout) {
  std::error_code failed;
  for (fs::directory_iterator at(layout.tmp(), failed), end; !failed && at != end;
       at.increment(failed)) {
    try {
      util::File folder = util::File::open(at->path(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
      if (try_lock_file(folder, LockMode::exclusive)) {
        std::error_code ignored;
        fs::remove_all(at->path(), ignored);
      }
    } catch (const util::Error&) {
      continue;  // gone meanwhile, or not ours to remove
    }
  }
}

}  // namespace cartwheel::store
