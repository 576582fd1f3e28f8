#include "transport/new_file.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <random>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "util/error.h"

namespace cartwheel::transport {

namespace fs = std::filesystem;

namespace {

constexpr unsigned kMode = 0644;  // less the umask, as cp(1) does it

fs::path random_name(const fs::path& folder) {
  std::random_device random;
  std::uint64_t number = (std::uint64_t{random()} << 32) | random();
  return folder / fmt::format(".cartwheel-{:016x}", number);
}

fs::path link_of(const util::File& file) {
  return fmt::format("/proc/self/fd/{}", file.descriptor());
}

util::File open_new(const fs::path& folder, fs::path& name) {
  int descriptor = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, kMode);
  if (descriptor >= 0) {
    util::File file(descriptor, folder);
    if (access(link_of(file).c_str(), F_OK) == 0) {  // publish() needs /proc
      return file;
    }
  } else if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL) {
    throw util::io_error(folder.string(), errno);
  }
  name = random_name(folder);
  return util::File::open(name, O_RDWR | O_CREAT | O_EXCL, kMode);
}

}  // namespace

NewFile::NewFile(const fs::path& folder) : folder_(folder), file_(open_new(folder, name_)) {}

NewFile::~NewFile() {
  if (!name_.empty()) {
    unlink(name_.c_str());
  }
}

void NewFile::write_at(std::uint64_t offset, util::Bytes data) {
  while (!data.empty()) {
    ssize_t count =
        pwrite(file_.descriptor(), data.data(), data.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      throw util::io_error(folder_.string(), errno);
    }
    offset += static_cast<std::uint64_t>(count);
    data = data.subspan(static_cast<std::size_t>(count));
  }
}

void NewFile::copy_at(std::uint64_t offset,
                      const util::File& from,
                      std::uint64_t from_offset,
                      std::uint64_t length) {
  auto in = static_cast<off_t>(from_offset);
  auto out = static_cast<off_t>(offset);
  while (length > 0) {
    ssize_t count = copy_file_range(from.descriptor(), &in, file_.descriptor(), &out, length, 0);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      break;  // another file system, or one that cannot: or the file is shorter, which read_at says
    }
    length -= static_cast<std::uint64_t>(count);
  }
  std::vector<std::byte> buffer(std::min<std::uint64_t>(length, 256 << 10));
  while (length > 0) {
    util::MutableBytes piece(buffer.data(), std::min<std::uint64_t>(length, buffer.size()));
    from.read_at(static_cast<std::uint64_t>(in), piece);
    write_at(static_cast<std::uint64_t>(out), piece);
    in += static_cast<off_t>(piece.size());
    out += static_cast<off_t>(piece.size());
    length -= piece.size();
  }
}

void NewFile::resize(std::uint64_t size) {
  if (ftruncate(file_.descriptor(), static_cast<off_t>(size)) != 0) {
    throw util::io_error(folder_.string(), errno);
  }
}

void NewFile::publish(const fs::path& path) {
  if (name_.empty()) {
    fs::path source = link_of(file_);
    if (linkat(AT_FDCWD, source.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) == 0) {
      return;
    }
    if (errno != EEXIST) {
      throw util::io_error(path.string(), errno);
    }
    name_ = random_name(folder_);  // only rename(2) takes a name from another file
    if (linkat(AT_FDCWD, source.c_str(), AT_FDCWD, name_.c_str(), AT_SYMLINK_FOLLOW) != 0) {
      throw util::io_error(name_.string(), errno);
    }
  }
  if (rename(name_.c_str(), path.c_str()) != 0) {
    throw util::io_error(path.string(), errno);
  }
  name_.clear();
}

}  // namespace cartwheel::transport
