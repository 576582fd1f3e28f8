#include "layer/make_wheel_layer.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "layer/layer_lab.h"
#include "store/recipe.h"
#include "support/zip_builder.h"
#include "util/bytes.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::layer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using tests::WheelBuilder;
using tests::ZipEntry;

std::string record_hash(const std::string& content) {
  return "sha256=" + util::base64url(core::Digest::of(content).bytes());
}

std::vector<std::string> record_lines(const Found& record) {
  std::vector<std::string> out;
  for (std::string_view line : util::lines(record.content)) {
    out.emplace_back(line);
  }
  return out;
}

// Tar and blob to the byte (docs/formats.md sections 1 to 3). A change here is a new format number.
TEST(WheelLayer, HasTheseDigests) {
  LayerLab lab;
  WheelBuilder wheel("demo", "1.0");
  for (bool stored : {false, true}) {
    ZipEntry entry{.name = stored ? "demo/data.bin" : "demo/__init__.py",
                   .content = stored ? std::string("data\0data", 9) : "VERSION = '1.0'\n"};
    entry.method = 0;  // no compressor's version in what we expect
    wheel.entry(entry);
  }
  wheel.console_script("demo", "demo:main");
  wheel.change_members([](ZipEntry& entry) { entry.method = 0; });
  memo::LayerRecord record = lab.make(lab.add(wheel));
  EXPECT_EQ(record.diff_id.str(),
            "sha256:c0578167b2254d64106f525e6950a9eb986d0546ec982dd640d720b54e52508a");
  EXPECT_EQ(record.blob.digest.str(),
            "sha256:171931e6f0dad569c827d508683eecb400ea25f4ca8e73cedfc8128ebd782c3e");
  EXPECT_EQ(record.blob.media_type, core::kLayerGzipType);
  EXPECT_EQ(record.kind, "wheel");
  EXPECT_TRUE(record.recipe);
}

