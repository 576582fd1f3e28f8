#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "core/digest.h"
#include "store/store.h"

namespace cartwheel::memo {

// Content hashes of files that have not changed since they were read: (path, size, mtime_ns, ctime_ns, inode, device)
// → SHA-256 (docs/formats.md section 8). One cache for each root folder, read at the start, written by save(). An entry
// whose file changed less than 2 s before the entry was written is not trusted.
class StatCache {
 public:
  StatCache(store::Store& store, const std::filesystem::path& root);
  ~StatCache();
  // The digest of the regular file root/relative; opens the file only when the cache does not know it. *opened counts.
  core::Digest digest(const std::string& relative);
  // The same, with the lstat(2) that the caller has already made.
  void save();
  std::size_t files_opened() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cartwheel::memo
