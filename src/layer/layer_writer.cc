#include "layer/layer_writer.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <zstd.h>

#include "archive/splice.h"
#include "layer/spec.h"
#include "store/recipe.h"
#include "util/error.h"

namespace cartwheel::layer {

using util::Bytes;
using util::Error;
using util::ErrorKind;

namespace {

constexpr std::size_t kPiece = std::size_t{128} << 10;  // bytes read at once
constexpr int kZstdLevel = 3;

// The parts that both spliced writers share: the tar's hash, and the splice writer.
class SpliceLayerWriter : public LayerWriter, protected archive::SpliceSink {
 public:
  void header(const archive::TarEntry& entry) override {
    tar_.update(util::as_bytes(archive::tar_header(entry)));
    splice_.header(entry);
  }

  void text(Bytes bytes) override {
    tar_.update(bytes);
    splice_.text(util::as_text(bytes));
  }

  void stored(const Payload& payload) override {
    payload_ = &payload;
    hashes_ranges_ = true;
    crc_ = 0;
    splice_.stored(payload.size, [&] { return crc_; });
    hashes_ranges_ = false;
  }

 protected:
  // A piece of a range goes by: what content() has not seen is hashed here.
  void pass(Bytes piece) {
    if (hashes_ranges_) {
      tar_.update(piece);
      crc_ = archive::crc32(crc_, piece);
    }
  }

  core::Hasher tar_;
  archive::SpliceWriter splice_{*this};
  const Payload* payload_ = nullptr;

 private:
  bool hashes_ranges_ = false;
  std::uint32_t crc_ = 0;  // of the payload's bytes so far
};

class RecipeWriter : public SpliceLayerWriter {
 public:
  RecipeWriter(store::Store& store, std::vector<std::pair<core::Digest, std::uint64_t>> wheels)
      : store_(store),
        wheels_(std::move(wheels)),
        buffer_(kPiece),
        source_of_(wheels_.size(), kUnused) {}

  void content(Bytes inflated) override { tar_.update(inflated); }

  void compressed(Bytes piece, bool before_last) override {
    latest_at_ += latest_.size();
    latest_ = piece;
    // The splice changes nothing in them, so that they may be hashed while they are in the cache.
    if (before_last && hashed_ == latest_at_) {
      if (hashed_ == 0) {
        splice_.begin_deflated();
      }
      blob_.update(piece);
      hashed_ += piece.size();
    }
  }

  void end_content(const Payload& payload) override {
    payload_ = &payload;
    if (payload.deflated) {
      check_hashed(payload.end);
      auto byte_at = [&](std::uint64_t i) { return this->byte_at(i); };
      splice_.deflated(payload.compressed_size, payload.end, byte_at, payload.crc32, payload.size);
    } else {
      splice_.stored(payload.size, [&] { return payload.crc32; });
    }
    latest_ = {};
    latest_at_ = 0;
    hashed_ = 0;
  }

 protected:
  void literal(Bytes bytes) override {
    blob_.update(bytes);
    recipe_.size += bytes.size();
    recipe_.append_literal(bytes);
  }

  void range(std::uint64_t offset, std::uint64_t length) override {
    recipe_.append_range(source(payload_->source), payload_->offset + offset, length);
    recipe_.size += length;
    std::uint64_t end = offset + length;
    for (std::uint64_t at = std::max(offset, hashed_); at < end;) {
      Bytes piece = bytes_at(at, end - at);
      pass(piece);
      blob_.update(piece);
      at += piece.size();
    }
  }

  WrittenLayer publish() override {
    splice_.finish();
    recipe_.blob = blob_.finish();
    recipe_.diff_id = tar_.finish();
    recipe_.tar_size = splice_.tar_size();
    store_.put_recipe(recipe_.blob, store::encode(recipe_));
    return {.blob = recipe_.blob,
            .size = recipe_.size,
            .diff_id = recipe_.diff_id,
            .tar_size = recipe_.tar_size,
            .recipe = true};
  }

 private:
  static constexpr std::size_t kUnused = ~std::size_t{0};

  // At least one byte of the payload from `at` on, at most `most`: of the latest piece, else read
  // into buffer_.
  Bytes bytes_at(std::uint64_t at, std::uint64_t most) {
    if (at >= latest_at_ && at - latest_at_ < latest_.size()) {
      Bytes rest = latest_.subspan(at - latest_at_);
      return rest.first(std::min<std::uint64_t>(rest.size(), most));
    }
    std::uint64_t size = std::min<std::uint64_t>(most, buffer_.size());
    if (at < latest_at_) {
      size = std::min(size, latest_at_ - at);
    }
    util::MutableBytes piece(buffer_.data(), size);
    payload_->file->read_at(payload_->offset + at, piece);
    return piece;
  }

  std::uint8_t byte_at(std::uint64_t at) {
    return static_cast<std::uint8_t>(bytes_at(at, 1).front());
  }

  void check_hashed(const archive::DeflateEnd& end) const {
    if (end.final_bit / 8 < hashed_) {
      throw Error(ErrorKind::internal,
                  fmt::format("the last block begins at bit {}, and {} bytes were before it",
                              end.final_bit,
                              hashed_));
    }
  }

  // The recipe lists its wheels in the order in which it uses them.
  std::size_t source(std::size_t wheel) {
    if (source_of_[wheel] == kUnused) {
      source_of_[wheel] = recipe_.sources.size();
      recipe_.sources.push_back({.digest = wheels_[wheel].first, .size = wheels_[wheel].second});
    }
    return source_of_[wheel];
  }

