#pragma once

#include <memory>
#include <vector>

#include "archive/inflate.h"
#include "archive/tar_writer.h"
#include "core/digest.h"
#include "core/format.h"
#include "store/store.h"
#include "util/stream.h"

namespace cartwheel::layer {

// A file of a wheel, as the layer takes it over without compressing it again.
struct Payload {
  std::size_t source = 0;                    // which of the layer's wheels or files
  const util::RandomAccess* file = nullptr;  // that wheel or file
  std::uint64_t offset = 0;                  // of the compressed bytes in it
  std::uint64_t compressed_size = 0;
  std::uint64_t size = 0;  // inflated, > 0
  std::uint32_t crc32 = 0;
  bool deflated = false;
  archive::DeflateEnd end;  // of a deflated one
};

// A layer that is in the store.
struct WrittenLayer {
  core::Digest blob = core::Digest::of(std::string_view());
  std::uint64_t size = 0;  // bytes of the blob
  core::Digest diff_id = core::Digest::of(std::string_view());
  std::uint64_t tar_size = 0;
  bool recipe = false;
};

// Writes the tar of a layer, entry by entry, into the store. Dropped without finish(): nothing is
// left. Not thread-safe.
class LayerWriter {
 public:
  virtual ~LayerWriter() = default;
  virtual void header(const archive::TarEntry& entry) = 0;
  // Content that we make, of the entry whose header came last. In pieces as they come.
  virtual void text(util::Bytes bytes) = 0;
  // Content of a wheel's own unchanged file: its inflated bytes in pieces, then what it is.
  virtual void content(util::Bytes inflated) = 0;
  // May be called between them, for what need not be read from the wheel a second time then: the
  // bytes of the payload's compressed form as they came, in order from its first. The piece stays
  // valid until the next call of this or the end of end_content(). before_last: the last block
  // begins behind them.
  virtual void compressed(util::Bytes, bool /*before_last*/) {}
  virtual void end_content(const Payload& payload) = 0;
  // Content that is taken as it is, in stored blocks, of the entry whose header came last: `size`
  // bytes of payload.file from payload.offset on, read once and hashed on the way.
  virtual void stored(const Payload& payload) = 0;
  // Zero bytes up to the next multiple of 512, after a content of this size.
  void padding(std::uint64_t size);
  // Two zero blocks and the end; publishes.
  WrittenLayer finish();

 protected:
  virtual WrittenLayer publish() = 0;
};

// A spliced layer as a recipe over these wheels or files (docs/formats.md section 5).
std::unique_ptr<LayerWriter> write_recipe(
    store::Store& store, std::vector<std::pair<core::Digest, std::uint64_t>> wheels);

// A layer as a plain blob: coded by us or stored, or zstd, for which the size of the tar must be
// known. A spliced one takes no content() of a deflated payload.
std::unique_ptr<LayerWriter> write_blob(store::Store& store,
                                        core::Compression compression,
                                        std::uint64_t tar_size);

}  // namespace cartwheel::layer
