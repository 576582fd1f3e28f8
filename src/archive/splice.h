#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "archive/inflate.h"
#include "archive/tar_writer.h"
#include "util/bytes.h"

namespace cartwheel::archive {

// Where a spliced gzip stream goes, in order: bytes of our own, and whole bytes of a payload's
// compressed form.
class SpliceSink {
 public:
  virtual ~SpliceSink() = default;
  virtual void literal(util::Bytes bytes) = 0;
  // `length` bytes of the current payload's compressed (or stored) bytes, from `offset` within it.
  virtual void range(std::uint64_t offset, std::uint64_t length) = 0;
};

// Writes one gzip member out of tar text and payloads (docs/formats.md section 3). It sees headers
// and lengths, never the payload's bulk: for a deflated payload it needs first and last bytes and
// the facts that the inflater found. Calls, in this order: header text and content as text() come
// and go; payloads between them; finish() at the end.
class SpliceWriter {
 public:
  explicit SpliceWriter(SpliceSink& sink);
  ~SpliceWriter();

  // Bytes of the tar that are coded by us: padding, generated content. Gathered into runs; a run of
  // 4,096 bytes or more goes to encoder C as it comes, so that a tar that is all text (base, venv,
  // project) needs no more memory than a window.
  void text(std::string_view bytes);
  // tar_header(entry) as text, noting where its header blocks lie (encoder H, candidate P).
  void header(const TarEntry& entry);

  // What comes before a deflated payload is handed on, if nothing of it was yet; the payload's
  // bytes come next. Only for a payload that deflated() is called for then.
  void begin_deflated();
  // A deflated payload: compressed_size bytes, ending as `end` says; byte_at(i) gives its i-th
  // compressed byte (asked for at most two places: the byte with the final bit, and the last). crc,
  // size: of the inflated bytes.
  void deflated(std::uint64_t compressed_size,
                const DeflateEnd& end,
                const std::function<std::uint8_t(std::uint64_t)>& byte_at,
                std::uint32_t crc,
                std::uint64_t size);
  // A stored payload of `size` bytes. Its CRC-32 is asked for when the sink has had every range of
  // it: whoever reads the bytes there can find it on the way.
  void stored(std::uint64_t size, const std::function<std::uint32_t()>& crc);

  // Ends the tar (the two zero blocks are the caller's text) and the gzip member.
  void finish();
  std::uint64_t tar_size() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cartwheel::archive
