#include "base/recode.h"

#include <algorithm>

#include <fmt/format.h>

#include "archive/read_archive.h"
#include "base/layer_key.h"
#include "layer/layer_writer.h"
#include "memo/layer_memo.h"
#include "store/recipe.h"
#include "util/error.h"

namespace cartwheel::base {

namespace {

using util::Error;
using util::ErrorKind;

constexpr std::size_t kTarEnd = archive::kTarEnd;

class CountingSink : public util::Sink {
 public:
  void write(util::Bytes data) override { size += data.size(); }
  std::uint64_t size = 0;
};

// Passes a tar on to a writer that ends it itself with two zero blocks: the last 1,024 bytes are
// held back.
class TarSink : public util::Sink {
 public:
  TarSink(layer::LayerWriter& writer, std::string place)
      : writer_(writer),
        place_(std::move(place)) {}

  void write(util::Bytes data) override {
    held_ += util::as_text(data);
    if (held_.size() > kTarEnd) {
      const std::size_t count = held_.size() - kTarEnd;
      writer_.text(util::as_bytes(std::string_view(held_).substr(0, count)));
      held_.erase(0, count);
    }
  }

  void check_end() const {
    if (held_ != std::string(kTarEnd, '\0')) {
      throw Error(ErrorKind::unsupported,
                  place_ + ": its tar does not end with two zero blocks, it cannot be recoded");
    }
  }

 private:
  layer::LayerWriter& writer_;
  std::string place_;
  std::string held_;
};

bool is_wanted(const std::string& media_type, core::Compression compression) {
  return media_type ==
         (compression == core::Compression::zstd ? core::kLayerZstdType : core::kLayerGzipType);
}

memo::LayerRecord recode(const oci::Layer& layer,
                         core::Compression compression,
                         store::Store& store,
                         const std::string& place) {
  CountingSink count;
  archive::decompress(*layer.blob->open(), place, count);
  const std::unique_ptr<layer::LayerWriter> writer =
      layer::write_blob(store, compression, count.size);
  TarSink tar(*writer, place);
  archive::decompress(*layer.blob->open(), place, tar);
  tar.check_end();
  const layer::WrittenLayer written = writer->finish();
  if (written.diff_id != layer.diff_id) {
    throw Error(ErrorKind::integrity,
                fmt::format("{}: wanted the diff_id {}, found {}",
                            place,
                            layer.diff_id.str(),
                            written.diff_id.str()));
  }
  memo::LayerRecord record;
  record.blob.media_type = std::string(
      compression == core::Compression::zstd ? core::kLayerZstdType : core::kLayerGzipType);
  record.blob.digest = written.blob;
  record.blob.size = written.size;
  record.diff_id = written.diff_id;
  record.tar_size = written.tar_size;
  record.kind = "base";
  return record;
}

}  // namespace

oci::Layer in_compression(oci::Layer layer,
                          core::Compression compression,
                          store::Store& store,
                          util::Progress& progress,
                          bool verify_memo) {
  if (is_wanted(layer.descriptor.media_type, compression)) {
    return layer;
  }
  const std::string place = "base layer " + layer.descriptor.digest.str();
  const std::string key = recoded_layer_key(layer.descriptor.digest, compression);
  memo::LayerMemo memo(store, verify_memo);
  std::optional<memo::LayerRecord> record = memo.find(key);
  if (record && record->diff_id != layer.diff_id) {
    record.reset();  // the config lies about the tar: found out below
  }
  if (!record) {
    progress.note(fmt::format("{}: coded anew, {} instead of {}",
                              place,
                              compression == core::Compression::zstd ? "zstd" : "gzip",
                              layer.descriptor.media_type));
    record = recode(layer, compression, store, place);
    memo.put(key, *record);
  }
  oci::Layer recoded{.descriptor = record->blob, .diff_id = record->diff_id};
  recoded.descriptor.annotations = layer.descriptor.annotations;
  const std::shared_ptr<const store::Store> not_owned(std::shared_ptr<void>(), &store);
  recoded.blob = store::find_blob(not_owned, record->blob.digest);
  return recoded;
}

}  // namespace cartwheel::base
