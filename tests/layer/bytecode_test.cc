#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "layer/bytecode_pack.h"
#include "layer/layer_lab.h"
#include "util/error.h"

namespace cartwheel::layer {
namespace {

using testing::HasSubstr;
using testing::Not;
using tests::WheelBuilder;

// Makes something out of every source but those that begin with "bad".
class FakeCompiler : public Compiler {
 public:
  std::vector<std::string> compile(const std::vector<PythonSource>& sources) override {
    std::vector<std::string> out;
    for (const PythonSource& source : sources) {
      out.push_back(source.text.starts_with("bad") ? "" : compiled(source.path, source.text));
    }
    count += sources.size();
    std::scoped_lock lock(mutex_);
    largest = std::max<std::size_t>(largest, sources.size());
    return out;
  }
  static std::string compiled(const std::string& path, const std::string& text) {
    return "pyc of " + path + ": " + text;
  }
  std::atomic<std::size_t> count = 0;
  std::size_t largest = 0;

 private:
  std::mutex mutex_;  // of largest
};

class BytecodeTest : public testing::Test {
 protected:
  Services services() {
    return {.store = lab_.store(),
            .memo = lab_.memo(),
            .progress = util::silent_progress(),
            .threads = 2,
            .compiler = &compiler_};
  }
  WheelLayerSpec spec(std::vector<WheelInput> wheels) {
    WheelLayerSpec spec = spec_of(std::move(wheels));
    spec.bytecode = {
        .python = "3.11.2", .build = "3.11.2 (main)", .magic = 3495, .tag = "cpython-311"};
    return spec;
  }
  std::map<std::string, Found> tree(const WheelLayerSpec& spec) {
    return lab_.tree(make_wheel_layer(spec, services()));
  }

