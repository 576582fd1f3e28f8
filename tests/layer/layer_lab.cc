#include "layer/layer_lab.h"

#include <ostream>
#include <random>
#include <stdexcept>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <zstd.h>

#include "archive/read_archive.h"
#include "python/names.h"
#include "store/recipe.h"
#include "support/zip_builder.h"

namespace cartwheel::layer {

namespace {

std::string unzstd(const std::string& bytes) {
  unsigned long long size = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
  EXPECT_NE(size, ZSTD_CONTENTSIZE_UNKNOWN);
  EXPECT_NE(size, ZSTD_CONTENTSIZE_ERROR);
  EXPECT_EQ(ZSTD_findFrameCompressedSize(bytes.data(), bytes.size()), bytes.size());
  std::string out(size, '\0');
  EXPECT_EQ(ZSTD_decompress(out.data(), out.size(), bytes.data(), bytes.size()), size);
  return out;
}

using Each = std::function<void(const archive::ReadEntry&, util::Source&)>;

void each_entry(const std::string& tar, const Each& each) {
  util::StringSource source(tar);
  archive::read_tar(source, "layer", each);
}

}  // namespace

void PrintTo(const Found& found, std::ostream* out) {
  *out << found.kind << fmt::format(" {:o} ", found.mode) << '\'' << found.content << '\'';
}

WheelInput LayerLab::add(const tests::WheelBuilder& wheel) {
  return add(wheel.filename(), wheel.bytes());
}

WheelInput LayerLab::add(const std::string& filename, const std::string& bytes) {
  return {.name = python::normalized_name(filename.substr(0, filename.find('-'))),
          .version = "1.0",
          .filename = filename,
          .sha256 = store_->put(bytes),
          .direct_url = "",
          .omit = {}};
}

memo::LayerRecord LayerLab::make(const WheelLayerSpec& spec,
                                 std::size_t threads,
                                 archive::Inflater inflater) {
  return make_wheel_layer(spec,
                          {.store = *store_,
                           .memo = memo_,
                           .progress = util::silent_progress(),
                           .threads = threads,
                           .inflater = inflater});
}

memo::LayerRecord LayerLab::make(const WheelInput& wheel) { return make(spec_of({wheel})); }

std::string LayerLab::blob(const memo::LayerRecord& record) const {
  std::shared_ptr<core::Blob> blob = store::find_blob(store_, record.blob.digest);
  if (!blob) {
    throw std::runtime_error("no blob " + record.blob.digest.str());
  }
  auto source = blob->open();
  std::string bytes = util::read_all(*source, 1ULL << 30, "blob");
  EXPECT_EQ(core::Digest::of(bytes), record.blob.digest);
  EXPECT_EQ(bytes.size(), record.blob.size);
  return bytes;
}

std::string LayerLab::tar(const memo::LayerRecord& record) const {
  bool zstd = record.blob.media_type == core::kLayerZstdType;
  std::string tar = zstd ? unzstd(blob(record)) : tests::gunzip_one_member(blob(record));
  EXPECT_EQ(core::Digest::of(tar), record.diff_id);
  EXPECT_EQ(tar.size(), record.tar_size);
  return tar;
}

std::vector<std::string> LayerLab::order(const memo::LayerRecord& record) const {
  std::vector<std::string> paths;
  each_entry(tar(record),
             [&](const archive::ReadEntry& entry, util::Source&) { paths.push_back(entry.path); });
  return paths;
}

std::map<std::string, Found> LayerLab::tree(const memo::LayerRecord& record) const {
  std::map<std::string, Found> tree;
  each_entry(tar(record), [&](const archive::ReadEntry& entry, util::Source& source) {
    using Kind = archive::ReadEntry::Kind;
    Found found{.kind = '?', .mode = entry.mode, .content = entry.target};
    if (entry.kind == Kind::file) {
      found.kind = 'f';
      found.content = util::read_all(source, 1ULL << 30, entry.path);
    } else if (entry.kind == Kind::directory) {
      found.kind = 'd';
    } else if (entry.kind == Kind::symlink) {
      found.kind = 'l';
    }
    EXPECT_TRUE(tree.emplace(entry.path, found).second) << entry.path << " comes twice";
    EXPECT_EQ(entry.uid, 0U);
    EXPECT_EQ(entry.gid, 0U);
  });
  return tree;
}

WheelLayerSpec spec_of(std::vector<WheelInput> wheels) {
  WheelLayerSpec spec;
  spec.bucket = wheels.size() > 1;
  spec.wheels = std::move(wheels);
  return spec;
}

std::string noise(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string out(size, '\0');
  for (char& c : out) {
    c = static_cast<char>(random() & 0x7f);
  }
  return out;
}

}  // namespace cartwheel::layer
