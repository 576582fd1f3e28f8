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

using Links = std::vector<std::pair<std::string, std::string>>;

TEST(DirectoryEntries, OneForEachSonameTheNewestFile) {
  DirectoryEntries found = directory_entries("/usr/lib",
                                             {{"libx.so.1.9", "libx.so.1"},
                                              {"libx.so.1.10", "libx.so.1"},
                                              {"libc.so.6", "libc.so.6"},
                                              {"README", "README"},
                                              {"plugin.so", "plugin.so"}});
  ASSERT_EQ(found.entries.size(), 2U);
  EXPECT_EQ(found.entries[0].soname, "libc.so.6");
  EXPECT_EQ(found.entries[1].path, "/usr/lib/libx.so.1");
  EXPECT_EQ(found.links, (Links{{"libx.so.1", "libx.so.1.10"}}));
}

TEST(DirectoryEntries, LinksThatAreThereStay) {
  DirectoryEntries found = directory_entries("/l",
                                             {{"libx.so", "libx.so.1", true},
                                              {"libx.so.1", "libx.so.1", true},
                                              {"libx.so.1.2", "libx.so.1"}});
  ASSERT_EQ(found.entries.size(), 2U) << "the linker's link has an entry of its own";
  EXPECT_EQ(found.entries[0].soname, "libx.so");
  EXPECT_TRUE(found.links.empty());
}

}  // namespace
}  // namespace cartwheel::debian
