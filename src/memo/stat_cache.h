#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include <sys/stat.h>

#include "core/digest.h"
#include "store/store.h"

namespace cartwheel::memo {

// Content hashes of files that have not changed since they were read: (path, size, mtime_ns,
// ctime_ns, inode, device) → SHA-256 (docs/formats.md section 8). One cache for each root folder,
// read at the start, written by save(). An entry whose file changed less than 2 s before it was
// read is not kept. Not thread-safe. The store must outlive it.
class StatCache {
 public:
  StatCache(store::Store& store, const std::filesystem::path& root);
  ~StatCache();
  // The digest of the regular file root/relative; opens the file only when the cache does not know
  // it. Error{refused} for what is no regular file.
  core::Digest digest(const std::string& relative);
  // The same, with the lstat(2) that the caller has already made.
  core::Digest digest(const std::string& relative, const struct ::stat& info);
  // Writes what was learned, if anything was.
  void save();
  std::size_t files_opened() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cartwheel::memo
