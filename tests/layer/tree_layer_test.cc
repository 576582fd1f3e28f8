#include "layer/tree_layer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "layer/layer_lab.h"
#include "util/error.h"

namespace cartwheel::layer {
namespace {

using core::Compression;
using testing::ElementsAre;

memo::LayerRecord make(LayerLab& lab,
                       std::vector<TreeEntry> entries,
                       Compression compression = Compression::splice) {
  return make_tree_layer(std::move(entries), "tree", compression, lab.store());
}

TEST(TreeLayer, HasTheseDigests) {
  LayerLab lab;
  memo::LayerRecord record = make(lab, {text_entry("a/b", "hello\n")});
  // The directory a and the file a/b of docs/formats.md, here with its content coded by us.
  EXPECT_EQ(record.diff_id.str(),
            "sha256:55cdbdea7063c96aaf4d983cb939143c4326e03740d258a0eb4e783ae5ad1711");
  EXPECT_EQ(record.blob.digest.str(),
            "sha256:1219b7df79161df076e19d46d9de4c703ab5caabef78d4bac332f1ebfb22b19c");
  EXPECT_EQ(record.kind, "tree");
  EXPECT_FALSE(record.recipe);
  EXPECT_TRUE(lab.store().has(record.blob.digest));
}

TEST(TreeLayer, IsSortedAndHasItsAncestors) {
  LayerLab lab;
  std::vector<TreeEntry> entries{symlink_entry("b/link", "../a"),
                                 text_entry("b-c/z/file", "1"),
                                 text_entry("b/a", "2", 0755),
                                 directory_entry("b", 02775, 3, 4)};
  memo::LayerRecord record = make(lab, std::move(entries));
  std::string tar = lab.tar(record);
  std::vector<std::string> paths;
  for (std::size_t at = 0; tar[at] != '\0'; at += tar[at + 156] == '0' ? 1024U : 512U) {
    paths.emplace_back(tar.c_str() + at);
  }
  EXPECT_THAT(paths, ElementsAre("b-c/", "b-c/z/", "b/", "b-c/z/file", "b/a", "b/link"));
}

TEST(TreeLayer, HoldsWhatIsGiven) {
  LayerLab lab;
  std::string large = noise(1'000'000);
  for (Compression compression : {Compression::splice, Compression::zstd}) {
    std::map<std::string, Found> tree = lab.tree(make(lab,
                                                      {text_entry("etc/large", large, 0600),
                                                       symlink_entry("etc/link", "large"),
                                                       text_entry("etc/empty", "")},
                                                      compression));
    EXPECT_EQ(tree["etc/large"], (Found{'f', 0600, large}));
    EXPECT_EQ(tree["etc/link"], (Found{'l', 0777, "large"}));
    EXPECT_EQ(tree["etc/empty"], (Found{'f', 0644, ""}));
    EXPECT_EQ(tree["etc"], (Found{'d', 0755, ""}));
  }
}

TEST(TreeLayer, DoesNotDependOnTheOrderGiven) {
  LayerLab lab;
  memo::LayerRecord one =
      make(lab, {text_entry("a/x", "1"), directory_entry("a"), text_entry("c", "2")});
  memo::LayerRecord other = make(lab, {text_entry("c", "2"), text_entry("a/x", "1")});
  EXPECT_EQ(one, other);
}

TEST(TreeLayer, RefusesWhatCannotBe) {
  LayerLab lab;
  auto kind_of = [&](std::vector<TreeEntry> entries) {
    try {
      make(lab, std::move(entries));
    } catch (const util::Error& error) {
      return error.kind();
    }
    return util::ErrorKind::internal;
  };
  using util::ErrorKind;
  EXPECT_EQ(kind_of({text_entry("a", "1"), text_entry("a", "1")}), ErrorKind::refused);
  EXPECT_EQ(kind_of({text_entry("a", "1"), text_entry("a/b", "1")}), ErrorKind::refused);
  EXPECT_EQ(kind_of({symlink_entry("a", "c"), text_entry("a/b", "1")}), ErrorKind::refused);
  EXPECT_EQ(kind_of({text_entry("../a", "1")}), ErrorKind::refused);
  EXPECT_EQ(kind_of({text_entry("/a", "1")}), ErrorKind::refused);
  TreeEntry shorter = text_entry("a", "12");
  shorter.entry.size = 3;
  EXPECT_EQ(kind_of({shorter}), ErrorKind::io);
  TreeEntry longer = text_entry("a", "12");
  longer.entry.size = 1;
  EXPECT_EQ(kind_of({longer}), ErrorKind::io);
}

TEST(Venv, HasWhatPythonLooksFor) {
  LayerLab lab;
  std::map<std::string, Found> tree =
      lab.tree(make(lab,
                    venv_entries("opt/venv",
                                 "/usr/bin/python3.11",
                                 "3.11.2",
                                 {{.path = "opt", .mode = 0775, .uid = 0, .gid = 0}})));
  EXPECT_EQ(tree["opt"].mode, 0775U);
  EXPECT_EQ(tree["opt/venv"], (Found{'d', 0755, ""}));
  EXPECT_EQ(tree["opt/venv/bin/python"], (Found{'l', 0777, "/usr/bin/python3.11"}));
  EXPECT_EQ(tree["opt/venv/bin/python3"], (Found{'l', 0777, "python"}));
  EXPECT_EQ(tree["opt/venv/bin/python3.11"], (Found{'l', 0777, "python"}));
  EXPECT_EQ(
      tree["opt/venv/pyvenv.cfg"],
      (Found{
          'f', 0644, "home = /usr/bin\ninclude-system-site-packages = false\nversion = 3.11.2\n"}));
  EXPECT_EQ(tree["opt/venv/lib/python3.11/site-packages"].kind, 'd');
  EXPECT_THROW(venv_entries("opt/venv", "/usr/bin/python3", "3", {}), util::Error);
}

}  // namespace
}  // namespace cartwheel::layer
