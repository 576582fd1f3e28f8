#include "layer/data_layer.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "layer/layer_lab.h"
#include "store/recipe.h"
#include "util/error.h"

namespace cartwheel::layer {
namespace {

using core::Compression;
using testing::ElementsAre;

constexpr std::size_t kLarge = 200'000;

// Files of this host, and the layers made of them.
class DataLab {
 public:
  DataFile file(const std::string& path, const std::string& bytes) {
    DataFile file{.path = path, .size = bytes.size(), .content = core::Digest::of(bytes)};
    file.file = folder_.path() / std::to_string(count_++);
    std::ofstream(file.file, std::ios::binary) << bytes;
    return file;
  }

  memo::LayerRecord make(const std::vector<DataFile>& files,
                         Compression compression = Compression::splice,
                         const std::vector<facts::BaseFacts::Parent>& parents = {}) {
    return make_data_layer(files, parents, compression, lab.store());
  }

  // The layer's entries, as streamed from where the files lie.
  std::map<std::string, Found> tree(const memo::LayerRecord& record,
                                    const std::vector<DataFile>& files) {
    for (const DataFile& file : files) {
      if (record.recipe && !lab.store().has(file.content)) {
        lab.store().put(util::read_file(file.file));
      }
    }
    return lab.tree(record);
  }

  LayerLab lab;

