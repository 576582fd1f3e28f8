#include <set>

#include <gtest/gtest.h>

#include "layer/spec.h"

namespace cartwheel::layer {
namespace {

WheelLayerSpec example() {
  WheelLayerSpec spec;
  spec.wheels.push_back({.name = "six",
                         .version = "1.16.0",
                         .filename = "six-1.16.0-py2.py3-none-any.whl",
                         .direct_url = "",
                         .omit = {}});
  return spec;
}

TEST(MemoKey, IsTheDigestOfCanonicalJson) {
  std::string empty = core::Digest::of(std::string_view()).hex();
  std::string json =
      "{\"compression\":\"splice\",\"format\":1,\"kind\":\"wheel\",\"prefix\":\"opt/"
      "venv\",\"python\":\"python3.11\","
      "\"wheels\":[{\"name\":\"six\",\"sha256\":\"" +
      empty + "\"}]}";
  EXPECT_EQ(memo_key(example()), core::Digest::of(json).hex());

  WheelLayerSpec full = example();
  full.exclude = {"**/*.a"};
  full.part = {2, 3};
  full.parents = {{.path = "opt", .mode = 0775, .uid = 1, .gid = 2}};
  full.wheels[0].direct_url = "{}";
  full.wheels[0].omit = {"opt/venv/x"};
  json =
      "{\"compression\":\"splice\",\"exclude\":[\"**/"
      "*.a\"],\"format\":1,\"kind\":\"wheel\",\"parents\":[{\"gid\":2,\"mode\":509,"
      "\"path\":\"opt\",\"uid\":1}],\"part\":[2,3],\"prefix\":\"opt/"
      "venv\",\"python\":\"python3.11\",\"wheels\":[{\"direct_url\":\"" +
      core::Digest::of(std::string_view("{}")).hex() +
      "\",\"name\":\"six\",\"omit\":[\"opt/venv/x\"],\"sha256\":\"" + empty + "\"}]}";
  EXPECT_EQ(memo_key(full), core::Digest::of(json).hex());
}

TEST(MemoKey, ChangesWithEverythingThatChangesBytes) {
  std::set<std::string> keys{memo_key(example())};
  auto add = [&](auto change) {
    WheelLayerSpec spec = example();
    change(spec);
    EXPECT_TRUE(keys.insert(memo_key(spec)).second) << keys.size();
  };
  add([](auto& spec) { spec.bucket = true; });
  add([](auto& spec) { spec.prefix = "srv/x"; });
  add([](auto& spec) { spec.python = "python3.12"; });
  add([](auto& spec) { spec.exclude = {"x"}; });
  add([](auto& spec) { spec.parents = {{.path = "opt", .mode = 0700}}; });
  add([](auto& spec) { spec.part = {1, 2}; });
  add([](auto& spec) { spec.part = {2, 2}; });
  add([](auto& spec) {
    spec.part = {2, 2};
    spec.max_layer_size = 1 << 20;
  });
  add([](auto& spec) {
    spec.compression = core::Compression::zstd;
    spec.zstd_version = "1.5.4";
  });
  add([](auto& spec) {
    spec.compression = core::Compression::zstd;
    spec.zstd_version = "1.5.5";
  });
  add([](auto& spec) { spec.wheels[0].name = "seven"; });
  add([](auto& spec) { spec.wheels[0].sha256 = core::Digest::of(std::string_view("x")); });
  add([](auto& spec) { spec.wheels[0].omit = {"x"}; });
  add([](auto& spec) { spec.wheels[0].direct_url = "{}"; });
  add([](auto& spec) { spec.wheels.push_back(spec.wheels[0]); });
}

TEST(MemoKey, IgnoresWhatChangesNoByte) {
  WheelLayerSpec spec = example();
  spec.wheels[0].trusted = false;
  spec.wheels[0].version = "2";
  spec.wheels[0].filename = "six-1.16.0-1-py2.py3-none-any.whl";
  spec.max_layer_size = 5;
  EXPECT_EQ(memo_key(spec), memo_key(example()));
}

}  // namespace
}  // namespace cartwheel::layer