TEST(WheelLayer, HoldsTheInstalledTree) {
  LayerLab lab;
  WheelBuilder wheel("Demo_Pkg", "1.0");
  wheel.file("demo/__init__.py", "x = 1\n")
      .executable("demo/run.sh", "#!/bin/sh\n")
      .file("demo/empty.py", "")
      .file("Demo_Pkg-1.0.data/purelib/pure.py", "pure\n")
      .file("Demo_Pkg-1.0.data/platlib/plat.so", "plat\n")
      .file("Demo_Pkg-1.0.data/headers/demo.h", "int x;\n")
      .file("Demo_Pkg-1.0.data/data/share/demo/a.txt", "a\n")
      .file("Demo_Pkg-1.0.data/scripts/plain", "#!/bin/sh\nexit\n")
      .file("Demo_Pkg-1.0.data/scripts/script.py", "#!python -E\nprint(1)\n")
      .file("Demo_Pkg-1.0.data/scripts/window", "#!pythonw\nprint(2)\n")
      .file("Demo_Pkg-1.0.data/scripts/tool", "replaced by the entry point\n")
      .console_script("tool", "demo:main")
      .gui_script("tool-gui", "demo.gui:Main.run");
  WheelInput input = lab.add(wheel);
  std::map<std::string, Found> tree = lab.tree(lab.make(input));

  std::string info = kSite + wheel.dist_info_folder();
  std::map<std::string, Found> files{
      {kSite + "demo/__init__.py", {'f', 0644, "x = 1\n"}},
      {kSite + "demo/run.sh", {'f', 0755, "#!/bin/sh\n"}},
      {kSite + "demo/empty.py", {'f', 0644, ""}},
      {kSite + "pure.py", {'f', 0644, "pure\n"}},
      {kSite + "plat.so", {'f', 0644, "plat\n"}},
      {"opt/venv/include/site/python3.11/demo-pkg/demo.h", {'f', 0644, "int x;\n"}},
      {"opt/venv/share/demo/a.txt", {'f', 0644, "a\n"}},
      {"opt/venv/bin/plain", {'f', 0755, "#!/bin/sh\nexit\n"}},
      {"opt/venv/bin/script.py", {'f', 0755, "#!/opt/venv/bin/python\nprint(1)\n"}},
      {"opt/venv/bin/window", {'f', 0755, "#!/opt/venv/bin/python\nprint(2)\n"}},
      {info + "/INSTALLER", {'f', 0644, "cartwheel"}},
      {info + "/REQUESTED", {'f', 0644, ""}},
  };
  for (const auto& [path, expected] : files) {
    ASSERT_TRUE(tree.contains(path)) << path;
    EXPECT_EQ(tree[path], expected) << path;
  }
  EXPECT_EQ(tree["opt/venv/bin/tool"].mode, 0755U);
  EXPECT_THAT(tree["opt/venv/bin/tool"].content, HasSubstr("from demo import main"));
  EXPECT_THAT(tree["opt/venv/bin/tool-gui"].content, HasSubstr("Main.run()"));
  EXPECT_EQ(tree["opt"], (Found{'d', 0755, ""}));
  EXPECT_EQ(tree["opt/venv/share/demo"], (Found{'d', 0755, ""}));
  EXPECT_FALSE(tree.contains(info + "/direct_url.json"));

  std::vector<std::string> lines = record_lines(tree[info + "/RECORD"]);
  EXPECT_EQ(lines.back(), wheel.dist_info_folder() + "/RECORD,,");
  std::vector<std::string> sorted(lines.begin(), lines.end() - 1);
  EXPECT_TRUE(std::ranges::is_sorted(sorted));
  EXPECT_EQ(lines.size(), files.size() + 2 + 4);  // scripts; METADATA, WHEEL, entry points, RECORD
  auto has_line = [&](const std::string& path, const std::string& content) {
    return std::ranges::find(lines,
                             fmt::format("{},{},{}", path, record_hash(content), content.size())) !=
           lines.end();
  };
  EXPECT_TRUE(has_line("demo/__init__.py", "x = 1\n"));
  EXPECT_TRUE(has_line("pure.py", "pure\n"));
  EXPECT_TRUE(has_line("../../../bin/script.py", "#!/opt/venv/bin/python\nprint(1)\n"));
  EXPECT_TRUE(has_line("../../../bin/tool", tree["opt/venv/bin/tool"].content));
  EXPECT_TRUE(has_line("../../../include/site/python3.11/demo-pkg/demo.h", "int x;\n"));
  EXPECT_TRUE(has_line("../../../share/demo/a.txt", "a\n"));
  EXPECT_TRUE(has_line(wheel.dist_info_folder() + "/REQUESTED", ""));
}

// As pip and uv have it: the whole line goes, with its options and its carriage return.
TEST(WheelLayer, ReplacesTheFirstLineOfAScriptForTheInterpreter) {
  const std::string line = "#!/opt/venv/bin/python\n";
  for (const auto& [text, wanted] : std::vector<std::pair<std::string, std::string>>{
           {"#!python\nx\n", line + "x\n"},
           {"#!python -u\nx", line + "x"},
           {"#!python3\r\nx\r\n", line + "x\r\n"},
           {"#!pythonw\n", line},
           {"#!python", line},
           {"#!python\rx\r", line + "x\r"},
           {"#!/usr/bin/env python\n", "#!/usr/bin/env python\n"},
           {" #!python\n", " #!python\n"},
           {"", ""}}) {
    LayerLab lab;
    WheelInput input = lab.add(WheelBuilder("demo", "1.0").file("demo-1.0.data/scripts/run", text));
    EXPECT_EQ(lab.tree(lab.make(input))["opt/venv/bin/run"].content, wanted) << text;
  }
}

TEST(WheelLayer, RecordLeadsToWhatLiesOutsideByTheShortestWay) {
  LayerLab lab;
  WheelInput input = lab.add(WheelBuilder("demo", "1.0")
                                 .file("demo-1.0.data/data/lib/libx.so", "x")
                                 .file("demo-1.0.data/data/lib/python3.11/y", "y")
                                 .file("demo-1.0.data/data/lib/python3.11/site-packages/z", "z")
                                 .file("demo-1.0.data/data/share/w", "w"));
  std::string record = lab.tree(lab.make(input))[kSite + "demo-1.0.dist-info/RECORD"].content;
  for (const char* path : {"../../libx.so,", "../y,", "z,", "../../../share/w,"}) {
    EXPECT_THAT("\n" + record, HasSubstr("\n" + std::string(path)));
  }
}

