#pragma once

#include <string>

#include "lock/lock.h"
#include "util/error.h"

namespace cartwheel::lock {

// The error that reading a lock of this file name throws.
struct Thrown {
  util::ErrorKind kind = util::ErrorKind::internal;
  std::string message = "nothing was thrown";
};

inline Thrown thrown(const std::string& filename, const std::string& text) {
  try {
    read(filename, text);
  } catch (const util::Error& error) {
    return {error.kind(), error.what()};
  }
  return {};
}

}  // namespace cartwheel::lock
