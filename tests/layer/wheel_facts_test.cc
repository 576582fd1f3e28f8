#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elf/elf_builder.h"
#include "layer/layer_lab.h"
#include "layer/read_facts.h"
#include "support/zip_builder.h"

namespace cartwheel::layer {
namespace {

using facts::WheelFacts;
using testing::ElementsAre;
using testing::IsEmpty;
using tests::WheelBuilder;
using tests::ZipEntry;

WheelBuilder compiled() {
  tests::ElfBuilder elf;
  elf.soname = "libdemo.so.1";
  elf.needed = {"libc.so.6"};
  elf.runpath = "$ORIGIN";
  elf.versions = {{"libc.so.6", {"GLIBC_2.4", "GLIBC_2.28"}}};
  elf.gap = 600'000;
  WheelBuilder wheel("demo", "1.0");
  wheel.tag("cp311-cp311-manylinux_2_28_x86_64").platlib().build("7");
  wheel.metadata_line("Requires-Python: >=3.9").metadata_line("Requires-Dist: numpy");
  wheel.file("demo/__init__.py", "").file("_demo.cpython-311-x86_64-linux-gnu.so", elf.bytes());
  elf.dynamic_last = false;
  elf.versions = {{"libc.so.6", {"GLIBC_2.17"}}};
  wheel.file("demo.libs/libdemo.so.1", elf.bytes());
  wheel.file("demo-1.0.dist-info/sboms/demo.json", "{}");
  return wheel.console_script("run-demo", "demo:main")
      .file("demo-1.0.data/scripts/other", "#!/bin/sh\n");
}

TEST(WheelFacts, TellWhatTheWheelHolds) {
  LayerLab lab;
  WheelInput input = lab.add(compiled());
  lab.make(input);
  WheelFacts facts = *lab.memo().find_facts(input.sha256);
  EXPECT_EQ(facts.filename, "demo-1.0-7-cp311-cp311-manylinux_2_28_x86_64.whl");
  EXPECT_EQ(facts.sha256, input.sha256);
  EXPECT_EQ(facts.name, "demo");
  EXPECT_EQ(facts.version, "1.0");
  EXPECT_EQ(facts.build, "7");
  EXPECT_EQ(facts.requires_python, ">=3.9");
  EXPECT_THAT(facts.requires_dist, ElementsAre("numpy"));
  EXPECT_THAT(facts.tags, ElementsAre("cp311-cp311-manylinux_2_28_x86_64"));
  EXPECT_FALSE(facts.root_is_purelib);
  EXPECT_THAT(facts.top_level, ElementsAre("_demo", "demo"));
  EXPECT_THAT(facts.scripts, ElementsAre("other", "run-demo"));
  EXPECT_THAT(facts.sboms, ElementsAre("purelib/demo-1.0.dist-info/sboms/demo.json"));
  EXPECT_EQ(facts.files, 8U);
  EXPECT_EQ(facts.glibc, "2.28");
  EXPECT_THAT(facts.findings, IsEmpty());
  ASSERT_EQ(facts.elf.size(), 2U);
  EXPECT_EQ(facts.elf[0].path, "purelib/_demo.cpython-311-x86_64-linux-gnu.so");
  EXPECT_EQ(facts.elf[0].machine, "x86_64");
  EXPECT_EQ(facts.elf[0].soname, "libdemo.so.1");
  EXPECT_THAT(facts.elf[0].needed, ElementsAre("libc.so.6"));
  EXPECT_THAT(facts.elf[0].runpath, ElementsAre("$ORIGIN"));
  EXPECT_EQ(facts.elf[0].versions.at("libc.so.6").at("GLIBC"), "2.28");
  EXPECT_EQ(facts.elf[1].versions.at("libc.so.6").at("GLIBC"), "2.17");
}

TEST(WheelFacts, DoNotDependOnWhatTheLayerLeavesOut) {
  LayerLab one;
  LayerLab other;
  WheelInput input = one.add(compiled());
  one.make(input);
  WheelLayerSpec spec = spec_of({other.add(compiled())});
  spec.exclude = {"**/*.so*", "**/*.so"};
  spec.prefix = "srv/x";
  spec.wheels[0].omit = {"srv/x/lib/python3.11/site-packages/demo/__init__.py"};
  spec.wheels[0].direct_url = "{}";
  other.make(spec);
  EXPECT_EQ(one.memo().find_facts(input.sha256), other.memo().find_facts(input.sha256));
  EXPECT_EQ(one.memo().find_paths(input.sha256), other.memo().find_paths(input.sha256));
}

TEST(WheelFacts, ReadWithoutALayerAreTheSame) {
  LayerLab lab;
  LayerLab other;
  WheelInput input = lab.add(compiled());
  other.add(compiled());
  WheelFacts facts = read_facts(input,
                                {.store = other.store(),
                                 .memo = other.memo(),
                                 .progress = util::silent_progress(),
                                 .threads = 2});
  EXPECT_EQ(other.memo().find_facts(input.sha256), facts);
  lab.make(input);
  EXPECT_EQ(lab.memo().find_facts(input.sha256), facts);
  EXPECT_EQ(lab.memo().find_paths(input.sha256), other.memo().find_paths(input.sha256));
  EXPECT_EQ(facts.elf.size(), 2U);
}

TEST(WheelFacts, PathsHaveTheHashesOfRecord) {
  LayerLab lab;
  WheelInput input = lab.add(
      WheelBuilder("demo", "1.0").executable("demo/x", "content").console_script("run", "demo:x"));
  std::vector<facts::InstalledPath> paths = installed_paths(input, lab.store());
  std::vector<std::string> names;
  for (const facts::InstalledPath& path : paths) {
    names.push_back(path.path);
  }
  EXPECT_THAT(names,
              ElementsAre("purelib/demo-1.0.dist-info/METADATA",
                          "purelib/demo-1.0.dist-info/WHEEL",
                          "purelib/demo-1.0.dist-info/entry_points.txt",
                          "purelib/demo/x",
                          "scripts/run"));
  core::Digest digest = core::Digest::of(std::string_view("content"));
  EXPECT_TRUE(std::ranges::equal(paths[3].content, std::span(digest.bytes()).first(16)));
  EXPECT_TRUE(paths[3].executable);
  EXPECT_FALSE(paths[0].executable);
}

TEST(WheelFacts, NoteWhatIsWrongWithRecord) {
  LayerLab lab;
  WheelBuilder wheel("demo", "1.0");
  wheel.file("listed.py", "listed")
      .file("unlisted.py", "unlisted")
      .file("unhashed.py", "unhashed")
      .file("size.py", "size");
  std::string hash =
      "sha256=" + util::base64url(core::Digest::of(std::string_view("listed")).bytes());
  std::string size_hash =
      "sha256=" + util::base64url(core::Digest::of(std::string_view("size")).bytes());
  wheel.dist_info("RECORD",
                  "/listed.py," + hash + ",6\nunhashed.py,,\nsize.py," + size_hash +
                      ",5\ngone.py,sha256=x,1\n"
                      "demo-1.0.dist-info/METADATA,md5=x,1\n");
  wheel.tag("py2-none-any")
      .dist_info("WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n");
  wheel.dist_info("RECORD.jws", "{}");
  WheelInput input = lab.add(wheel);
  std::map<std::string, Found> tree = lab.tree(lab.make(input));
  std::vector<std::string> found;
  WheelFacts facts = *lab.memo().find_facts(input.sha256);
  for (const facts::WheelFinding& finding : facts.findings) {
    found.push_back(finding.code + " " + finding.path);
  }
  EXPECT_THAT(found,
              ElementsAre("record-extra gone.py",
                          "record-hash-missing purelib/demo-1.0.dist-info/METADATA",
                          "record-hash-missing purelib/unhashed.py",
                          "record-missing purelib/demo-1.0.dist-info/WHEEL",
                          "record-missing purelib/unlisted.py",
                          "record-size purelib/demo-1.0.dist-info/METADATA",
                          "record-size purelib/size.py",
                          "tags-differ "));
  std::string record = tree[kSite + "demo-1.0.dist-info/RECORD"].content;
  std::string unlisted = util::base64url(core::Digest::of(std::string_view("unlisted")).bytes());
  EXPECT_THAT(record, testing::HasSubstr("unlisted.py,sha256=" + unlisted + ",8\n"));
  EXPECT_THAT(record, testing::HasSubstr("\nsize.py," + size_hash + ",4\n"));
  EXPECT_THAT(record, testing::HasSubstr("listed.py," + hash + ",6\n"));
  EXPECT_THAT(record, testing::Not(testing::HasSubstr("gone.py")));
  EXPECT_THAT(record, testing::Not(testing::HasSubstr("RECORD.jws")));
  EXPECT_TRUE(tree.contains(kSite + "demo-1.0.dist-info/RECORD.jws"));
}

TEST(WheelFacts, NoteBrokenElfFiles) {
  LayerLab lab;
  tests::ElfBuilder elf;
  elf.needed = {"libc.so.6"};
  std::string cut = elf.bytes().substr(0, 200);
  WheelInput input =
      lab.add(WheelBuilder("demo", "1.0").file("cut.so", cut).file("whole.so", elf.bytes()));
  lab.make(input);
  WheelFacts facts = *lab.memo().find_facts(input.sha256);
  ASSERT_EQ(facts.findings.size(), 1U);
  EXPECT_EQ(facts.findings[0], (facts::WheelFinding{"elf-broken", "purelib/cut.so"}));
  EXPECT_EQ(facts.elf.size(), 1U);
}

}  // namespace
}  // namespace cartwheel::layer