// lib64 is a link to lib in an environment; RECORD has the path as the wheel does (as with uv).
TEST(WheelLayer, FollowsTheLinkLib64) {
  LayerLab lab;
  WheelInput input =
      lab.add(WheelBuilder("demo", "1.0")
                  .file("demo-1.0.data/data/lib64/x", "x")
                  .file("demo-1.0.data/data/lib64/python3.11/site-packages/y.py", "y"));
  std::map<std::string, Found> tree = lab.tree(lab.make(input));
  EXPECT_EQ(tree["opt/venv/lib/x"].content, "x");
  EXPECT_EQ(tree[kSite + "y.py"].content, "y");
  EXPECT_FALSE(tree.contains("opt/venv/lib64"));
  std::string record = tree[kSite + "demo-1.0.dist-info/RECORD"].content;
  EXPECT_THAT(record, HasSubstr("\n../../../lib64/x,"));
  EXPECT_THAT(record, HasSubstr("../../../lib64/python3.11/site-packages/y.py,"));
}

TEST(WheelLayer, KeepsADataFileInAWrappersPlace) {
  LayerLab lab;
  WheelInput input = lab.add(WheelBuilder("demo", "1.0")
                                 .file("demo-1.0.data/data/bin/tool", "data\n")
                                 .console_script("tool", "demo:main"));
  EXPECT_EQ(lab.tree(lab.make(input))["opt/venv/bin/tool"], (Found{'f', 0644, "data\n"}));
  std::vector<facts::InstalledPath> paths = installed_paths(input, lab.store());
  EXPECT_EQ(std::ranges::count(paths, "data/bin/tool", &facts::InstalledPath::path), 1);
  EXPECT_EQ(std::ranges::count(paths, "scripts/tool", &facts::InstalledPath::path), 0);
}

TEST(WheelLayer, WritesItsOwnInstallerWhereverTheWheelHasOne) {
  LayerLab lab;
  WheelInput input =
      lab.add(WheelBuilder("demo", "1.0")
                  .file("demo-1.0.data/purelib/demo-1.0.dist-info/INSTALLER", "other")
                  .file("demo-1.0.data/purelib/demo-1.0.dist-info/more.txt", "more"));
  std::map<std::string, Found> tree = lab.tree(lab.make(input));
  EXPECT_EQ(tree[kSite + "demo-1.0.dist-info/INSTALLER"].content, "cartwheel");
  EXPECT_EQ(tree[kSite + "demo-1.0.dist-info/more.txt"].content, "more");
}

TEST(WheelLayer, KeepsAStrongerHashThatIsTrue) {
  core::AnyHasher hasher("sha512");
  hasher.update(util::as_bytes("x = 1\n"));
  const std::string hash = "sha512=" + util::base64url(util::from_hex(hasher.finish()));
  for (const std::string& padding : {std::string(), std::string("==")}) {
    LayerLab lab;
    WheelBuilder wheel("demo", "1.0");
    wheel.file("demo.py", "x = 1\n").dist_info("RECORD", "demo.py," + hash + padding + ",6\n");
    WheelInput input = lab.add(wheel);
    EXPECT_THAT(lab.tree(lab.make(input))[kSite + "demo-1.0.dist-info/RECORD"].content,
                HasSubstr("demo.py," + hash + padding + ",6\n"));
    const facts::WheelFacts facts = *lab.memo().find_facts(input.sha256);
    for (const facts::WheelFinding& finding : facts.findings) {
      EXPECT_NE(finding.path, "purelib/demo.py") << finding.code;
    }
  }
}

TEST(WheelLayer, KeepsTheModeOfRecord) {
  LayerLab lab;
  WheelBuilder wheel("demo", "1.0");
  wheel.change_members(
      [](ZipEntry& entry) { entry.mode = entry.name.ends_with("RECORD") ? 0100755 : 0100644; });
  EXPECT_EQ(lab.tree(lab.make(lab.add(wheel)))[kSite + "demo-1.0.dist-info/RECORD"].mode, 0755U);
}

