#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "util/bytes.h"

namespace cartwheel::util {

// Where bytes go. Not thread-safe; one writer.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void write(Bytes data) = 0;
};

// Where bytes come from, once.
class Source {
 public:
  virtual ~Source() = default;
  // Fills a part of the buffer, at least one byte of it; 0 only at the end. buffer must not be
  // empty.
  virtual std::size_t read(MutableBytes buffer) = 0;
};

// Bytes of known size that can be read at any place, by several threads at once.
class RandomAccess {
 public:
  virtual ~RandomAccess() = default;
  virtual std::uint64_t size() const = 0;
  // Fills the whole buffer. Throws Error{malformed} when it reaches past the end, Error{io} when
  // reading fails.
  virtual void read_at(std::uint64_t offset, MutableBytes buffer) const = 0;
};

// Appends to a string that it does not own.
class StringSink : public Sink {
 public:
  explicit StringSink(std::string& out) : out_(out) {}
  void write(Bytes data) override { out_ += as_text(data); }

 private:
  std::string& out_;
};

// Gives the bytes of a string that it owns.
class StringSource : public Source {
 public:
  explicit StringSource(std::string text) : text_(std::move(text)) {}
  std::size_t read(MutableBytes buffer) override;

 private:
  std::string text_;
  std::size_t position_ = 0;
};

class StringRandomAccess : public RandomAccess {
 public:
  explicit StringRandomAccess(std::string text) : text_(std::move(text)) {}
  std::uint64_t size() const override { return text_.size(); }
  void read_at(std::uint64_t offset, MutableBytes buffer) const override;

 private:
  std::string text_;
};

// Moves all bytes of source into sink, through a buffer of 128 KiB, and says how many there were.
std::uint64_t copy(Source& source, Sink& sink);

// All bytes of source; throws Error{malformed} "PLACE: longer than LIMIT bytes" beyond limit.
std::string read_all(Source& source, std::uint64_t limit, const std::string& place);

}  // namespace cartwheel::util
