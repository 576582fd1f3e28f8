#include "util/file.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/error.h"

namespace cartwheel::util {

File File::open(const fs::path& path, int flags, unsigned mode) {
  int descriptor = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  if (descriptor < 0) {
    throw io_error(path.string(), errno);
  }
  return {descriptor, path};
}

File File::open_read(const fs::path& path) { return open(path, O_RDONLY); }

File File::create(const fs::path& path, unsigned mode) {
  return open(path, O_RDWR | O_CREAT | O_TRUNC, mode);
}

File::File(File&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      path_(std::move(other.path_)) {}

File& File::operator=(File&& other) noexcept {
  if (this != &other) {
    if (descriptor_ >= 0) {
      ::close(descriptor_);
    }
    descriptor_ = std::exchange(other.descriptor_, -1);
    path_ = std::move(other.path_);
  }
  return *this;
}

File::~File() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

std::uint64_t File::size() const {
  struct stat info {};
  if (fstat(descriptor_, &info) != 0) {
    throw io_error(path_.string(), errno);
  }
  return static_cast<std::uint64_t>(info.st_size);
}

void File::read_at(std::uint64_t offset, MutableBytes buffer) const {
  while (!buffer.empty()) {
    ssize_t count = pread(descriptor_, buffer.data(), buffer.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      throw io_error(path_.string(), errno);
    }
    if (count == 0) {
      throw Error(
          ErrorKind::malformed,
          fmt::format(
              "{}: ends at byte {}, wanted {} more", path_.string(), offset, buffer.size()));
    }
    offset += static_cast<std::uint64_t>(count);
    buffer = buffer.subspan(static_cast<std::size_t>(count));
  }
}

std::size_t File::read(MutableBytes buffer) {
  for (;;) {
    ssize_t count = ::read(descriptor_, buffer.data(), buffer.size());
    if (count >= 0) {
      return static_cast<std::size_t>(count);
    }
    if (errno != EINTR) {
      throw io_error(path_.string(), errno);
    }
  }
}

void File::write(Bytes data) {
  while (!data.empty()) {
    ssize_t count = ::write(descriptor_, data.data(), data.size());
    if (count < 0) {
      if (errno == EINTR) {
        continue;
      }
      throw io_error(path_.string(), errno);
    }
    data = data.subspan(static_cast<std::size_t>(count));
  }
}

void File::close() {
  if (descriptor_ >= 0 && ::close(std::exchange(descriptor_, -1)) != 0) {
    throw io_error(path_.string(), errno);
  }
}

void File::sync() {
  if (fdatasync(descriptor_) != 0) {
    throw io_error(path_.string(), errno);
  }
}

std::string read_file(const fs::path& path, std::uint64_t limit) {
  File file = File::open_read(path);
  std::uint64_t size = file.size();
  if (size > limit) {
    throw Error(ErrorKind::malformed,
                fmt::format("{}: longer than {} bytes", path.string(), limit));
  }
  std::string text;
  text.reserve(size);
  std::vector<std::byte> buffer(64 << 10);
  while (std::size_t count = file.read(buffer)) {
    text += as_text(Bytes(buffer).first(count));
    if (text.size() > limit) {
      throw Error(ErrorKind::malformed,
                  fmt::format("{}: longer than {} bytes", path.string(), limit));
    }
  }
  return text;
}

std::optional<std::string> read_file_if_present(const fs::path& path, std::uint64_t limit) {
  // An exception for each of thousands of records that are not there would cost more than they do.
  if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT) {
    return std::nullopt;
  }
  try {
    return read_file(path, limit);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::not_found) {
      return std::nullopt;
    }
    throw;
  }
}

namespace {

std::string random_suffix() {
  static thread_local std::mt19937_64 generator(std::random_device{}());
  return fmt::format("{:016x}", generator());
}

void sync_folder(const fs::path& path) {
  File folder = File::open(path.empty() ? fs::path(".") : path, O_RDONLY | O_DIRECTORY);
  if (fsync(folder.descriptor()) != 0) {
    throw io_error(path.string(), errno);
  }
}

}  // namespace

void write_file(const fs::path& path, std::string_view text, unsigned mode, bool durable) {
  fs::path temporary = path.parent_path() / fmt::format(".cartwheel.{}", random_suffix());
  try {
    File file = File::open(temporary, O_WRONLY | O_CREAT | O_EXCL, mode);
    file.write(as_bytes(text));
    if (durable) {
      file.sync();
    }
    file.close();
    if (::rename(temporary.c_str(), path.c_str()) != 0) {
      throw io_error(path.string(), errno);
    }
  } catch (const Error&) {
    ::unlink(temporary.c_str());
    throw;
  }
  if (durable) {
    sync_folder(path.parent_path());
  }
}

TempDir::TempDir(const fs::path& parent, std::string_view prefix) {
  std::string pattern = (parent / fmt::format("{}XXXXXX", prefix)).string();
  if (mkdtemp(pattern.data()) == nullptr) {
    throw io_error(pattern, errno);
  }
  path_ = pattern;
}

TempDir::~TempDir() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace cartwheel::util