TEST(WheelLayer, IsOrdered) {
  LayerLab lab;
  WheelBuilder one("one", "1.0");
  one.file("z/b.py", "b\n").file("z-y/a.py", "a\n").console_script("zz", "z:z");
  WheelBuilder two("two", "1.0");
  two.file("a.py", "a\n");
  WheelLayerSpec spec = spec_of({lab.add(one), lab.add(two)});
  std::string a = kSite + "one-1.0.dist-info/";
  std::string b = kSite + "two-1.0.dist-info/";
  EXPECT_THAT(lab.order(lab.make(spec)),
              ElementsAre("opt",
                          "opt/venv",
                          "opt/venv/bin",
                          "opt/venv/lib",
                          "opt/venv/lib/python3.11",
                          "opt/venv/lib/python3.11/site-packages",
                          kSite + "one-1.0.dist-info",
                          kSite + "two-1.0.dist-info",
                          kSite + "z-y",  // "z-y/" before "z/"
                          kSite + "z",
                          kSite + "z/b.py",  // as in the wheel
                          kSite + "z-y/a.py",
                          a + "METADATA",
                          a + "WHEEL",
                          a + "entry_points.txt",
                          "opt/venv/bin/zz",  // then what is generated
                          a + "INSTALLER",
                          a + "RECORD",
                          a + "REQUESTED",
                          kSite + "a.py",
                          b + "METADATA",
                          b + "WHEEL",
                          b + "INSTALLER",
                          b + "RECORD",
                          b + "REQUESTED"));
}

TEST(WheelLayer, TakesDirectUrl) {
  LayerLab lab;
  WheelInput input = lab.add(
      WheelBuilder("demo", "1.0").dist_info("direct_url.json", "{\"url\":\"file:///wrong\"}"));
  std::string path = kSite + "demo-1.0.dist-info/direct_url.json";
  EXPECT_FALSE(lab.tree(lab.make(input)).contains(path));
  input.direct_url =
      "{\"archive_info\":{},\"url\":\"https://example.org/demo-1.0-py3-none-any.whl\"}";
  std::map<std::string, Found> tree = lab.tree(lab.make(input));
  EXPECT_EQ(tree[path].content, input.direct_url);
  EXPECT_THAT(tree[kSite + "demo-1.0.dist-info/RECORD"].content,
              HasSubstr("demo-1.0.dist-info/direct_url.json," + record_hash(input.direct_url)));
}

TEST(WheelLayer, LeavesOutWhatIsExcludedOrWonByAnother) {
  LayerLab lab;
  WheelInput input = lab.add(WheelBuilder("demo", "1.0")
                                 .file("demo/a.py", "a\n")
                                 .file("demo/lib/b.a", "b\n")
                                 .file("tests/c.py", "c\n")
                                 .file("demo-1.0.data/data/share/man/d.1", "d\n")
                                 .console_script("demo", "demo:main"));
  input.omit = {kSite + "tests/c.py", "opt/venv/bin/demo"};
  std::ranges::sort(input.omit);
  WheelLayerSpec spec = spec_of({input});
  spec.exclude = {"**/*.a", "share/man/**"};
  std::map<std::string, Found> tree = lab.tree(lab.make(spec));
  std::string record = tree[kSite + "demo-1.0.dist-info/RECORD"].content;
  EXPECT_TRUE(tree.contains(kSite + "demo/a.py"));
  for (const std::string& path : {kSite + "demo/lib/b.a",
                                  kSite + "demo/lib",
                                  kSite + "tests/c.py",
                                  kSite + "tests",
                                  std::string("opt/venv/share"),
                                  std::string("opt/venv/bin/demo")}) {
    EXPECT_FALSE(tree.contains(path)) << path;
  }
  EXPECT_THAT(record, HasSubstr("tests/c.py,"));  // installed by another wheel
  EXPECT_THAT(record, HasSubstr("../../../bin/demo,"));
  EXPECT_THAT(record, Not(HasSubstr("b.a")));  // installed by none
  EXPECT_THAT(record, Not(HasSubstr("d.1")));
}

