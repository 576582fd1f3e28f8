#include "base/python_archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/python_version.h"
#include "elf/elf_builder.h"
#include "support/tar_builder.h"
#include "util/error.h"

namespace cartwheel::base {
namespace {

using debian::Node;
using testing::HasSubstr;
using tests::TarBuilder;

const core::Platform kAmd64{core::Architecture::amd64};
const core::Platform kArm64{core::Architecture::arm64};

// An archive of python-build-standalone's layout, small.
TarBuilder python_tar() {
  TarBuilder tar;
  tar.file("python/bin/python3.12", tests::ElfBuilder{}.bytes(), 0755)
      .symlink("python/bin/python3", "python3.12")
      .file("python/bin/pip3", "#!python", 0755)
      .file("python/include/python3.12/patchlevel.h", "#define PY_VERSION  \"3.12.14+\"\n")
      .file("python/lib/libpython3.12.so.1.0", "library", 0775)
      .file("python/lib/libtcl9.0.so", "tcl")
      .file("python/lib/python3.12/os.py", "import sys\n", 0664)
      .file("python/lib/python3.12/__pycache__/os.cpython-312.pyc", "stale")
      .file("python/lib/python3.12/_sysconfigdata__linux_x86_64-linux-gnu.py",
            "build_time_vars = {\"CC\": \"clang -pthread\", \"prefix\": \"/install\",\n"
            "\"LIBDIR\": \"/install/lib\"}\n")
      .file("python/lib/python3.12/config-3.12-x86_64-linux-gnu/Makefile",
            "CC=clang -pthread\nprefix=/install\n")
      .file("python/lib/python3.12/config-3.12-x86_64-linux-gnu/libpython3.12.a", "static")
      .file("python/lib/python3.12/ensurepip/_bundled/pip-26.whl", "pip")
      .file("python/lib/python3.12/site-packages/pip/__init__.py", "")
      .file("python/lib/python3.12/test/test_os.py", "")
      .file("python/lib/python3.12/unittest/case.py", "")
      .file("python/lib/python3.12/sqlite3/test/dbapi.py", "")
      .file("python/lib/python3.12/tkinter/__init__.py", "");
  return tar;
}

class PythonArchiveTest : public testing::Test {
 protected:
  // Puts an archive of these bytes into the tree, as "./my-base.toml" of a project names it.
  void add(const std::string& tar, const core::Platform& platform = kAmd64) {
    const std::filesystem::path project = folder_.path() / "project";
    std::filesystem::create_directories(project);
    util::write_file(project / "python.tar", tar);
    const Definition definition = parse_definition(
        "./my-base.toml",
        "on = \"debian12\"\npython = \"3.12\"\npython-path = \"/usr/local/bin/python3.12\"\n"
        "[python-archive.amd64]\npath = \"python.tar\"\nsha256 = \"" +
            core::Digest::of(tar).hex() + "\"\n",
        project);
    const Context context{
        .http = *http_, .store = *store_, .progress = util::silent_progress(), .project = project};
    add_python(definition, platform, scratch_, context, tree_);
  }
  std::string error_of(const std::string& tar, const core::Platform& platform = kAmd64) {
    try {
      add(tar, platform);
      return "";
    } catch (const util::Error& error) {
      return error.what();
    }
  }

