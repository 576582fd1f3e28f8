#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/artifact.h"

namespace cartwheel::fetch {

// Finds the SHA-256 of a file as its bytes go by, and whether it has every hash that its lock
// gives.
class Verifier {
 public:
  // Error{unsupported} for a hash of an unknown algorithm.
  explicit Verifier(const core::Artifact& artifact);

  void update(util::Bytes data);
  // "wanted HASH, found HASH" for the first hash that the bytes do not have; nothing when all hold.
  // Once, at the end.
  std::optional<std::string> finish();
  // After finish().
  const core::Digest& digest() const { return *digest_; }

 private:
  const core::Artifact& artifact_;
  core::Hasher sha256_;
  std::vector<std::pair<core::Hash, core::AnyHasher>> others_;
  std::optional<core::Digest> digest_;
};

}  // namespace cartwheel::fetch
