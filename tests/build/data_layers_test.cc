#include "build/data_layers.h"

#include <fstream>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/loopback_server.h"
#include "util/error.h"
#include "util/file.h"

namespace cartwheel::build {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

// Bytes that do not compress.
std::string noise(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string out(size, '\0');
  for (char& letter : out) {
    letter = static_cast<char>(random());
  }
  return out;
}

// A project folder, a store, and a server for what is elsewhere.
class DataLayers : public testing::Test {
 protected:
  void write(const std::string& path, const std::string& text) const {
    fs::create_directories((project_ / path).parent_path());
    std::ofstream(project_ / path, std::ios::binary) << text;
  }

  void add_local(const std::string& from, const std::string& to) {
    settings_.data.push_back({.from = from, .to = to});
  }
  void add_url(const std::string& path, const std::string& content, const std::string& to) {
    server_.serve(path, content);
    settings_.data.push_back(
        {.url = server_.url(path), .sha256 = core::Digest::of(content).hex(), .to = to});
  }

  std::vector<StackedLayer> make(bool offline = false) {
    std::vector<ScannedTree> scanned;
    for (const settings::DataEntry& entry : settings_.data) {
      if (entry.url.empty()) {
        scanned.push_back(scan({.kind = "data",
                                .name = entry.from,
                                .from = entry.from,
                                .to = entry.to,
                                .include = entry.include,
                                .exclude = entry.exclude},
                               project_,
                               {},
                               *store_));
      }
    }
    Options options;
    options.offline = offline;
    std::unique_ptr<net::Http> http = offline ? net::make_offline_http() : net::make_http({});
    memo::LayerMemo memo(*store_);
    return data_layers(settings_,
                       scanned,
                       {},
                       options,
                       {.http = *http, .store = store_, .progress = util::silent_progress()},
                       memo);
  }

  static std::string bytes(const StackedLayer& layer) {
    auto source = layer.layer.blob->open();
    std::string out = util::read_all(*source, 1 << 24, "layer");
    EXPECT_EQ(core::Digest::of(out), layer.layer.descriptor.digest);
    EXPECT_EQ(out.size(), layer.layer.descriptor.size);
    return out;
  }

  std::vector<std::string> histories() {
    std::vector<std::string> out;
    for (const StackedLayer& layer : make()) {
      out.push_back(layer.created_by);
    }
    return out;
  }

