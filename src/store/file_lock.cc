#include "store/file_lock.h"

#include <cerrno>

#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "util/error.h"

namespace cartwheel::store {

namespace {

bool take(const util::File& file, LockMode mode, int flags) {
  int operation = (mode == LockMode::shared ? LOCK_SH : LOCK_EX) | flags;
  while (flock(file.descriptor(), operation) != 0) {
    if (errno == EWOULDBLOCK) {
      return false;
    }
    if (errno == ENOLCK || errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL) {
      throw util::Error(
          util::ErrorKind::unsupported,
          fmt::format(
              "{}: this file system has no file locks (flock); put the store on another one",
              file.path().string()));
    }
    if (errno != EINTR) {
      throw util::io_error(file.path().string(), errno);
    }
  }
  return true;
}

}  // namespace

void lock_file(const util::File& file, LockMode mode) { take(file, mode, 0); }

bool try_lock_file(const util::File& file, LockMode mode) { return take(file, mode, LOCK_NB); }

bool is_still_at(const util::File& file, const std::filesystem::path& path) {
  struct stat open {};
  struct stat named {};
  return fstat(file.descriptor(), &open) == 0 && stat(path.c_str(), &named) == 0 &&
         open.st_ino == named.st_ino && open.st_dev == named.st_dev;
}

}  // namespace cartwheel::store
