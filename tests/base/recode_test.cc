#include "base/recode.h"

#include <gtest/gtest.h>

#include "base/sample_image.h"
#include "util/error.h"
#include "util/file.h"

namespace cartwheel::base {
namespace {

using core::Compression;
using tests::layer_of;
using tests::TarBuilder;
using util::Error;
using util::ErrorKind;

class Recode : public testing::Test {
 protected:
  util::TempDir folder_;
  std::shared_ptr<store::Store> store_ = store::open_store(folder_.path() / "store");

  oci::Layer recoded(const oci::Layer& layer, Compression compression) {
    return in_compression(layer, compression, *store_, util::silent_progress());
  }
  static std::string bytes_of(const oci::Layer& layer) {
    return util::read_all(*layer.blob->open(), 1 << 24, "layer");
  }
  static std::string tar() {
    TarBuilder tar;
    tar.folder("etc").file("etc/text", std::string(300'000, 'x')).symlink("etc/link", "text");
    return tar.bytes();
  }
};

TEST_F(Recode, LeavesWhatHasTheCompressionAlready) {
  oci::Layer gzip = layer_of(tar(), core::kLayerGzipType);
  EXPECT_EQ(recoded(gzip, Compression::splice).blob, gzip.blob);
  oci::Layer zstd = layer_of(tar(), core::kLayerZstdType);
  EXPECT_EQ(recoded(zstd, Compression::zstd).blob, zstd.blob);
}

TEST_F(Recode, KeepsTheTarAndSoTheDiffId) {
  struct Case {
    std::string_view from;
    Compression to;
    std::string_view type;
  };
  for (const Case& each : {Case{core::kLayerZstdType, Compression::splice, core::kLayerGzipType},
                           Case{core::kLayerTarType, Compression::splice, core::kLayerGzipType},
                           Case{core::kLayerGzipType, Compression::zstd, core::kLayerZstdType}}) {
    oci::Layer before = layer_of(tar(), each.from);
    before.descriptor.annotations["org.example"] = "kept";
    oci::Layer after = recoded(before, each.to);
    EXPECT_EQ(after.diff_id, before.diff_id) << each.from;
    EXPECT_EQ(after.descriptor.media_type, each.type);
    EXPECT_EQ(after.descriptor.annotations.at("org.example"), "kept");
    std::string bytes = bytes_of(after);
    EXPECT_EQ(core::Digest::of(bytes), after.descriptor.digest);
    EXPECT_EQ(bytes.size(), after.descriptor.size);
    EXPECT_LT(bytes.size(), 20'000U) << "compressed";
  }
}

TEST_F(Recode, ThereAndBackIsTheSameLayer) {
  oci::Layer zstd = layer_of(tar(), core::kLayerZstdType);
  oci::Layer gzip = recoded(zstd, Compression::splice);
  oci::Layer again = recoded(recoded(gzip, Compression::zstd), Compression::splice);
  EXPECT_EQ(again.descriptor, gzip.descriptor);
  EXPECT_EQ(again.diff_id, zstd.diff_id);
}

TEST_F(Recode, IsRemembered) {
  oci::Layer zstd = layer_of(tar(), core::kLayerZstdType);
  oci::Layer first = recoded(zstd, Compression::splice);
  zstd.blob = nullptr;  // not read the second time
  EXPECT_EQ(recoded(zstd, Compression::splice).descriptor, first.descriptor);
}

TEST_F(Recode, FindsADiffIdThatLies) {
  oci::Layer layer = layer_of(tar(), core::kLayerZstdType);
  layer.diff_id = core::Digest::of(std::string("another tar"));
  for (int i = 0; i < 2; ++i) {  // before and after the honest one is remembered
    try {
      recoded(layer, Compression::splice);
      ADD_FAILURE();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::integrity) << error.what();
    }
    recoded(layer_of(tar(), core::kLayerZstdType), Compression::splice);
  }
}

TEST_F(Recode, WantsATarThatEnds) {
  std::string cut = tar();
  cut.resize(cut.size() - 1024);
  try {
    recoded(layer_of(cut, core::kLayerZstdType), Compression::splice);
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unsupported);
  }
  auto broken = std::make_shared<core::TextBlob>("\x28\xb5\x2f\xfd broken");
  oci::Layer layer{
      .descriptor = {std::string(core::kLayerZstdType), broken->digest(), broken->size(), {}},
      .diff_id = broken->digest(),
      .blob = broken};
  EXPECT_THROW(recoded(layer, Compression::splice), Error);
}

}  // namespace
}  // namespace cartwheel::base