 private:
  util::TempDir folder_;
  int count_ = 0;
};

DataFile sized(const std::string& path, std::uint64_t size) { return {.path = path, .size = size}; }

std::vector<std::vector<std::string>> names(const std::vector<std::vector<DataFile>>& parts) {
  std::vector<std::vector<std::string>> out;
  for (const std::vector<DataFile>& part : parts) {
    out.emplace_back();
    for (const DataFile& file : part) {
      out.back().push_back(file.path);
    }
  }
  return out;
}

TEST(DataLayer, PartsAreFilledInOrderOfThePath) {
  EXPECT_THAT(
      names(data_parts(
          {sized("m/c", 4), sized("m/a", 6), sized("m/b", 4), sized("m/e", 30), sized("m/f", 1)},
          10)),
      ElementsAre(
          ElementsAre("m/a", "m/b"), ElementsAre("m/c"), ElementsAre("m/e"), ElementsAre("m/f")));
  EXPECT_TRUE(data_parts({}, 10).empty());
  EXPECT_THAT(names(data_parts({sized("a", 11), sized("b", 0)}, 10)),
              ElementsAre(ElementsAre("a"), ElementsAre("b")));
}

TEST(DataLayer, HoldsTheFiles) {
  DataLab data;
  const std::string weights = noise(kLarge);
  std::vector<DataFile> files{data.file("srv/model/config.json", "{}"),
                              data.file("srv/model/weights", weights),
                              data.file("srv/model/words", std::string(kLarge, 'w')),
                              data.file("srv/model/empty", "")};
  files.push_back({.path = "srv/model/latest", .link = "weights"});
  files[0].mode = 0755;
  for (Compression compression : {Compression::splice, Compression::zstd}) {
    std::map<std::string, Found> tree = data.tree(data.make(files, compression), files);
    EXPECT_EQ(tree["srv"], (Found{'d', 0755, ""}));
    EXPECT_EQ(tree["srv/model/config.json"], (Found{'f', 0755, "{}"}));
    EXPECT_EQ(tree["srv/model/weights"], (Found{'f', 0644, weights}));
    EXPECT_EQ(tree["srv/model/words"], (Found{'f', 0644, std::string(kLarge, 'w')}));
    EXPECT_EQ(tree["srv/model/empty"], (Found{'f', 0644, ""}));
    EXPECT_EQ(tree["srv/model/latest"], (Found{'l', 0777, "weights"}));
    EXPECT_EQ(tree.size(), 7U);
  }
}

TEST(DataLayer, WhatDoesNotCompressIsStoredAndNotCopiedIntoTheStore) {
  DataLab data;
  std::vector<DataFile> files{data.file("weights", noise(kLarge))};
  memo::LayerRecord record = data.make(files);
  EXPECT_TRUE(record.recipe);
  EXPECT_EQ(record.kind, "data");
  EXPECT_FALSE(data.lab.store().has(files[0].content));
  EXPECT_FALSE(data.lab.store().has(record.blob.digest));
  EXPECT_GT(record.blob.size, kLarge);
  EXPECT_LT(record.blob.size, kLarge + 200);

  record = data.make({data.file("words", std::string(kLarge, 'w'))});
  EXPECT_FALSE(record.recipe);
  EXPECT_LT(record.blob.size, 2000U);
}

TEST(DataLayer, IsStreamedFromWhereTheFilesLie) {
  DataLab data;
  std::vector<DataFile> files{data.file("weights", noise(kLarge))};
  memo::LayerRecord record = data.make(files);
  std::shared_ptr<store::Store> store(std::shared_ptr<void>(), &data.lab.store());
  EXPECT_THROW(store::find_blob(store, record.blob.digest)->open(), util::Error);
  auto elsewhere = [&](const core::Digest& digest) {
    return digest == files[0].content
               ? std::make_unique<util::File>(util::File::open_read(files[0].file))
               : nullptr;
  };
  auto source = store::find_blob(store, record.blob.digest, elsewhere)->open();
  EXPECT_EQ(core::Digest::of(util::read_all(*source, 1 << 20, "layer")), record.blob.digest);
}

TEST(DataLayer, ThePlainBlobAndTheRecipeAreTheSameBytes) {
  // beyond 4 MiB of coded text the layer is a plain blob; the first file of both is the same
  DataLab data;
  DataFile weights = data.file("a", noise(kLarge));
  const std::string words(5 << 20, 'w');
  memo::LayerRecord recipe = data.make({weights});
  memo::LayerRecord plain = data.make({weights, data.file("b", words)});
  EXPECT_TRUE(recipe.recipe);
  EXPECT_FALSE(plain.recipe);
  data.lab.store().put(util::read_file(weights.file));
  // up to the end of the stored blocks: header, run, blocks of 65,535 bytes
  const std::size_t same = kLarge;
  EXPECT_EQ(data.lab.blob(recipe).substr(0, same), data.lab.blob(plain).substr(0, same));
}

TEST(DataLayer, KeepsTheFoldersThatLieAboveIt) {
  DataLab data;
  std::vector<facts::BaseFacts::Parent> parents{{.path = "home/nonroot", .mode = 02775},
                                                {.path = "tmp", .mode = 01777}};
  std::vector<DataFile> files{data.file("home/nonroot/model/a", "a")};
  std::map<std::string, Found> tree =
      data.tree(data.make(files, Compression::splice, parents), files);
  EXPECT_EQ(tree["home/nonroot"].mode, 02775U);
  EXPECT_EQ(tree["home"].mode, 0755U);
  EXPECT_FALSE(tree.contains("tmp"));
}

TEST(DataLayer, KeyNamesAllThatItsBytesDependOn) {
  DataFile file = sized("srv/a", 1);
  std::vector<facts::BaseFacts::Parent> none;
  auto key = [&](DataFile other,
                 std::vector<facts::BaseFacts::Parent> parents = {},
                 Compression compression = Compression::splice) {
    return data_layer_key({std::move(other)}, parents, compression);
  };
  const std::string before = key(file);
  EXPECT_EQ(before.size(), 64U);
  DataFile other = file;
  other.file = "/somewhere/else";
  EXPECT_EQ(key(other), before);
  EXPECT_EQ(key(file, {{.path = "tmp", .mode = 01777}}), before);
  EXPECT_NE(key(file, {{.path = "srv", .mode = 0700}}), before);
  EXPECT_NE(key(file, {}, Compression::zstd), before);
  other.content = core::Digest::of("x");
  EXPECT_NE(key(other), before);
  other = file;
  other.mode = 0755;
  EXPECT_NE(key(other), before);
  other = file;
  other.link = "b";
  EXPECT_NE(key(other), before);
}

TEST(DataLayer, AFileThatChangedIsAnError) {
  DataLab data;
  DataFile file = data.file("a", "long");
  file.size = 3;
  EXPECT_THROW(data.make({file}), util::Error);
}

}  // namespace
}  // namespace cartwheel::layer
