#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>

#include "debian/tree.h"
#include "util/file.h"
#include "util/stream.h"

namespace cartwheel::base {

// A file without a name into which the contents of packages are unpacked, so that memory need not
// hold them. Gone with the process, however that ends. Thread-safe.
class ScratchFile {
 public:
  explicit ScratchFile(const std::filesystem::path& folder);

  // Takes `size` bytes from source; Error{malformed} "PLACE: …" when it has more or fewer.
  debian::Extent append(util::Source& source, std::uint64_t size, const std::string& place);
  // At most `length` bytes from `offset` within the extent.
  std::string read(const debian::Extent& extent, std::uint64_t offset, std::size_t length) const;
  // A Source over the extent; it must not outlive the file.
  std::unique_ptr<util::Source> open(const debian::Extent& extent) const;

 private:
  util::File file_;
  std::atomic<std::uint64_t> end_ = 0;
};

}  // namespace cartwheel::base
