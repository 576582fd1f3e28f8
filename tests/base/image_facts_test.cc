#include "base/image_facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/sample_image.h"
#include "util/error.h"

namespace cartwheel::base {
namespace {

using testing::HasSubstr;
using tests::image_of;
using tests::interpreter;
using tests::layer_of;
using tests::least_root;
using tests::libc;
using tests::TarBuilder;
using util::Error;
using util::ErrorKind;

TarBuilder root_with_python() {
  return least_root()
      .file("usr/bin/python3.11", interpreter(), 0755)
      .symlink("usr/bin/python3", "python3.11");
}

facts::BaseFacts facts_of(const std::vector<TarBuilder>& layers) {
  return facts_of_image(image_of(layers), "base");
}

void expect_fails(const std::vector<TarBuilder>& layers,
                  ErrorKind kind,
                  const std::string& message) {
  try {
    facts::BaseFacts facts = facts_of(layers);
    ADD_FAILURE() << "taken, with the Python " << facts.python << " at " << facts.python_path;
  } catch (const Error& error) {
    EXPECT_STREQ(util::kind_name(error.kind()), util::kind_name(kind)) << error.what();
    EXPECT_THAT(error.what(), HasSubstr(message));
  }
}

TEST(ImageFacts, TellGlibcAndPython) {
  facts::BaseFacts facts = facts_of({root_with_python()});
  EXPECT_EQ(facts.glibc, "2.36");
  EXPECT_EQ(facts.libstdcxx, "");
  EXPECT_EQ(facts.python, "3.11.2");
  EXPECT_EQ(facts.python_path, "/usr/bin/python3.11");
  EXPECT_TRUE(facts.parents.empty());
}

TEST(ImageFacts, GlibcSaysItsReleaseItself) {
  TarBuilder tar = root_with_python();
  tar.file("usr/lib/x86_64-linux-gnu/libc.so.6",
           libc(62, "GNU C Library (Debian GLIBC 2.41-12) stable release version 2.41.\n"),
           0755);
  EXPECT_EQ(facts_of({tar}).glibc, "2.41") << "no symbol is of a newer version than 2.36";
}

TEST(ImageFacts, TellLibstdcxx) {
  tests::ElfBuilder elf;
  elf.soname = "libstdc++.so.6";
  elf.defines = {"GLIBCXX_3.4", "GLIBCXX_3.4.9", "GLIBCXX_3.4.30", "CXXABI_1.3"};
  TarBuilder tar = root_with_python();
  tar.file("usr/lib/x86_64-linux-gnu/libstdc++.so.6.0.30", elf.bytes());
  tar.symlink("usr/lib/x86_64-linux-gnu/libstdc++.so.6", "libstdc++.so.6.0.30");
  EXPECT_EQ(facts_of({tar}).libstdcxx, "3.4.30");
}

TEST(ImageFacts, PythonIsTheFirstOfPath) {
  TarBuilder tar = root_with_python();
  tar.folder("usr/local").folder("usr/local/bin");
  tar.file("usr/local/bin/python3.12", interpreter("3.12.4"), 0755);
  tar.symlink("usr/local/bin/python3", "python3.12");
  oci::Image image = image_of({tar});
  EXPECT_EQ(facts_of_image(image, "base").python, "3.12.4") << "without PATH, the usual one";
  image.env = {"LANG=C", "PATH=/usr/bin:/usr/local/bin"};
  EXPECT_EQ(facts_of_image(image, "base").python, "3.11.2");
  image.env = {"PATH=/nowhere:/usr/local/bin"};
  EXPECT_EQ(facts_of_image(image, "base").python_path, "/usr/local/bin/python3.12");
  image.env = {"PATH=/nowhere"};
  EXPECT_THROW(facts_of_image(image, "base"), Error);
}

TEST(ImageFacts, PythonMustBeExecutableAndLinksAreFollowed) {
  TarBuilder tar = root_with_python();
  tar.folder("usr/local")
      .folder("usr/local/bin")
      .folder("opt")
      .folder("opt/py")
      .folder("opt/py/bin");
  tar.file("usr/local/bin/python3", "not executable");
  EXPECT_EQ(facts_of({tar}).python, "3.11.2");
  TarBuilder linked = root_with_python();
  linked.folder("usr/local")
      .folder("usr/local/bin")
      .folder("opt")
      .folder("opt/py")
      .folder("opt/py/bin");
  linked.file("opt/py/bin/python3.13", interpreter("3.13.1"), 0755);
  linked.symlink("usr/local/bin/python3", "/opt/py/bin/python3.13");
  EXPECT_EQ(facts_of({linked}).python_path, "/opt/py/bin/python3.13");
}

TEST(ImageFacts, PatchlevelHeaderSaysTheVersion) {
  TarBuilder tar = root_with_python();
  tar.folder("usr/include").folder("usr/include/python3.11");
  tar.file("usr/include/python3.11/patchlevel.h",
           "#define PY_MAJOR_VERSION 3\n#define PY_VERSION      \t\"3.11.9+\"\n");
  EXPECT_EQ(facts_of({tar}).python, "3.11.9");
}

TEST(ImageFacts, LibpythonSaysItWhereTheInterpreterDoesNot) {
  TarBuilder tar = least_root();
  tar.file("usr/bin/python3", tests::ElfBuilder().bytes() + " 3.11.x 3.11. ", 0755);
  expect_fails(
      {tar}, ErrorKind::refused, "cannot tell the version of its Python, /usr/bin/python3");
  TarBuilder named = least_root();
  named.file("usr/bin/python3.11", tests::ElfBuilder().bytes(), 0755);
  named.symlink("usr/bin/python3", "python3.11");
  expect_fails({named}, ErrorKind::refused, "cannot tell the version of its Python");
  named.file("usr/lib/libpython3.11.so.1.0", interpreter("3.11.7"));
  EXPECT_EQ(facts_of({named}).python, "3.11.7");
}

TEST(ImageFacts, WhiteoutRemovesWhatLiesBelow) {
  TarBuilder without;
  without.file("usr/bin/.wh.python3.11", "");
  expect_fails({root_with_python(), without}, ErrorKind::refused, "holds no python3 in its PATH");
  TarBuilder folder;
  folder.file("usr/.wh.bin", "");
  expect_fails({root_with_python(), folder}, ErrorKind::refused, "holds no python3 in its PATH");
}

TEST(ImageFacts, WhiteoutSparesItsOwnLayer) {
  // image-spec, layer.md: whiteouts hide only what is below, wherever they stand in the tar.
  for (bool first : {true, false}) {
    TarBuilder layer;
    if (first) {
      layer.file("usr/bin/.wh.python3.11", "");
    }
    layer.file("usr/bin/python3.11", interpreter("3.11.5"), 0755);
    if (!first) {
      layer.file("usr/bin/.wh.python3.11", "");
    }
    EXPECT_EQ(facts_of({root_with_python(), layer}).python, "3.11.5") << first;
  }
}

TEST(ImageFacts, OpaqueFolderHidesAllBelow) {
  TarBuilder opaque;
  opaque.folder("usr/bin").file("usr/bin/.wh..wh..opq", "");
  expect_fails({root_with_python(), opaque}, ErrorKind::refused, "holds no python3 in its PATH");
  opaque.file("usr/bin/python3.11", interpreter("3.11.6"), 0755);
  expect_fails(
      {root_with_python(), opaque}, ErrorKind::refused, "holds no python3");  // the link is gone
  opaque.symlink("usr/bin/python3", "python3.11");
  EXPECT_EQ(facts_of({root_with_python(), opaque}).python, "3.11.6");
}

TEST(ImageFacts, LaterLayerWins) {
  TarBuilder newer;
  newer.file("usr/bin/python3.11", interpreter("3.11.8"), 0755);
  EXPECT_EQ(facts_of({root_with_python(), newer}).python, "3.11.8");
  TarBuilder folder_to_file;
  folder_to_file.file("usr/bin", "a file now");
  expect_fails({root_with_python(), folder_to_file}, ErrorKind::refused, "holds no python3");
}

TEST(ImageFacts, HardLinksAreTheFileTheyLinkTo) {
  TarBuilder tar = least_root();
  tar.file("usr/bin/python3.11", interpreter("3.11.4"), 0755);
  tar.hard_link("usr/bin/python3", "usr/bin/python3.11");
  // The first in PATH is then called python3, which does not say its minor version.
  expect_fails({tar}, ErrorKind::refused, "cannot tell the version of its Python");
  TarBuilder again = least_root();
  again.file("usr/lib/python", interpreter("3.11.4"), 0755);
  again.hard_link("usr/bin/python3.11", "usr/lib/python");
  again.symlink("usr/bin/python3", "python3.11");
  EXPECT_EQ(facts_of({again}).python, "3.11.4");
}

TEST(ImageFacts, OtherMachineIsRefused) {
  TarBuilder tar;
  tar.folder("usr").folder("usr/bin").folder("lib").folder("lib/x86_64-linux-gnu");
  tar.file("lib/x86_64-linux-gnu/libc.so.6", libc(183), 0755);
  tar.file("usr/bin/python3", interpreter(), 0755);
  expect_fails({tar}, ErrorKind::unsupported, "is for aarch64, wanted x86_64");
}

TEST(ImageFacts, MuslIsRefused) {
  TarBuilder tar;
  tar.folder("usr").folder("usr/bin").folder("lib");
  tar.file("lib/ld-musl-x86_64.so.1", tests::ElfBuilder().bytes(), 0755);
  tar.symlink("lib/libc.musl-x86_64.so.1", "ld-musl-x86_64.so.1");
  tar.file("usr/bin/python3.11", interpreter(), 0755);
  expect_fails({tar}, ErrorKind::refused, "holds no glibc (libc.so.6) for linux/amd64");
}

TEST(ImageFacts, UnusualFoldersAreNoted) {
  TarBuilder tar = root_with_python();
  tar.folder("opt", 02775, 0)
      .folder("srv", 0755, 33)
      .folder("a")
      .folder("a/b")
      .folder("a/b/c")
      .folder("a/b/c/d", 0700);
  facts::BaseFacts facts = facts_of({tar});
  ASSERT_EQ(facts.parents.size(), 2U) << "and none deeper than a prefix may lie";
  EXPECT_EQ(facts.parents[0],
            (facts::BaseFacts::Parent{.path = "opt", .mode = 02775, .uid = 0, .gid = 0}));
  EXPECT_EQ(facts.parents[1],
            (facts::BaseFacts::Parent{.path = "srv", .mode = 0755, .uid = 33, .gid = 33}));
}

TEST(ImageFacts, LayersMayBeCodedInAnyWay) {
  oci::Image image;
  for (std::string_view type : {core::kLayerTarType, core::kLayerGzipType, core::kLayerZstdType}) {
    image.layers = {layer_of(root_with_python().bytes(), type)};
    EXPECT_EQ(facts_of_image(image, "base").python, "3.11.2") << type;
  }
  auto broken = std::make_shared<core::TextBlob>("no tar at all");
  image.layers = {
      {.descriptor = {std::string(core::kLayerTarType), broken->digest(), broken->size(), {}},
       .diff_id = broken->digest(),
       .blob = broken}};
  EXPECT_THROW(facts_of_image(image, "base"), Error);
}

}  // namespace
}  // namespace cartwheel::base
