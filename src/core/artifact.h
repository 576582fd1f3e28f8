#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/digest.h"

namespace cartwheel::core {

// A file that a lock names: a wheel, an sdist, a Debian package.
struct Artifact {
  std::string filename;  // "torch-2.4.0-cp311-cp311-manylinux1_x86_64.whl"
  std::string
      url;  // http(s) or file URL, or a path relative to the lock's folder; may hold credentials
  std::vector<Hash> hashes;           // in the lock's order; empty where the lock has none
  std::optional<std::uint64_t> size;  // bytes; a hint: the hash decides
  std::string upload_time;            // RFC 3339, or ""

  // The sha256 among the hashes.
  std::optional<Digest> sha256() const;

  bool operator==(const Artifact&) const = default;
};

}  // namespace cartwheel::core
