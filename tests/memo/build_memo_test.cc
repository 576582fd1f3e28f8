#include "memo/build_memo.h"

#include <gtest/gtest.h>

#include "util/file.h"

namespace cartwheel::memo {
namespace {

BuildKey example_key() {
  return {
      .files = {{"lock", core::Digest::of("lock")}, {"pyproject", core::Digest::of("pyproject")}},
      .options = {{"compression", "splice"}, {"platforms", "linux/amd64"}},
      .source_date_epoch = std::nullopt,
      .program_version = "0.1.0"};
}

core::Descriptor descriptor(const std::string& text) {
  return {.media_type = "type/" + text,
          .digest = core::Digest::of(text),
          .size = text.size(),
          .annotations = {}};
}

BuildRecord example_record() {
  BuildRecord record;
  record.trees = {{".", core::Digest::of("rules"), core::Digest::of("tree")},
                  {"packages/lib", core::Digest::of("other"), core::Digest::of("tree")}};
  record.index = descriptor("index");
  record.index.annotations = {{"org.opencontainers.image.ref.name", "latest"}};
  BuildRecord::Image image;
  image.platform = core::Platform{core::Architecture::arm64};
  image.manifest = descriptor("manifest");
  image.config = descriptor("config");
  image.layers = {descriptor("base"), descriptor("layer")};
  record.images = {image};
  record.report = core::Digest::of("report");
  record.created = "1980-01-02T00:00:00Z";
  return record;
}

TEST(BuildKey, ChangesWithEveryInput) {
  std::string key = key_of(example_key());
  EXPECT_EQ(key.size(), 64U);
  EXPECT_EQ(key, key_of(example_key()));
  struct Case {
    const char* name;
    void (*change)(BuildKey&);
  };
  const Case cases[] = {
      {"lock changed",
       [](BuildKey& k) { k.files.insert_or_assign("lock", core::Digest::of("x")); }},
      {"file that was absent",
       [](BuildKey& k) { k.files.emplace("settings", core::Digest::of("")); }},
      {"file that is absent", [](BuildKey& k) { k.files.erase("pyproject"); }},
      {"option", [](BuildKey& k) { k.options["compression"] = "zstd"; }},
      {"option more", [](BuildKey& k) { k.options["user"] = "0"; }},
      {"epoch", [](BuildKey& k) { k.source_date_epoch = 0; }},
      {"version", [](BuildKey& k) { k.program_version = "0.1.1"; }},
  };
  for (const Case& one : cases) {
    BuildKey changed = example_key();
    one.change(changed);
    EXPECT_NE(key_of(changed), key) << one.name;
  }
}

TEST(BuildKey, IsTheHashOfCanonicalJson) {
  BuildKey key = example_key();
  key.source_date_epoch = 7;
  std::string text =
      R"({"files":{"lock":")" + core::Digest::of("lock").hex() + R"(","pyproject":")" +
      core::Digest::of("pyproject").hex() +
      R"("},"format":1,"options":{"compression":"splice","platforms":"linux/amd64"},)" +
      R"("program":"0.1.0","source_date_epoch":7})";
  EXPECT_EQ(key_of(key), core::Digest::of(text).hex());
}

TEST(BuildRecord, ComesBackAsItWas) {
  util::TempDir folder;
  auto store = store::open_store(folder.path());
  std::string key = key_of(example_key());
  EXPECT_EQ(find_build(*store, key), std::nullopt);
  put_build(*store, key, example_record());
  EXPECT_EQ(find_build(*store, key), example_record());
  put_build(*store, key, BuildRecord{});
  EXPECT_EQ(find_build(*store, key), BuildRecord{});
}

TEST(BuildRecord, IsNothingWhenAnyByteChanged) {
  std::string text = to_json(example_record());
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_EQ(build_record_from_json(changed), std::nullopt) << i;
  }
}

}  // namespace
}  // namespace cartwheel::memo
