#include "fetch/verifier.h"

#include <fmt/format.h>

namespace cartwheel::fetch {

Verifier::Verifier(const core::Artifact& artifact) : artifact_(artifact) {
  for (const core::Hash& hash : artifact.hashes) {
    if (hash.algorithm != "sha256") {
      others_.emplace_back(hash, core::AnyHasher(hash.algorithm));
    }
  }
}

void Verifier::update(util::Bytes data) {
  sha256_.update(data);
  for (auto& [hash, hasher] : others_) {
    hasher.update(data);
  }
}

std::optional<std::string> Verifier::finish() {
  digest_ = sha256_.finish();
  for (const core::Hash& hash : artifact_.hashes) {
    if (hash.algorithm == "sha256" && hash.hex != digest_->hex()) {
      return fmt::format("wanted {}, found {}", hash.str(), digest_->str());
    }
  }
  for (auto& [hash, hasher] : others_) {
    std::string found = hasher.finish();
    if (found != hash.hex) {
      return fmt::format("wanted {}, found {}:{}", hash.str(), hash.algorithm, found);
    }
  }
  return std::nullopt;
}

}  // namespace cartwheel::fetch
