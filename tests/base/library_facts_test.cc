#include "base/library_facts.h"

#include <gtest/gtest.h>

#include "base/library_packages.h"
#include "elf/elf_builder.h"

namespace cartwheel::base {
namespace {

using debian::Node;
using debian::Tree;

const core::Platform kAmd64 = core::Platform::parse("amd64");

void put_directories(Tree& tree, const std::string& path) {
  for (std::size_t slash = path.find('/'); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    tree.ensure_directory(path.substr(0, slash));
  }
}

void put_file(Tree& tree, const std::string& path, const std::string& text) {
  put_directories(tree, path);
  tree.put(path, Node::file(text));
}

TEST(LibraryFacts, WhatTheCacheNamesAndWhatLiesInTheLoadersFolders) {
  Tree tree;
  put_file(tree, "usr/lib/x86_64-linux-gnu/libm.so.6", "");
  put_file(tree, "usr/lib/x86_64-linux-gnu/README", "");
  put_file(tree, "opt/x/libx.so.1", "");
  put_file(tree,
           "etc/ld.so.cache",
           elf::ld_so_cache({"x86_64",
                             {{"libx.so.1", "/opt/x/libx.so.1"}, {"libgone.so.1", "/gone.so"}},
                             "ldconfig"}));
  facts::BaseFacts facts;
  set_library_facts(facts, tree, kAmd64);
  EXPECT_EQ(facts.libraries, (std::vector<std::string>{"libm.so.6", "libx.so.1"}))
      << "an entry of the cache whose file is gone is none";
  EXPECT_EQ(facts.libstdcxx, "");
}

TEST(LibraryFacts, TheVersionsOfLibstdcxx) {
  tests::ElfBuilder library;
  library.soname = "libstdc++.so.6";
  library.defines = {
      "GLIBCXX_3.4.9", "GLIBCXX_3.4.30", "CXXABI_1.3.13", "CXXABI_1.3.9", "GLIBCXX_LDBL"};
  Tree tree;
  put_file(tree, "usr/lib/x86_64-linux-gnu/libstdc++.so.6.0.30", library.bytes());
  tree.put("usr/lib/x86_64-linux-gnu/libstdc++.so.6", Node::symlink("libstdc++.so.6.0.30"));
  facts::BaseFacts facts;
  set_library_facts(facts, tree, kAmd64);
  EXPECT_EQ(facts.libstdcxx, "3.4.30");
  EXPECT_EQ(facts.cxxabi, "1.3.13");
  EXPECT_EQ(facts.libraries, (std::vector<std::string>{"libstdc++.so.6", "libstdc++.so.6.0.30"}));
}

TEST(LibraryFacts, ProgramsThatWheelsCall) {
  Tree tree;
  put_directories(tree, "usr/bin/x");
  put_directories(tree, "usr/sbin/x");
  tree.put("usr/bin/x86_64-linux-gnu-gcc-12", Node::file("", 0755));
  tree.put("usr/bin/gcc", Node::symlink("x86_64-linux-gnu-gcc-12"));
  tree.put("usr/bin/clang", Node::symlink("gone"));
  tree.put("usr/bin/nvcc", Node::file("", 0644));
  tree.put("usr/sbin/ldconfig", Node::file("", 0755));
  facts::BaseFacts facts;
  set_library_facts(facts, tree, kAmd64);
  EXPECT_EQ(facts.programs, (std::vector<std::string>{"gcc", "ldconfig"}));
}

TEST(DebianSuite, OfOsRelease) {
  Tree tree;
  EXPECT_EQ(debian_suite(tree), "");
  put_file(tree, "etc/os-release", "NAME=\"x\"\nVERSION_CODENAME=trixie\nID=debian\n");
  EXPECT_EQ(debian_suite(tree), "trixie");
  put_file(tree, "etc/os-release", "VERSION_CODENAME=jammy\nID=ubuntu\nID_LIKE=debian\n");
  EXPECT_EQ(debian_suite(tree), "") << "Ubuntu's packages are others";
}

TEST(LibraryPackages, OfEachSuite) {
  EXPECT_EQ(package_of_library("bookworm", "libGL.so.1"), "libgl1");
  EXPECT_EQ(package_of_library("bookworm", "libgthread-2.0.so.0"), "libglib2.0-0");
  EXPECT_EQ(package_of_library("trixie", "libgthread-2.0.so.0"), "libglib2.0-0t64");
  EXPECT_EQ(package_of_library("bookworm", "libsndfile.so.1"), "libsndfile1");
  EXPECT_EQ(package_of_library("bookworm", "libpq.so.5"), "libpq5");
  EXPECT_EQ(package_of_library("bookworm", "libX11.so.6"), "libx11-6");
  EXPECT_EQ(package_of_library("bookworm", "libpython3.11.so.1.0"), "libpython3.11");
  EXPECT_EQ(package_of_library("bookworm", "libcublas.so.99"), "");
  EXPECT_EQ(package_of_library("", "libGL.so.1"), "");
}

TEST(LibraryPackages, WholeNamesOnly) {
  constexpr const char* kText = "liba1 liba.so.1 liba-extra.so.1\nlibb2 libb.so.2\n";
  EXPECT_EQ(package_of_library_in(kText, "liba.so.1"), "liba1");
  EXPECT_EQ(package_of_library_in(kText, "liba.so"), "");
  EXPECT_EQ(package_of_library_in(kText, "b.so.2"), "");
  EXPECT_EQ(package_of_library_in(kText, "libb.so.2.7"), "libb2");
}

}  // namespace
}  // namespace cartwheel::base