  util::TempDir folder_;
  std::shared_ptr<store::Store> store_ = store::open_store(folder_.path() / "store");
  std::unique_ptr<net::Http> http_ = net::make_offline_http();
  ScratchFile scratch_{folder_.path()};
  debian::Tree tree_{[this](const debian::Extent& extent, std::uint64_t offset, std::size_t n) {
    return scratch_.read(extent, offset, n);
  }};
};

TEST_F(PythonArchiveTest, LiesAtThePrefixWithoutWhatIsLeftOut) {
  add(python_tar().str());
  std::vector<std::string> files;
  for (const auto& [path, node] : tree_.nodes()) {
    if (node.kind != Node::Kind::directory) {
      files.push_back(path);
    }
  }
  EXPECT_EQ(files,
            (std::vector<std::string>{
                "usr/local/bin/python3",
                "usr/local/bin/python3.12",
                "usr/local/include/python3.12/patchlevel.h",
                "usr/local/lib/libpython3.12.so.1.0",
                "usr/local/lib/python3.12/_sysconfigdata__linux_x86_64-linux-gnu.py",
                "usr/local/lib/python3.12/config-3.12-x86_64-linux-gnu/Makefile",
                "usr/local/lib/python3.12/os.py",
                "usr/local/lib/python3.12/unittest/case.py"}));
  EXPECT_EQ(tree_.find("usr/local/bin/python3.12")->mode, 0755U);
  EXPECT_EQ(tree_.find("usr/local/lib/libpython3.12.so.1.0")->mode, 0755U);
  EXPECT_EQ(tree_.find("usr/local/lib/python3.12/os.py")->mode, 0644U);
  EXPECT_EQ(tree_.find("usr/local/bin/python3")->target, "python3.12");
  EXPECT_EQ(tree_.find("usr/local/lib")->mode, 0755U);
}

TEST_F(PythonArchiveTest, SysconfigTellsTheImagesPaths) {
  add(python_tar().str());
  EXPECT_EQ(tree_.text("usr/local/lib/python3.12/_sysconfigdata__linux_x86_64-linux-gnu.py"),
            "build_time_vars = {\"CC\": \"cc -pthread\", \"prefix\": \"/usr/local\",\n"
            "\"LIBDIR\": \"/usr/local/lib\"}\n");
  EXPECT_EQ(tree_.text("usr/local/lib/python3.12/config-3.12-x86_64-linux-gnu/Makefile"),
            "CC=cc -pthread\nprefix=/usr/local\n");
}

TEST_F(PythonArchiveTest, ItsVersionIsInItsHeader) {
  add(python_tar().str());
  EXPECT_EQ(python_version(tree_, "usr/local/bin/python3.12", "3.12"), "3.12.14");
}

TEST_F(PythonArchiveTest, OtherLayoutsAreNamed) {
  EXPECT_EQ(error_of(TarBuilder().file("bin/python3.12", "x").str()),
            "Python archive 'python.tar': wanted everything below python/, found 'bin/python3.12'");
  EXPECT_THAT(error_of(TarBuilder().file("python/PYTHON.json", "{}").str()),
              HasSubstr("this is the full archive of a build: wanted the one whose name says "
                        "install_only"));
  EXPECT_THAT(error_of(TarBuilder().file("python/bin/python3.13", "x").str()),
              HasSubstr("does not bring '/usr/local/bin/python3.12'"));
  EXPECT_THAT(error_of("no archive at all"), HasSubstr("Python archive 'python.tar'"));
}

TEST_F(PythonArchiveTest, AnotherMachinesProgramIsRefused) {
  EXPECT_THAT(
      error_of(TarBuilder()
                   .file("python/bin/python3.12", tests::ElfBuilder{.machine = 183}.bytes(), 0755)
                   .str()),
      HasSubstr("'/usr/local/bin/python3.12' is no program for linux/amd64: it is for "
                "aarch64"));
  EXPECT_EQ(error_of(python_tar().str(), kArm64),
            "its definition names no Python archive for linux/arm64: wanted "
            "[python-archive.arm64]");
}

// As python-build-standalone's archives whose name says freethreaded.
TEST_F(PythonArchiveTest, AFreeThreadedPythonIsRefused) {
  EXPECT_EQ(
      error_of(TarBuilder()
                   .file("python/bin/python3.12t", tests::ElfBuilder{}.bytes(), 0755)
                   .symlink("python/bin/python3.12", "python3.12t")
                   .file("python/lib/python3.12t/os.py", "")
                   .str()),
      "Python archive 'python.tar': '/usr/local/bin/python3.12t' is a free-threaded Python, whose "
      "wheels (cp312t) are not chosen yet: wanted the usual Python 3.12");
}

TEST_F(PythonArchiveTest, AFreeThreadedPythonIsToldByItsLibraryToo) {
  EXPECT_THAT(error_of(TarBuilder()
                           .file("python/bin/python3.12t", tests::ElfBuilder{}.bytes(), 0755)
                           .file("python/lib/python3.12t/os.py", "")
                           .str()),
              HasSubstr("'/usr/local/bin/python3.12' is a free-threaded Python"));
}

TEST_F(PythonArchiveTest, WhatTheBaseHasIsNotReplaced) {
  tree_.ensure_directory("usr/local/bin");
  tree_.put("usr/local/bin/python3.12", Node::file("another"));
  EXPECT_THAT(error_of(python_tar().str()), HasSubstr("usr/local/bin/python3.12"));
}

TEST_F(PythonArchiveTest, WrongBytesAreRefused) {
  const std::string tar = python_tar().str();
  add(tar);
  std::filesystem::path project = folder_.path() / "other";
  std::filesystem::create_directories(project);
  util::write_file(project / "python.tar", tar + "x");
  const Definition definition = parse_definition(
      "./my-base.toml",
      "on = \"debian12\"\npython = \"3.12\"\npython-path = \"/usr/local/bin/python3.12\"\n"
      "[python-archive.amd64]\npath = \"python.tar\"\nsha256 = \"" +
          std::string(64, 'a') + "\"\n",
      project);
  const Context context{
      .http = *http_, .store = *store_, .progress = util::silent_progress(), .project = project};
  try {
    add_python(definition, kAmd64, scratch_, context, tree_);
    FAIL();
  } catch (const util::Error& error) {
    EXPECT_EQ(error.kind(), util::ErrorKind::integrity);
    EXPECT_THAT(error.what(), HasSubstr(std::string(64, 'a')));
  }
}

}  // namespace
}  // namespace cartwheel::base
