#include "base/scratch_file.h"

#include <algorithm>
#include <cerrno>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "util/error.h"

namespace cartwheel::base {

namespace {

util::File nameless_file(const std::filesystem::path& folder) {
  try {
    return util::File::open(folder, O_TMPFILE | O_RDWR, 0600);
  } catch (const util::Error&) {  // a file system that has no O_TMPFILE
    const std::filesystem::path path =
        folder / fmt::format(".scratch-{}-{}", ::getpid(), static_cast<const void*>(&folder));
    util::File file = util::File::open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
    std::filesystem::remove(path);
    return file;
  }
}

void write_at(const util::File& file, util::Bytes bytes, std::uint64_t offset) {
  while (!bytes.empty()) {
    const ssize_t count =
        ::pwrite(file.descriptor(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0) {
      if (errno == EINTR) {
        continue;
      }
      throw util::io_error(file.path().string(), errno);
    }
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
}

class ExtentSource : public util::Source {
 public:
  ExtentSource(const util::File& file, debian::Extent rest) : file_(file), rest_(rest) {}
  std::size_t read(util::MutableBytes buffer) override {
    const std::size_t count = std::min<std::uint64_t>(buffer.size(), rest_.size);
    if (count > 0) {
      file_.read_at(rest_.offset, buffer.first(count));
      rest_.offset += count;
      rest_.size -= count;
    }
    return count;
  }

 private:
  const util::File& file_;
  debian::Extent rest_;
};

}  // namespace

ScratchFile::ScratchFile(const std::filesystem::path& folder) : file_(nameless_file(folder)) {}

debian::Extent ScratchFile::append(util::Source& source,
                                   std::uint64_t size,
                                   const std::string& place) {
  const debian::Extent extent{.offset = end_.fetch_add(size), .size = size};
  std::vector<std::byte> buffer(std::size_t{64} << 10);
  std::uint64_t written = 0;
  for (std::size_t count = source.read(buffer); count > 0; count = source.read(buffer)) {
    if (count > size - written) {
      written += count;
      break;
    }
    write_at(file_, util::Bytes(buffer).first(count), extent.offset + written);
    written += count;
  }
  if (written != size) {
    throw util::Error(util::ErrorKind::malformed,
                      fmt::format("{}: wanted {} bytes, found {}",
                                  place,
                                  size,
                                  written > size ? "more" : fmt::format("{}", written)));
  }
  return extent;
}

std::string ScratchFile::read(const debian::Extent& extent,
                              std::uint64_t offset,
                              std::size_t length) const {
  if (offset >= extent.size) {
    return {};
  }
  std::string text(std::min<std::uint64_t>(length, extent.size - offset), '\0');
  file_.read_at(extent.offset + offset, std::as_writable_bytes(std::span(text)));
  return text;
}

std::unique_ptr<util::Source> ScratchFile::open(const debian::Extent& extent) const {
  return std::make_unique<ExtentSource>(file_, extent);
}

}  // namespace cartwheel::base
