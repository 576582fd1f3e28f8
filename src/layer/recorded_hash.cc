#include "layer/recorded_hash.h"

#include "util/bytes.h"

namespace cartwheel::layer {

namespace {

constexpr std::string_view kSha256 = "sha256=";

// 64 letters of base64url, and -1 for others.
int base64url_value(char c) {
  if (c >= 'A' && c <= 'Z') {
    return c - 'A';
  }
  if (c >= 'a' && c <= 'z') {
    return c - 'a' + 26;
  }
  if (c >= '0' && c <= '9') {
    return c - '0' + 52;
  }
  if (c == '-') {
    return 62;
  }
  return c == '_' ? 63 : -1;
}

std::string_view without_padding(std::string_view hash) {
  while (hash.ends_with('=')) {
    hash.remove_suffix(1);
  }
  return hash;
}

}  // namespace

std::optional<std::array<std::byte, 16>> first_half_of_sha256(std::string_view hash) {
  if (!hash.starts_with(kSha256)) {
    return std::nullopt;
  }
  hash.remove_prefix(kSha256.size());
  hash = without_padding(hash);
  if (hash.size() != 43) {
    return std::nullopt;
  }
  std::array<std::byte, 16> out{};
  unsigned bits = 0;
  unsigned held = 0;
  std::size_t at = 0;
  for (char c : hash) {
    int value = base64url_value(c);
    if (value < 0) {
      return std::nullopt;
    }
    bits = (bits << 6 | static_cast<unsigned>(value)) & 0xffff;
    held += 6;
    if (held >= 8 && at < out.size()) {
      held -= 8;
      out[at++] = static_cast<std::byte>(bits >> held & 0xff);
    } else if (held >= 8) {
      held -= 8;
    }
  }
  return out;
}

std::optional<StrongerHash> StrongerHash::find(const std::string& recorded) {
  std::string algorithm = recorded.substr(0, recorded.find('='));
  if (algorithm != "sha384" && algorithm != "sha512") {
    return std::nullopt;
  }
  return StrongerHash(algorithm);
}

std::string StrongerHash::finish() {
  return algorithm_ + "=" + util::base64url(util::from_hex(hasher_.finish()));
}

bool same_hash(std::string_view recorded, std::string_view found) {
  return without_padding(recorded) == without_padding(found);
}

}  // namespace cartwheel::layer
