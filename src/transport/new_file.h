#pragma once

#include <filesystem>

#include "util/file.h"

namespace cartwheel::transport {

// A file under way, on the file system of `folder`; it has no name (O_TMPFILE) where that can be
// had, so that nothing is left of it even after kill -9, else one that begins with ".cartwheel-".
// Without publish() it is gone.
class NewFile {
 public:
  explicit NewFile(const std::filesystem::path& folder);
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile();

  // Several threads may write at different places. Error{io}.
  void write_at(std::uint64_t offset, util::Bytes data);
  // Bytes of another file, by the kernel where it can (copy_file_range(2)).
  void copy_at(std::uint64_t offset,
               const util::File& from,
               std::uint64_t from_offset,
               std::uint64_t length);
  void resize(std::uint64_t size);
  void sync() { file_.sync(); }
  // Gives it its name, in place of what has that name. Once; path lies on the same file system.
  void publish(const std::filesystem::path& path);

 private:
  std::filesystem::path folder_;
  std::filesystem::path name_;  // "" while it has none
  util::File file_;
};

}  // namespace cartwheel::transport