TEST(WheelLayer, FollowsPrefixPythonAndParents) {
  LayerLab lab;
  WheelLayerSpec spec = spec_of({lab.add(WheelBuilder("demo", "1.0")
                                             .file("a.py", "a\n")
                                             .file("demo-1.0.data/headers/a.h", "h\n")
                                             .console_script("pip3", "a:b"))});
  spec.prefix = "srv/my app";
  spec.python = "python3.13t";
  spec.parents = {{.path = "srv", .mode = 02775, .uid = 0, .gid = 0}};
  std::map<std::string, Found> tree = lab.tree(lab.make(spec));
  EXPECT_EQ(tree["srv"].mode, 02775U);
  EXPECT_EQ(tree["srv/my app"].mode, 0755U);
  EXPECT_TRUE(tree.contains("srv/my app/lib/python3.13t/site-packages/a.py"));
  EXPECT_TRUE(tree.contains("srv/my app/include/site/python3.13t/demo/a.h"));
  EXPECT_TRUE(tree.contains("srv/my app/bin/pip3.13"));
  EXPECT_THAT(tree["srv/my app/bin/pip3"].content,
              HasSubstr("#!/bin/sh\n'''exec' '/srv/my app/bin/python'"));
}

// Content of every kind and size, inflated by any number of threads, gives one digest.
TEST(WheelLayer, IsTheSameWithAnyNumberOfThreads) {
  WheelBuilder wheel("big", "1.0");
  for (unsigned i = 0; i < 40; ++i) {
    wheel.file(fmt::format("big/small{}.py", i), std::string(i * 37, 'x'));
  }
  for (unsigned i = 0; i < 8; ++i) {
    ZipEntry entry{.name = fmt::format("big/large{}.bin", i), .content = noise(700'000 * i, i)};
    entry.method = i % 3 == 0 ? 0 : 8;
    wheel.entry(entry);
  }
  ZipEntry flushed{.name = "big/flushed.txt", .content = noise(3'000'000, 99)};
  flushed.raw = tests::deflate_flushed(flushed.content, 100'000, 2);
  wheel.entry(flushed);
  std::string bytes = wheel.bytes();
  std::optional<memo::LayerRecord> first;
  for (std::size_t threads : {1U, 2U, 7U}) {
    LayerLab lab;
    memo::LayerRecord record = lab.make(spec_of({lab.add(wheel.filename(), bytes)}), threads);
    if (!first) {
      std::map<std::string, Found> tree = lab.tree(record);
      EXPECT_EQ(tree[kSite + "big/flushed.txt"].content, flushed.content);
      EXPECT_EQ(tree[kSite + "big/large7.bin"].content, noise(4'900'000, 7));
      EXPECT_EQ(tree[kSite + "big/small39.py"].content, std::string(39 * 37, 'x'));
    }
    first = first.value_or(record);
    EXPECT_EQ(record, *first) << threads;
    LayerLab by_zlib;
    WheelLayerSpec spec = spec_of({by_zlib.add(wheel.filename(), bytes)});
    EXPECT_EQ(by_zlib.make(spec, threads, archive::Inflater::zlib), *first) << threads;
  }
}

TEST(WheelLayer, IsARecipeMuchSmallerThanTheWheel) {
  LayerLab lab;
  WheelInput input = lab.add(WheelBuilder("big", "1.0").file("big.bin", noise(2'000'000)));
  memo::LayerRecord record = lab.make(input);
  std::optional<std::string> recipe = lab.store().find_recipe(record.blob.digest);
  ASSERT_TRUE(recipe);
  EXPECT_LT(recipe->size(), 3000U);
  EXPECT_FALSE(lab.store().has(record.blob.digest));
  store::Recipe decoded = store::decode_recipe(*recipe);
  ASSERT_EQ(decoded.sources.size(), 1U);
  EXPECT_EQ(decoded.sources[0].digest, input.sha256);
}

TEST(WheelLayer, ComesFromTheMemoTheSecondTime) {
  LayerLab lab;
  WheelInput input = lab.add(WheelBuilder("demo", "1.0").file("a.py", "a\n"));
  memo::LayerRecord first = lab.make(input);
  lab.store().remove(input.sha256);  // not needed any more
  EXPECT_EQ(lab.make(input), first);
  input.omit = {kSite + "a.py"};
  EXPECT_THROW(lab.make(input), util::Error);  // another layer, for which it is
}

TEST(WheelLayer, SharesABucket) {
  LayerLab lab;
  WheelBuilder one("one", "1.0");
  WheelBuilder two("two", "1.0");
  one.file("shared/a.py", "a\n").file("one.py", noise(5000));
  two.file("shared/b.py", "b\n").file("two.py", noise(5000, 2));
  memo::LayerRecord record = lab.make(spec_of({lab.add(one), lab.add(two)}));
  EXPECT_EQ(record.kind, "bucket");
  ASSERT_EQ(record.packages.size(), 2U);
  EXPECT_EQ(record.packages[1].name, "two");
  std::map<std::string, Found> tree = lab.tree(record);
  EXPECT_EQ(tree[kSite + "one.py"].content, noise(5000));
  EXPECT_EQ(tree[kSite + "two.py"].content, noise(5000, 2));
  EXPECT_TRUE(tree.contains(kSite + "shared/b.py"));
  EXPECT_EQ(store::decode_recipe(*lab.store().find_recipe(record.blob.digest)).sources.size(), 2U);
}

TEST(WheelLayer, RefusesOnePathOfTwoWheels) {
  LayerLab lab;
  WheelBuilder one("one", "1.0");
  WheelBuilder two("two", "1.0");
  one.file("same.py", "1\n");
  two.file("same.py", "2\n");
  WheelLayerSpec spec = spec_of({lab.add(one), lab.add(two)});
  EXPECT_THROW(lab.make(spec), util::Error);
  spec.wheels[0].omit = {kSite + "same.py"};
  EXPECT_EQ(lab.tree(lab.make(spec))[kSite + "same.py"].content, "2\n");
}

TEST(WheelLayer, CanBeZstd) {
  LayerLab lab;
  WheelInput input = lab.add(WheelBuilder("demo", "1.0").file("a.py", noise(300'000)));
  WheelLayerSpec spec = spec_of({input});
  memo::LayerRecord spliced = lab.make(spec);
  spec.compression = core::Compression::zstd;
  spec.zstd_version = zstd_library_version();
  memo::LayerRecord record = lab.make(spec);
  EXPECT_EQ(record.blob.media_type, core::kLayerZstdType);
  EXPECT_FALSE(record.recipe);
  EXPECT_EQ(record.diff_id, spliced.diff_id);
  EXPECT_EQ(lab.tar(record), lab.tar(spliced));
}

TEST(WheelLayer, TakesOddZips) {
  LayerLab lab;
  WheelBuilder wheel("odd", "1.0");
  wheel.file("plain.py", "plain\n");
  ZipEntry folder{.name = "odd/", .content = ""};
  folder.mode = 040755;
  folder.method = 0;
  wheel.entry(folder);
  ZipEntry described{.name = "odd/described.py", .content = "described\n"};
  described.data_descriptor = true;
  wheel.entry(described);
  ZipEntry large{.name = "odd/zip64.py", .content = "zip64\n"};
  large.zip64 = true;
  wheel.entry(large);
  ZipEntry name{.name = "odd/caf\xc3\xa9.py", .content = "name\n"};
  name.local = name.central = [](tests::ZipHeader& header) { header.flags |= 1 << 11; };
  wheel.entry(name);
  wheel.change_zip([](tests::ZipBuilder& zip) { zip.comment("a comment"); });
  std::map<std::string, Found> tree = lab.tree(lab.make(lab.add(wheel)));
  EXPECT_EQ(tree[kSite + "odd/described.py"].content, "described\n");
  EXPECT_EQ(tree[kSite + "odd/zip64.py"].content, "zip64\n");
  EXPECT_EQ(tree[kSite + "odd/caf\xc3\xa9.py"].content, "name\n");
  EXPECT_EQ(tree[kSite + "odd"].kind, 'd');
}

TEST(WheelLayer, IsTheSameForUntrustedWheels) {
  WheelBuilder wheel("demo", "1.0");
  wheel.file("a.py", noise(300'000));
  LayerLab one;
  LayerLab other;
  WheelInput input = one.add(wheel);
  memo::LayerRecord trusted = one.make(input);
  input = other.add(wheel);
  input.trusted = false;
  EXPECT_EQ(other.make(input), trusted);
}

}  // namespace
}  // namespace cartwheel::layer
