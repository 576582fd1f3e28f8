#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "core/digest.h"
#include "util/file.h"
#include "util/stream.h"

namespace cartwheel::core {

// OCI image-spec, descriptor.md.
struct Descriptor {
  std::string media_type;
  Digest digest;
  std::uint64_t size = 0;  // bytes
  std::map<std::string, std::string> annotations;

  bool operator==(const Descriptor&) const = default;
};

// Bytes whose digest and size are known before they are read, and that can be read again and again.
// Two kinds: a file in the store, and a recipe (literal bytes and ranges of another blob).
// Thread-safe.
class Blob {
 public:
  virtual ~Blob() = default;
  virtual const Digest& digest() const = 0;
  virtual std::uint64_t size() const = 0;
  // What is read is not checked against the digest by the blob: sinks hash what they take.
  virtual std::unique_ptr<util::Source> open() const = 0;

  // Where the bytes lie, piece by piece in their order.
  class Pieces {
   public:
    virtual ~Pieces() = default;
    virtual void text(util::Bytes bytes) = 0;
    virtual void range(const util::File& file, std::uint64_t offset, std::uint64_t length) = 0;
  };
  // For a blob whose digest this process has just computed of the bytes in question, so that they
  // may be copied without another look. False, and nothing called, for all others.
  virtual bool give_pieces(Pieces&) const { return false; }
};

// Bytes in memory: configs, manifests.
class TextBlob : public Blob {
 public:
  explicit TextBlob(std::string text) : text_(std::move(text)), digest_(Digest::of(text_)) {}
  const Digest& digest() const override { return digest_; }
  std::uint64_t size() const override { return text_.size(); }
  std::unique_ptr<util::Source> open() const override {
    return std::make_unique<util::StringSource>(text_);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  Digest digest_;
};

}  // namespace cartwheel::core
