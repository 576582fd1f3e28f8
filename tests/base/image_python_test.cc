#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/image_facts.h"
#include "elf/elf_builder.h"
#include "support/tar_builder.h"
#include "util/error.h"

namespace cartwheel::base {
namespace {

using testing::HasSubstr;
using tests::TarBuilder;

oci::Layer layer_of(const std::string& tar) {
  auto blob = std::make_shared<core::TextBlob>(tar);
  return {.descriptor = {std::string(core::kLayerTarType), blob->digest(), blob->size(), {}},
          .diff_id = blob->digest(),
          .blob = blob};
}

constexpr std::uint16_t kX86 = 62;
constexpr std::uint16_t kArm = 183;

std::string libc(std::uint16_t machine = kX86) {
  return tests::ElfBuilder{
      .machine = machine, .soname = "libc.so.6", .defines = {"GLIBC_2.17", "GLIBC_2.41"}}
      .bytes();
}

// What `python:3.12-slim` has: Debian below, Python below /usr/local, found by PATH.
oci::Image slim_image(const std::string& python_layer, std::uint16_t machine = kX86) {
  oci::Image image;
  image.platform = {core::Architecture::amd64};
  image.env = {"PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin",
               "PYTHON_VERSION=3.12.11",
               "PYTHON_SHA256=c30bb24b7f1e9a19b11b55a546434f74e739bb4c271a3e3a80ff4380d49f7adb"};
  image.layers = {layer_of(TarBuilder()
                               .directory("usr/lib/x86_64-linux-gnu")
                               .file("usr/lib/x86_64-linux-gnu/libc.so.6", libc(machine), 0755)
                               .symlink("lib", "usr/lib")
                               .file("etc/os-release", "ID=debian\n")
                               .directory("tmp", 01777)
                               .str()),
                  layer_of(python_layer)};
  return image;
}

TarBuilder slim_python() {
  TarBuilder tar;
  tar.directory("usr/local/bin")
      .file("usr/local/bin/python3.12", tests::ElfBuilder{}.bytes(), 0755)
      .symlink("usr/local/bin/python3", "python3.12")
      .symlink("usr/local/bin/python", "python3")
      .directory("usr/local/lib")
      .file("usr/local/lib/libpython3.12.so.1.0", std::string("x\0003.12.11\000y", 11), 0755)
      .directory("usr/local/lib/python3.12")
      .file("usr/local/lib/python3.12/os.py", "");
  return tar;
}

std::string error_of(const oci::Image& image) {
  try {
    facts_of_image(image, "base 'oci:slim'");
    return "";
  } catch (const util::Error& error) {
    return error.what();
  }
}

TEST(ImagePython, PythonThatPathFindsFirst) {
  const facts::BaseFacts facts = facts_of_image(slim_image(slim_python().str()), "base");
  EXPECT_EQ(facts.python_path, "/usr/local/bin/python3.12");
  EXPECT_EQ(facts.python, "3.12.11");
  EXPECT_EQ(facts.glibc, "2.41");
}

TEST(ImagePython, HeaderTellsTheVersion) {
  const facts::BaseFacts facts = facts_of_image(
      slim_image(slim_python()
                     .file("usr/local/include/python3.12/patchlevel.h",
                           "#define PY_MAJOR_VERSION 3\n#define PY_VERSION      \"3.12.9\"\n")
                     .str()),
      "base");
  EXPECT_EQ(facts.python, "3.12.9");
}

TEST(ImagePython, BaseWithoutPython) {
  EXPECT_EQ(error_of(slim_image(TarBuilder().file("etc/x", "").str())),
            "base 'oci:slim': holds no python3 in its PATH for linux/amd64");
  oci::Image elsewhere = slim_image(slim_python().str());
  elsewhere.env = {"PATH=/usr/bin:/bin"};
  EXPECT_EQ(error_of(elsewhere), "base 'oci:slim': holds no python3 in its PATH for linux/amd64");
}

TEST(ImagePython, PythonWithoutAVersion) {
  EXPECT_EQ(error_of(slim_image(TarBuilder()
                                    .directory("usr/local/bin")
                                    .file("usr/local/bin/python3", "#!/bin/sh\n", 0755)
                                    .str())),
            "base 'oci:slim': cannot tell the version of its Python, /usr/local/bin/python3");
}

TEST(ImagePython, AFreeThreadedOneIsRefused) {
  TarBuilder linked;
  linked.directory("usr/local/bin")
      .file("usr/local/bin/python3.13t", tests::ElfBuilder{}.bytes(), 0755)
      .symlink("usr/local/bin/python3", "python3.13t");
  EXPECT_EQ(error_of(slim_image(linked.str())),
            "base 'oci:slim': '/usr/local/bin/python3.13t' is a free-threaded Python, whose wheels "
            "(cp313t) are not chosen yet: wanted the usual Python 3.13");
  TarBuilder named;
  named.file("usr/local/bin/python3.13", tests::ElfBuilder{}.bytes(), 0755)
      .symlink("usr/local/bin/python3", "python3.13")
      .file("usr/local/lib/python3.13t/os.py", "");
  EXPECT_THAT(error_of(slim_image(named.str())), HasSubstr("is a free-threaded Python"));
  // Both are there, and PATH finds the usual one.
  EXPECT_EQ(error_of(slim_image(slim_python().file("usr/local/lib/python3.12t/os.py", "").str())),
            "");
}

TEST(ImagePython, LibrariesOfAnotherMachine) {
  EXPECT_THAT(error_of(slim_image(slim_python().str(), kArm)),
              HasSubstr("libc.so.6 is for aarch64, wanted x86_64"));
}

TEST(ImagePython, LayersRemoveWhatLiesBelow) {
  oci::Image image = slim_image(slim_python().str());
  image.layers.push_back(layer_of(TarBuilder().file("usr/local/bin/.wh.python3", "").str()));
  image.layers.push_back(layer_of(TarBuilder().file("usr/local/bin/.wh.python", "").str()));
  EXPECT_THAT(error_of(image), HasSubstr("holds no python3"));
}

TEST(ImagePython, FoldersOfAnotherModeAreTold) {
  const facts::BaseFacts facts = facts_of_image(slim_image(slim_python().str()), "base");
  ASSERT_EQ(facts.parents.size(), 1U);
  EXPECT_EQ(facts.parents[0].path, "tmp");
  EXPECT_EQ(facts.parents[0].mode, 01777U);
}

}  // namespace
}  // namespace cartwheel::base
