#include "core/digest.h"

#include <algorithm>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "util/error.h"
#include "util/text.h"

namespace cartwheel::core {

using util::Error;
using util::ErrorKind;

namespace {

constexpr std::string_view kPrefix = "sha256:";

struct ContextFree {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, ContextFree>;

Context begin(const EVP_MD* algorithm) {
  Context context(EVP_MD_CTX_new());
  if (!context || algorithm == nullptr ||
      EVP_DigestInit_ex(context.get(), algorithm, nullptr) != 1) {
    throw Error(ErrorKind::internal, "OpenSSL cannot begin a hash");
  }
  return context;
}

const EVP_MD* find_algorithm(const std::string& name) {
  if (name == "blake2b") {
    return EVP_blake2b512();
  }
  static constexpr std::array<std::string_view, 5> kKnown{
      "md5", "sha224", "sha256", "sha384", "sha512"};
  return std::ranges::find(kKnown, name) == kKnown.end() ? nullptr
                                                         : EVP_get_digestbyname(name.c_str());
}

}  // namespace

Digest Digest::parse(std::string_view text) {
  if (text.starts_with(kPrefix)) {
    std::string_view digits = text.substr(kPrefix.size());
    std::optional<Digest> digest = from_hex(digits);
    if (digest && digest->hex() == digits) {
      return *digest;
    }
  }
  throw Error(ErrorKind::malformed,
              fmt::format("'{}' is no digest: wanted sha256: and 64 lower-case hex digits", text));
}

std::optional<Digest> Digest::from_hex(std::string_view text) {
  std::vector<std::byte> raw = util::from_hex(text);
  std::array<std::byte, 32> bytes{};
  if (raw.size() != bytes.size()) {
    return std::nullopt;
  }
  std::ranges::copy(raw, bytes.begin());
  return Digest(bytes);
}

Digest Digest::of(util::Bytes bytes) {
  Hasher hasher;
  hasher.update(bytes);
  return hasher.finish();
}

struct Hasher::State {
  Context context = begin(EVP_sha256());
};

Hasher::Hasher() : state_(std::make_unique<State>()) {}
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;
Hasher::~Hasher() = default;

void Hasher::update(util::Bytes data) {
  EVP_DigestUpdate(state_->context.get(), data.data(), data.size());
}

Digest Hasher::finish() {
  std::array<std::byte, 32> bytes{};
  unsigned length = 0;
  EVP_DigestFinal_ex(
      state_->context.get(), reinterpret_cast<unsigned char*>(bytes.data()), &length);
  return Digest::from_bytes(bytes);
}

Hash Hash::parse(std::string_view text) {
  std::size_t colon = text.find(':');
  Hash hash;
  if (colon != std::string_view::npos) {
    hash = {util::lower(text.substr(0, colon)), util::lower(text.substr(colon + 1))};
  }
  if (util::from_hex(hash.hex).empty()) {
    throw Error(ErrorKind::malformed, fmt::format("'{}' is no hash: wanted ALGORITHM:HEX", text));
  }
  const EVP_MD* algorithm = find_algorithm(hash.algorithm);
  if (algorithm == nullptr) {
    throw Error(ErrorKind::unsupported,
                fmt::format("hash algorithm '{}': wanted sha256, sha384, sha512, md5 or blake2b",
                            hash.algorithm));
  }
  if (hash.hex.size() != 2 * static_cast<std::size_t>(EVP_MD_get_size(algorithm))) {
    throw Error(ErrorKind::malformed,
                fmt::format("'{}' has the wrong length for {}", text, hash.algorithm));
  }
  return hash;
}

struct AnyHasher::State {
  Context context;
};

AnyHasher::AnyHasher(const std::string& algorithm) : state_(std::make_unique<State>()) {
  const EVP_MD* found = find_algorithm(algorithm);
  if (found == nullptr) {
    throw Error(ErrorKind::unsupported, fmt::format("hash algorithm '{}'", algorithm));
  }
  state_->context = begin(found);
}

AnyHasher::AnyHasher(AnyHasher&&) noexcept = default;
AnyHasher::~AnyHasher() = default;

void AnyHasher::update(util::Bytes data) {
  EVP_DigestUpdate(state_->context.get(), data.data(), data.size());
}

std::string AnyHasher::finish() {
  std::array<std::byte, EVP_MAX_MD_SIZE> bytes{};
  unsigned length = 0;
  EVP_DigestFinal_ex(
      state_->context.get(), reinterpret_cast<unsigned char*>(bytes.data()), &length);
  return util::hex(util::Bytes(bytes).first(length));
}

void HashingSink::write(util::Bytes data) {
  hasher_.update(data);
  size_ += data.size();
  if (next_ != nullptr) {
    next_->write(data);
  }
}

}  // namespace cartwheel::core