  test::LoopbackServer server_;
  util::TempDir folder_;
  fs::path project_ = folder_.path() / "project";
  std::shared_ptr<store::Store> store_ = store::open_store(folder_.path() / "store");
  settings::Settings settings_;
};

TEST_F(DataLayers, EachEntryHasItsOwnInTheSettingsOrder) {
  write("z/one", "1");
  write("a/two", "2");
  add_local("z/", "/srv/z");
  add_url("/w.bin", "weights", "/srv/w/");
  add_local("a/two", "/srv/2");
  std::vector<StackedLayer> layers = make();
  ASSERT_EQ(layers.size(), 3U);
  EXPECT_EQ(layers[0].created_by, "cartwheel: data: z/");
  EXPECT_EQ(layers[1].created_by, "cartwheel: data: " + server_.url("/w.bin"));
  EXPECT_EQ(layers[2].created_by, "cartwheel: data: a/two");
  EXPECT_EQ(layers[1].layer.descriptor.annotations.at("dev.cartwheel.kind"), "data");
  EXPECT_EQ(layers[1].layer.descriptor.annotations.at("dev.cartwheel.data"), "/srv/w/");
}

TEST_F(DataLayers, AreCutAtTheLayersBound) {
  settings_.max_layer_size = 10;
  write("m/a", "123456");
  write("m/b", "123456");
  write("m/c", "123");
  add_local("m", "/m");
  EXPECT_THAT(histories(),
              ElementsAre("cartwheel: data: m (1 of 2)", "cartwheel: data: m (2 of 2)"));
}

TEST_F(DataLayers, FromAUrlAndFromAFileAreTheSame) {
  const std::string weights = noise(300'000, 1);
  write("weights", weights);
  add_local("weights", "/srv/weights");
  add_url("/weights", weights, "/srv/weights");
  std::vector<StackedLayer> layers = make();
  ASSERT_EQ(layers.size(), 2U);
  EXPECT_EQ(layers[0].layer.descriptor.digest, layers[1].layer.descriptor.digest);
  EXPECT_EQ(bytes(layers[0]), bytes(layers[1]));
}

TEST_F(DataLayers, LocalBytesThatDoNotCompressStayWhereTheyAre) {
  const std::string weights = noise(300'000, 2);
  write("weights", weights);
  add_local("weights", "/srv/weights");
  std::vector<StackedLayer> layers = make();
  EXPECT_FALSE(store_->has(core::Digest::of(weights)));
  EXPECT_FALSE(store_->has(layers[0].layer.descriptor.digest));
  EXPECT_THAT(bytes(layers[0]), HasSubstr(weights.substr(0, 60'000)));
}

TEST_F(DataLayers, AChangeBesideALayerIsSeenWhenItIsStreamed) {
  write("weights", noise(300'000, 3));
  add_local("weights", "/srv/weights");
  std::vector<StackedLayer> layers = make();
  write("weights", noise(300'000, 4));
  auto source = layers[0].layer.blob->open();
  EXPECT_NE(core::Digest::of(util::read_all(*source, 1 << 24, "layer")),
            layers[0].layer.descriptor.digest);
  write("weights", "short");
  source = layers[0].layer.blob->open();
  EXPECT_THROW(util::read_all(*source, 1 << 24, "layer"), util::Error);
}

TEST_F(DataLayers, AChangedFileChangesItsPartAlone) {
  settings_.max_layer_size = 10;
  write("m/a", "123456789");
  write("m/b", "123456789");
  add_local("m", "/m");
  std::vector<StackedLayer> before = make();
  write("m/b", "987654321");
  std::vector<StackedLayer> after = make();
  EXPECT_EQ(before[0].layer.descriptor.digest, after[0].layer.descriptor.digest);
  EXPECT_NE(before[1].layer.descriptor.digest, after[1].layer.descriptor.digest);
}

TEST_F(DataLayers, AUrlIsFetchedOnceAndThenTakenFromTheStore) {
  add_url("/w.bin", noise(300'000, 5), "/srv/w.bin");
  std::vector<StackedLayer> first = make();
  std::vector<StackedLayer> second = make(true);
  EXPECT_EQ(first[0].layer.descriptor.digest, second[0].layer.descriptor.digest);
  bytes(second[0]);
  EXPECT_EQ(server_.requests("/w.bin").size(), 1U);
}

TEST_F(DataLayers, AUrlThatHasGoneFromTheStoreIsFetchedAgain) {
  const std::string weights = noise(300'000, 6);
  add_url("/w.bin", weights, "/srv/w.bin");
  make();
  store_->remove(core::Digest::of(weights));
  bytes(make()[0]);
  EXPECT_EQ(server_.requests("/w.bin").size(), 2U);
}

TEST_F(DataLayers, AWrongHashIsRefused) {
  add_url("/w.bin", "right", "/srv/w.bin");
  settings_.data[0].sha256 = core::Digest::of("other").hex();
  try {
    make();
    FAIL();
  } catch (const util::Error& error) {
    EXPECT_EQ(error.kind(), util::ErrorKind::integrity);
    EXPECT_THAT(error.what(), HasSubstr("data: w.bin"));
  }
}

TEST_F(DataLayers, WhatIsSecretInAUrlIsNotInTheHistory) {
  server_.serve("/w", "w");
  std::string url = server_.url("/w");
  url.insert(url.find("://") + 3, "me:secret@");
  settings_.data.push_back(
      {.url = url + "?token=secret", .sha256 = core::Digest::of("w").hex(), .to = "/srv/w"});
  EXPECT_THAT(make()[0].created_by, testing::Not(HasSubstr("secret")));
  EXPECT_THAT(planned_data(settings_, {}, *store_)[0].source, testing::Not(HasSubstr("secret")));
}

TEST_F(DataLayers, IgnoreFilesOfVersionControlDoNotCount) {
  write("m/.gitignore", "*.bin\n");
  write("m/w.bin", "w");
  write("m/.cache/huggingface/download/w.bin.metadata", "time");
  add_local("m", "/m");
  ScannedTree listed = list({.kind = "data", .name = "m", .from = "m", .to = "/m"}, project_, {});
  std::vector<std::string> paths;
  for (const tree::TreeFile& file : listed.tree.files) {
    paths.push_back(file.path);
  }
  EXPECT_THAT(paths, ElementsAre(".gitignore", "w.bin"));
  EXPECT_EQ(data_layer_count(listed, settings_), 1U);
}

TEST_F(DataLayers, ThePlanTellsOfEachEntry) {
  settings_.max_layer_size = 5;
  write("m/a", "12345");
  write("m/b", "123");
  add_local("m", "/m");
  add_url("/w", "weights", "/w");
  Inputs inputs;
  inputs.folder = project_;
  EXPECT_THAT(
      planned_data(settings_, inputs, *store_),
      ElementsAre(plan::PlannedData{.source = "m", .to = "/m", .size = 8, .files = 2, .layers = 2},
                  plan::PlannedData{.source = server_.url("/w"), .to = "/w"}));
  make();
  EXPECT_EQ(planned_data(settings_, inputs, *store_)[1].size, 7U);
}

TEST_F(DataLayers, AnEntryWithoutFilesIsAnError) {
  fs::create_directories(project_ / "empty");
  add_local("empty", "/m");
  EXPECT_THROW(make(), util::Error);
}

}  // namespace
}  // namespace cartwheel::build