  LayerLab lab_;
  FakeCompiler compiler_;
};

WheelBuilder some_wheel() {
  return WheelBuilder("alpha", "1.0")
      .file("alpha/__init__.py", "one = 1\n")
      .file("alpha/sub/mod.py", "two = 2\n")
      .file("alpha/template.py", "bad {{ name }}\n")
      .file("alpha/data.txt", "no source\n")
      .file("top.py", "three = 3\n")
      .file("alpha-1.0.data/scripts/tool.py", "#!python\nprint()\n");
}

TEST_F(BytecodeTest, EverySourceInSitePackagesHasItsPyc) {
  const std::map<std::string, Found> found = tree(spec({lab_.add(some_wheel())}));
  std::set<std::string> compiled;
  for (const auto& [path, entry] : found) {
    if (path.ends_with(".pyc")) {
      compiled.insert(path.substr(kSite.size()));
    }
  }
  EXPECT_EQ(compiled,
            (std::set<std::string>{"alpha/__pycache__/__init__.cpython-311.pyc",
                                   "alpha/sub/__pycache__/mod.cpython-311.pyc",
                                   "__pycache__/top.cpython-311.pyc"}));
  const Found& pyc = found.at(kSite + "alpha/sub/__pycache__/mod.cpython-311.pyc");
  EXPECT_EQ(pyc.content, FakeCompiler::compiled("/" + kSite + "alpha/sub/mod.py", "two = 2\n"));
  EXPECT_EQ(pyc.mode, 0644U);
  EXPECT_EQ(found.at(kSite + "alpha/sub/__pycache__").kind, 'd');
  EXPECT_THAT(found.at(kSite + "alpha-1.0.dist-info/RECORD").content, Not(HasSubstr("pyc")));
}

TEST_F(BytecodeTest, SamePlaceSameLayerWithoutIt) {
  const WheelInput wheel = lab_.add(some_wheel());
  std::map<std::string, Found> with = tree(spec({wheel}));
  std::erase_if(
      with, [](const auto& entry) { return entry.first.find("__pycache__") != std::string::npos; });
  EXPECT_EQ(with, lab_.tree(lab_.make(wheel)));
}

TEST_F(BytecodeTest, WhatIsLeftOutIsNotCompiledInto) {
  WheelInput wheel = lab_.add(some_wheel().file("alpha/__pycache__/top.cpython-311.pyc", "own"));
  wheel.omit = {kSite + "top.py"};
  WheelLayerSpec leaving = spec({wheel});
  leaving.exclude = {"alpha/sub/**"};
  const std::map<std::string, Found> found = tree(leaving);
  EXPECT_FALSE(found.contains(kSite + "__pycache__/top.cpython-311.pyc"));
  EXPECT_FALSE(found.contains(kSite + "alpha/sub/__pycache__/mod.cpython-311.pyc"));
  EXPECT_TRUE(found.contains(kSite + "alpha/__pycache__/__init__.cpython-311.pyc"));
}

TEST_F(BytecodeTest, WheelsOwnPycStays) {
  const WheelInput wheel = lab_.add(WheelBuilder("beta", "1.0")
                                        .file("beta.py", "x\n")
                                        .file("__pycache__/beta.cpython-311.pyc", "the wheel's"));
  EXPECT_EQ(tree(spec({wheel})).at(kSite + "__pycache__/beta.cpython-311.pyc").content,
            "the wheel's");
}

TEST_F(BytecodeTest, IsCompiledOnceForEveryLayer) {
  const WheelInput alpha = lab_.add(some_wheel());
  const WheelInput beta = lab_.add(WheelBuilder("beta", "1.0").file("beta.py", "x\n"));
  make_wheel_layer(spec({alpha}), services());
  EXPECT_EQ(compiler_.count, 4U);
  WheelLayerSpec bucket = spec({alpha, beta});
  bucket.bucket = true;
  make_wheel_layer(bucket, services());
  EXPECT_EQ(compiler_.count, 5U);
  make_wheel_layer(bucket, services());
  EXPECT_EQ(compiler_.count, 5U);
}

TEST_F(BytecodeTest, LayerWhosePackHasGoneIsMadeAgain) {
  const WheelLayerSpec wanted = spec({lab_.add(some_wheel())});
  const memo::LayerRecord record = make_wheel_layer(wanted, services());
  const std::string key = memo_key(wanted);
  ASSERT_TRUE(find_wheel_layer(wanted, key, services()));
  lab_.store().remove(*find_pack(wanted.wheels[0], wanted, lab_.store()));
  EXPECT_FALSE(find_wheel_layer(wanted, key, services()));
  EXPECT_EQ(make_wheel_layer(wanted, services()).blob.digest, record.blob.digest);
  EXPECT_EQ(lab_.tree(record).size(), lab_.tree(make_wheel_layer(wanted, services())).size());
}

TEST_F(BytecodeTest, ManySourcesGoInChunksAndKeepTheirOrder) {
  WheelBuilder builder("many", "1.0");
  for (unsigned i = 0; i < 700; ++i) {
    builder.file("many/m" + std::to_string(i) + ".py", noise(i % 40 == 0 ? 100'000 : 50, i + 1));
  }
  const WheelInput wheel = lab_.add(builder);
  const std::map<std::string, Found> found = tree(spec({wheel}));
  EXPECT_EQ(compiler_.count, 700U);
  EXPECT_LE(compiler_.largest, 128U);
  EXPECT_EQ(found.at(kSite + "many/__pycache__/m640.cpython-311.pyc").content,
            FakeCompiler::compiled("/" + kSite + "many/m640.py", noise(100'000, 641)));
}

TEST_F(BytecodeTest, ZstdHoldsTheSame) {
  const WheelInput wheel = lab_.add(some_wheel());
  WheelLayerSpec zstd = spec({wheel});
  zstd.compression = core::Compression::zstd;
  zstd.zstd_version = zstd_library_version();
  EXPECT_EQ(tree(zstd), tree(spec({wheel})));
}

TEST_F(BytecodeTest, KeyNamesThePython) {
  const WheelInput wheel = lab_.add(some_wheel());
  std::set<std::string> keys = {memo_key(spec_of({wheel})), memo_key(spec({wheel}))};
  for (auto change : {+[](Bytecode& b) { b.python = "3.11.3"; },
                      +[](Bytecode& b) { b.build = "3.11.2 (other)"; },
                      +[](Bytecode& b) { b.magic = 3496; },
                      +[](Bytecode& b) { b.tag = "cpython-312"; }}) {
    WheelLayerSpec other = spec({wheel});
    change(*other.bytecode);
    EXPECT_TRUE(keys.insert(memo_key(other)).second);
  }
}

TEST_F(BytecodeTest, DamagedPackIsRefused) {
  for (const std::string& bytes : {std::string("no pack"),
                                   std::string("cwpyc\1") + std::string(8, '\0'),
                                   std::string("cwpyc\1") + std::string(8, '\xff'),
                                   std::string("cwpyc\1\1\5\6\0\0\0\0\0\0\0", 16)}) {
    EXPECT_THROW(read_pack(core::Digest::of(bytes), util::StringRandomAccess(bytes)), util::Error)
        << bytes.size();
  }
}

TEST(PycPath, LiesBesideItsSource) {
  const Bytecode bytecode{.python = "", .build = "", .magic = 0, .tag = "cpython-313"};
  EXPECT_EQ(pyc_path("a/b.py", bytecode), "a/__pycache__/b.cpython-313.pyc");
  EXPECT_EQ(pyc_path("b.c.py", bytecode), "__pycache__/b.c.cpython-313.pyc");
}

}  // namespace
}  // namespace cartwheel::layer
