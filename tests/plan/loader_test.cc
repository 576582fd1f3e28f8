#include "plan/loader.h"

#include <deque>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cartwheel::plan {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Files of one package each, and a base with libc and libm.
class LoaderOf {
 public:
  explicit LoaderOf(std::vector<facts::ElfFacts> files) : files_(std::move(files)) {
    for (std::size_t i = 0; i < files_.size(); ++i) {
      if (files_[i].machine.empty()) {
        files_[i].machine = "x86_64";
      }
      loader.add({.package = i, .path = files_[i].path, .elf = &files_[i]});
    }
  }

  std::vector<std::string> loaded(std::size_t root = 0) const {
    std::vector<std::string> out;
    for (std::size_t file : loader.load(root).files) {
      out.push_back(loader.files()[file].path);
    }
    return out;
  }
  std::vector<std::string> missing(std::size_t root = 0) const {
    std::vector<std::string> out;
    for (const Loader::Missing& one : loader.load(root).missing) {
      out.push_back(one.soname);
    }
    return out;
  }

  Loader loader{"x86_64", {"libc.so.6", "libm.so.6"}};

 private:
  std::vector<facts::ElfFacts> files_;
};

TEST(NormalizedPath, WithoutDots) {
  EXPECT_EQ(normalized_path("/a/b/../c/./d//"), "/a/c/d");
  EXPECT_EQ(normalized_path("/../.."), "/");
}

TEST(Loader, FindsByRunpathAndInTheBase) {
  LoaderOf made(
      {{.path = "/s/x/m.so", .needed = {"libc.so.6", "liba.so"}, .runpath = {"$ORIGIN/../x.libs"}},
       {.path = "/s/x.libs/liba.so", .soname = "liba.so"}});
  EXPECT_THAT(made.loaded(), ElementsAre("/s/x/m.so", "/s/x.libs/liba.so"));
  EXPECT_THAT(made.missing(), IsEmpty());
}

TEST(Loader, ARpathHoldsForWhatIsLoadedByItAndARunpathDoesNot) {
  std::vector<facts::ElfFacts> files = {
      {.path = "/s/m.so", .needed = {"liba.so"}, .rpath = {"${ORIGIN}/l"}},
      {.path = "/s/l/liba.so", .soname = "liba.so", .needed = {"libb.so"}},
      {.path = "/s/l/libb.so", .soname = "libb.so"}};
  EXPECT_THAT(LoaderOf(files).missing(), IsEmpty());
  files[0].runpath = files[0].rpath;
  EXPECT_THAT(LoaderOf(files).missing(), ElementsAre("libb.so"));
  files[0].runpath.clear();
  files[1].runpath = {"/elsewhere"};
  EXPECT_THAT(LoaderOf(files).missing(), ElementsAre("libb.so"))
      << "a file with a RUNPATH does not look at the RPATH of its loader";
}

TEST(Loader, WhatIsInTheProcessIsFoundByItsSoname) {
  LoaderOf made({{.path = "/s/m.so", .needed = {"liba-1.so", "libb.so"}, .rpath = {"/s"}},
                 {.path = "/s/liba-1.so", .soname = "liba.so.1"},
                 {.path = "/s/libb.so", .needed = {"liba.so.1"}, .runpath = {"/none"}}});
  EXPECT_THAT(made.missing(), IsEmpty());
}

TEST(Loader, ThePathsOfTheHostThatBuiltItFindNothing) {
  LoaderOf made({{.path = "/s/m.so", .needed = {"liba.so"}, .rpath = {"/opt/conda/lib", "", "lib"}},
                 {.path = "/s/liba.so", .soname = "liba.so"}});
  EXPECT_THAT(made.missing(), ElementsAre("liba.so"));
}

TEST(Loader, SkipsFilesOfAnotherMachine) {
  LoaderOf made({{.path = "/s/m.so", .needed = {"liba.so"}, .runpath = {"/s/arm", "/s/x86"}},
                 {.path = "/s/arm/liba.so", .machine = "aarch64"},
                 {.path = "/s/x86/liba.so"}});
  EXPECT_THAT(made.loaded(), ElementsAre("/s/m.so", "/s/x86/liba.so"));
  EXPECT_EQ(made.loader.files_named("liba.so"), (std::vector<std::size_t>{2}));
}

TEST(Loader, FindsInFoldersOfTheConfigurationByTheirSoname) {
  LoaderOf made(
      {{.path = "/s/m.so", .needed = {"libcublas.so.12"}},
       {.path = "/s/nvidia/cublas/lib/libcublas.so.12.1",
        .soname = "libcublas.so.12",
        .needed = {"libcublasLt.so.12"}},
       {.path = "/s/nvidia/cublas/lib/libcublasLt.so.12", .soname = "libcublasLt.so.12"}});
  EXPECT_THAT(made.missing(), ElementsAre("libcublas.so.12"));
  made.loader.add_folder("/s/nvidia/cublas/lib");
  EXPECT_THAT(made.missing(), IsEmpty());
  EXPECT_EQ(made.loaded().size(), 3U);
}

TEST(Loader, LibrariesThatNeedEachOtherEnd) {
  LoaderOf made(
      {{.path = "/s/a.so", .soname = "a.so", .needed = {"b.so"}, .runpath = {"$ORIGIN"}},
       {.path = "/s/b.so", .soname = "b.so", .needed = {"a.so"}, .runpath = {"$ORIGIN"}}});
  EXPECT_THAT(made.loaded(), ElementsAre("/s/a.so", "/s/b.so"));
}

}  // namespace
}  // namespace cartwheel::plan