  store::Store& store_;
  std::vector<std::pair<core::Digest, std::uint64_t>> wheels_;
  std::vector<std::byte> buffer_;
  std::vector<std::size_t> source_of_;
  core::Hasher blob_;
  store::Recipe recipe_;
  Bytes latest_;                 // piece of the payload's compressed bytes
  std::uint64_t latest_at_ = 0;  // where it begins
  std::uint64_t hashed_ = 0;     // so many of its first bytes are in blob_
};

class SpliceBlobWriter : public SpliceLayerWriter {
 public:
  explicit SpliceBlobWriter(store::Store& store) : upload_(store.begin()) {}

  void content(Bytes inflated) override { text(inflated); }
  void end_content(const Payload&) override {}

 protected:
  void literal(Bytes bytes) override { upload_->write(bytes); }
  void range(std::uint64_t offset, std::uint64_t length) override {
    for (std::uint64_t at = offset; at < offset + length;) {
      util::MutableBytes piece(buffer_.data(),
                               std::min<std::uint64_t>(offset + length - at, buffer_.size()));
      payload_->file->read_at(payload_->offset + at, piece);
      pass(piece);
      upload_->write(piece);
      at += piece.size();
    }
  }

  WrittenLayer publish() override {
    splice_.finish();
    core::Digest blob = upload_->commit();
    return {.blob = blob,
            .size = upload_->size(),
            .diff_id = tar_.finish(),
            .tar_size = splice_.tar_size()};
  }

 private:
  std::unique_ptr<store::Upload> upload_;
  std::vector<std::byte> buffer_ = std::vector<std::byte>(kPiece);
};

struct FreeCompressor {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

std::size_t checked(std::size_t code) {
  if (ZSTD_isError(code) != 0) {
    throw Error(ErrorKind::internal, fmt::format("zstd: {}", ZSTD_getErrorName(code)));
  }
  return code;
}

// One frame with its content's size and without a checksum (docs/formats.md section 5).
class ZstdWriter : public LayerWriter {
 public:
  ZstdWriter(store::Store& store, std::uint64_t tar_size)
      : upload_(store.begin()),
        context_(ZSTD_createCCtx()),
        buffer_(ZSTD_CStreamOutSize()),
        tar_size_(tar_size) {
    if (!context_) {
      throw Error(ErrorKind::io, "zstd has no memory");
    }
    checked(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, kZstdLevel));
    checked(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_contentSizeFlag, 1));
    checked(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 0));
    checked(ZSTD_CCtx_setPledgedSrcSize(context_.get(), tar_size));
  }

  void header(const archive::TarEntry& entry) override {
    text(util::as_bytes(archive::tar_header(entry)));
  }

  void text(Bytes bytes) override {
    tar_.update(bytes);
    compress(bytes, ZSTD_e_continue);
  }

  void content(Bytes inflated) override { text(inflated); }
  void end_content(const Payload&) override {}

  void stored(const Payload& payload) override {
    std::vector<std::byte> buffer(kPiece);
    for (std::uint64_t at = 0; at < payload.size;) {
      util::MutableBytes piece(buffer.data(),
                               std::min<std::uint64_t>(payload.size - at, buffer.size()));
      payload.file->read_at(payload.offset + at, piece);
      text(piece);
      at += piece.size();
    }
  }

 protected:
  WrittenLayer publish() override {
    compress({}, ZSTD_e_end);
    core::Digest blob = upload_->commit();
    return {.blob = blob, .size = upload_->size(), .diff_id = tar_.finish(), .tar_size = tar_size_};
  }

 private:
  void compress(Bytes bytes, ZSTD_EndDirective mode) {
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    std::size_t left = 0;
    do {
      ZSTD_outBuffer out{buffer_.data(), buffer_.size(), 0};
      left = checked(ZSTD_compressStream2(context_.get(), &out, &in, mode));
      if (out.pos > 0) {
        upload_->write(Bytes(buffer_).first(out.pos));
      }
    } while (in.pos < in.size || (mode == ZSTD_e_end && left > 0));
  }

  std::unique_ptr<store::Upload> upload_;
  std::unique_ptr<ZSTD_CCtx, FreeCompressor> context_;
  std::vector<std::byte> buffer_;
  core::Hasher tar_;
  std::uint64_t tar_size_;
};

constexpr std::array<std::byte, archive::kTarEnd> kZeros{};

}  // namespace

void LayerWriter::padding(std::uint64_t size) {
  if (std::uint64_t count = archive::tar_padding(size); count > 0) {
    text(Bytes(kZeros).first(count));
  }
}

WrittenLayer LayerWriter::finish() {
  text(kZeros);
  return publish();
}

std::string zstd_library_version() { return ZSTD_versionString(); }

std::unique_ptr<LayerWriter> write_recipe(
    store::Store& store, std::vector<std::pair<core::Digest, std::uint64_t>> wheels) {
  return std::make_unique<RecipeWriter>(store, std::move(wheels));
}

std::unique_ptr<LayerWriter> write_blob(store::Store& store,
                                        core::Compression compression,
                                        std::uint64_t tar_size) {
  if (compression == core::Compression::zstd) {
    return std::make_unique<ZstdWriter>(store, tar_size);
  }
  return std::make_unique<SpliceBlobWriter>(store);
}

}  // namespace cartwheel::layer
