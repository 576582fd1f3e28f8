#pragma once

#include <atomic>
#include <filesystem>
#include <mutex>
#include <optional>

#include "store/layout.h"
#include "util/file.h"

namespace cartwheel::store {

// tmp/<pid>-<random>/ of one open store: made when the first file is wanted, held by flock(LOCK_EX)
// while we live, and removed at the end. Thread-safe.
class Scratch {
 public:
  explicit Scratch(const Layout& layout) : layout_(layout) {}
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch();

  // A path that no other file has or had.
  std::filesystem::path next();

 private:
  void make_folder();

  const Layout& layout_;
  std::mutex mutex_;
  std::optional<util::File> folder_;  // open and locked
  int process_ = 0;                   // that made it: a child of ours must not remove it
  std::atomic<unsigned long> count_ = 0;
};

// "<pid>-<random>".
std::string process_unique_name();

// Removes the folders of tmp/ whose owners live no more (killed, or a machine that went down).
// Never an error.
void sweep_scratch(const Layout& layout);

}  // namespace cartwheel::store
