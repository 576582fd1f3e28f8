#include "memo/layer_memo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cartwheel::memo {
namespace {

const std::string kKey(64, '7');

LayerRecord example(const core::Digest& blob) {
  return {.blob = {.media_type = "application/vnd.oci.image.layer.v1.tar+gzip",
                   .digest = blob,
                   .size = 7},
          .diff_id = core::Digest::of("tar"),
          .tar_size = 10240,
          .kind = "bucket",
          .packages = {{"attrs", "24.2.0", std::string(64, 'a')}, {"own", "1", ""}}};
}

TEST(LayerRecord, IsCanonicalJson) {
  std::string expected =
      R"({"blob":{"digest":"sha256:)" + core::Digest::of("content").hex() +
      R"(","media_type":"application/vnd.oci.image.layer.v1.tar+gzip","size":7},)" +
      R"("check":"CHECK","diff_id":"sha256:)" + core::Digest::of("tar").hex() +
      R"(","format":1,"kind":"bucket","packages":[{"name":"attrs","version":"24.2.0","wheel":")" +
      std::string(64, 'a') + R"("},{"name":"own","version":"1"}],"recipe":false,"tar_size":10240})";
  std::string unchecked = expected;
  unchecked.erase(unchecked.find(R"("check":"CHECK",)"), std::string(R"("check":"CHECK",)").size());
  expected.replace(expected.find("CHECK"), 5, core::Digest::of(unchecked).hex());
  EXPECT_EQ(to_json(example(core::Digest::of("content"))), expected);
}

TEST(LayerRecord, ComesBackAsItWas) {
  LayerRecord record = example(core::Digest::of("content"));
  EXPECT_EQ(layer_record_from_json(to_json(record)), record);
  record.recipe = true;
  record.packages.clear();
  EXPECT_EQ(layer_record_from_json(to_json(record)), record);
}

TEST(LayerRecord, IsNothingWhenAnyByteChanged) {
  std::string text = to_json(example(core::Digest::of("content")));
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_EQ(layer_record_from_json(changed), std::nullopt) << i;
  }
  for (const char* other :
       {"", "{}", "[]", "null", "7", R"({"check":7,"format":1})", R"({"format":2})"}) {
    EXPECT_EQ(layer_record_from_json(other), std::nullopt) << other;
  }
}

TEST(LayerMemo, FindsWhatItsBlobIsThereFor) {
  util::TempDir folder;
  auto store = store::open_store(folder.path());
  LayerMemo memo(*store);
  EXPECT_EQ(memo.find(kKey), std::nullopt);
  LayerRecord record = example(core::Digest::of("content"));
  memo.put(kKey, record);
  EXPECT_EQ(memo.find(kKey), std::nullopt);  // no blob yet
  store->put("content");
  EXPECT_EQ(memo.find(kKey), record);
  store->remove(record.blob.digest);
  EXPECT_EQ(memo.find(kKey), std::nullopt);
  record.recipe = true;
  memo.put(kKey, record);
  EXPECT_EQ(memo.find(kKey), std::nullopt);
  store->put_recipe(record.blob.digest, "recipe");
  EXPECT_EQ(memo.find(kKey), record);
}

TEST(LayerMemo, TakesABrokenRecordForNone) {
  util::TempDir folder;
  auto store = store::open_store(folder.path());
  store->put_record(store::RecordKind::layer, kKey, "{\"format\":1}");
  EXPECT_EQ(LayerMemo(*store).find(kKey), std::nullopt);
}

TEST(LayerMemo, KeepsFactsAndPaths) {
  util::TempDir folder;
  auto store = store::open_store(folder.path());
  LayerMemo memo(*store);
  facts::WheelFacts facts;
  facts.filename = "six-1.16.0-py2.py3-none-any.whl";
  facts.sha256 = core::Digest::of("wheel");
  facts.size = 11053;
  facts.name = "six";
  facts.version = "1.16.0";
  std::vector<facts::InstalledPath> paths(2);
  paths[0].path = "purelib/six-1.16.0.dist-info/METADATA";
  paths[1].path = "purelib/six.py";
  EXPECT_EQ(memo.find_facts(facts.sha256), std::nullopt);
  EXPECT_EQ(memo.find_paths(facts.sha256), std::nullopt);
  memo.put_facts(facts, paths);
  EXPECT_EQ(memo.find_facts(facts.sha256), facts);
  EXPECT_EQ(memo.find_paths(facts.sha256), paths);
  // Facts of another wheel under this name, and rubbish.
  core::Digest other = core::Digest::of("other");
  store->put_record(store::RecordKind::facts, other.hex(), facts::to_json(facts));
  store->put_record(store::RecordKind::paths, other.hex(), "\xff\xff");
  EXPECT_EQ(memo.find_facts(other), std::nullopt);
  EXPECT_EQ(memo.find_paths(other), std::nullopt);
  store->put_record(store::RecordKind::facts, other.hex(), "{");
  EXPECT_EQ(memo.find_facts(other), std::nullopt);
}

}  // namespace
}  // namespace cartwheel::memo
