#pragma once

#include "util/file.h"

namespace cartwheel::store {

enum class LockMode { shared, exclusive };

// flock(2) on an open file or folder; held until the descriptor is closed, at the latest when the
// process ends, however it ends. Error{unsupported} on a file system that has no such locks.
void lock_file(const util::File& file, LockMode mode);      // waits
bool try_lock_file(const util::File& file, LockMode mode);  // whether it was free

// Whether the path still names the open file: its last owner may have renamed or removed it while
// we waited for the lock.
bool is_still_at(const util::File& file, const std::filesystem::path& path);

}  // namespace cartwheel::store
