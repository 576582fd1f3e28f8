#pragma once

#include <array>
#include <compare>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "util/stream.h"

namespace cartwheel::core {

// A SHA-256 digest. One that exists is well formed: only parse(), from_hex(), of() and Hasher make
// one.
class Digest {
 public:
  // "sha256:" and 64 lower-case hex digits (OCI image-spec, descriptor.md "Digests"); throws
  // Error{malformed}.
  static Digest parse(std::string_view text);
  // 64 hex digits, of either case; nothing when the text is not that.
  static std::optional<Digest> from_hex(std::string_view text);
  static Digest from_bytes(const std::array<std::byte, 32>& bytes) { return Digest(bytes); }
  // Of these bytes.
  static Digest of(util::Bytes bytes);
  static Digest of(std::string_view text) { return of(util::as_bytes(text)); }

  std::string str() const { return "sha256:" + hex(); }
  std::string hex() const { return util::hex(bytes_); }
  const std::array<std::byte, 32>& bytes() const { return bytes_; }
  auto operator<=>(const Digest&) const = default;

 private:
  explicit Digest(const std::array<std::byte, 32>& bytes) : bytes_(bytes) {}
  std::array<std::byte, 32> bytes_;
};

// SHA-256 as bytes go by.
class Hasher {
 public:
  Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;
  ~Hasher();
  void update(util::Bytes data);
  Digest finish();  // once, at the end

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// A hash that a lock gives: sha256, sha384, sha512, md5 or blake2b, in lower-case hex.
struct Hash {
  std::string algorithm;
  std::string hex;

  // "ALGORITHM:HEX"; throws Error{malformed} for another form, Error{unsupported} for an unknown
  // algorithm.
  static Hash parse(std::string_view text);
  std::string str() const { return algorithm + ":" + hex; }
  bool operator==(const Hash&) const = default;
};

// Any of Hash's algorithms, as bytes go by. finish() gives lower-case hex.
class AnyHasher {
 public:
  explicit AnyHasher(const std::string& algorithm);  // Error{unsupported}
  AnyHasher(AnyHasher&&) noexcept;
  ~AnyHasher();
  void update(util::Bytes data);
  std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Hashes and counts what it passes on to another sink (or to none).
class HashingSink : public util::Sink {
 public:
  explicit HashingSink(util::Sink* next = nullptr) : next_(next) {}
  void write(util::Bytes data) override;
  std::uint64_t size() const { return size_; }
  Digest finish() { return hasher_.finish(); }

 private:
  util::Sink* next_;
  Hasher hasher_;
  std::uint64_t size_ = 0;
};

}  // namespace cartwheel::core
