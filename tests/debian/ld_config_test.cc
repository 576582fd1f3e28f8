#include "debian/ld_config.h"

#include <gtest/gtest.h>

namespace cartwheel::debian {
namespace {

TEST(LibraryDirectories, ConfiguredOnesFirstEachRealDirectoryOnce) {
  Tree tree;
  for (const char* path : {"usr/lib", "usr/lib/x86_64-linux-gnu", "usr/local/lib"}) {
    tree.put("usr", Node::directory());
    tree.put("usr/local", Node::directory());
    tree.put(path, Node::directory());
  }
  tree.put("lib", Node::symlink("usr/lib"));
  tree.put("etc/ld.so.conf", Node::file("include /etc/ld.so.conf.d/*.conf\n# no\n/none\n"));
  tree.put("etc", Node::directory());
  tree.put("etc/ld.so.conf.d", Node::directory());
  tree.put("etc/ld.so.conf.d/b.conf",
           Node::file("/lib/x86_64-linux-gnu\n/usr/lib/x86_64-linux-gnu\n"));
  tree.put("etc/ld.so.conf.d/a.conf", Node::file("/usr/local/lib/\n"));
  tree.put("etc/ld.so.conf.d/a.txt", Node::file("/usr\n"));
  EXPECT_EQ(library_directories(tree, core::Platform::parse("amd64")),
            (std::vector<std::string>{"/usr/local/lib", "/lib/x86_64-linux-gnu", "/lib"}));
}

TEST(LibraryDirectories, ConfigurationThatIncludesItselfEnds) {
  Tree tree;
  tree.put("etc", Node::directory());
  tree.put("etc/ld.so.conf", Node::file("include /etc/*.conf\n"));
  EXPECT_TRUE(library_directories(tree, core::Platform::parse("arm64")).empty());
}

}  // namespace
}  // namespace cartwheel::debian
