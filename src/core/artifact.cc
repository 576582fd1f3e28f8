#include "core/artifact.h"

namespace cartwheel::core {

std::optional<Digest> Artifact::sha256() const {
  for (const Hash& hash : hashes) {
    if (hash.algorithm == "sha256") {
      return Digest::from_hex(hash.hex);
    }
  }
  return std::nullopt;
}

}  // namespace cartwheel::core
