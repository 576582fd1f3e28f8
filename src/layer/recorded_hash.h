#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/digest.h"
#include "util/bytes.h"

namespace cartwheel::layer {

// The first half of the SHA-256 that a RECORD states as "sha256=BASE64URL"; nothing when the text
// is no whole one.
std::optional<std::array<std::byte, 16>> first_half_of_sha256(std::string_view hash);

// A hash that a RECORD states by another algorithm that we can hold it against: sha384 or sha512.
class StrongerHash {
 public:
  // Nothing for any other text.
  static std::optional<StrongerHash> find(const std::string& recorded);
  void update(util::Bytes content) { hasher_.update(content); }
  // The same of the content, as RECORD would have it; to be asked once, at the end.
  std::string finish();

 private:
  explicit StrongerHash(const std::string& algorithm) : algorithm_(algorithm), hasher_(algorithm) {}

  std::string algorithm_;
  core::AnyHasher hasher_;
};

// Both without the padding that some builders leave at the end.
bool same_hash(std::string_view recorded, std::string_view found);

}  // namespace cartwheel::layer
