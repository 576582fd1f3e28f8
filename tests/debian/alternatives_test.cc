#include "debian/alternatives.h"

#include <gtest/gtest.h>

namespace cartwheel::debian {
namespace {

Tree tree_with(const std::vector<std::string>& files) {
  Tree tree;
  for (const char* folder : {"etc", "usr", "usr/bin", "usr/share"}) {
    tree.put(folder, Node::directory());
  }
  for (const std::string& path : files) {
    tree.put(path, Node::file("x", 0755));
  }
  return tree;
}

TEST(AlternativeLinks, HighestPriorityIsLinked) {
  Tree tree = tree_with({"usr/bin/a", "usr/bin/b"});
  AlternativeLinks links;
  links.install(tree, "/usr/bin/x", "x", "/usr/bin/a", 10, {});
  EXPECT_EQ(tree.find("usr/bin/x")->target, "/etc/alternatives/x");
  EXPECT_EQ(tree.find("etc/alternatives/x")->target, "/usr/bin/a");
  links.install(tree, "/usr/bin/x", "x", "/usr/bin/b", 20, {});
  EXPECT_EQ(tree.find("etc/alternatives/x")->target, "/usr/bin/b");
  links.remove(tree, "x", "/usr/bin/b");
  EXPECT_EQ(tree.find("etc/alternatives/x")->target, "/usr/bin/a");
  links.remove(tree, "x", "/usr/bin/a");
  EXPECT_EQ(tree.find("usr/bin/x"), nullptr);
  EXPECT_EQ(tree.find("etc/alternatives/x"), nullptr);
}

TEST(AlternativeLinks, OfEqualsTheOneThatWasThereStays) {
  Tree tree = tree_with({"usr/bin/a", "usr/bin/b"});
  AlternativeLinks links;
  links.install(tree, "/usr/bin/x", "x", "/usr/bin/b", 10, {});
  links.install(tree, "/usr/bin/x", "x", "/usr/bin/a", 10, {});
  EXPECT_EQ(tree.find("etc/alternatives/x")->target, "/usr/bin/b");
}

TEST(AlternativeLinks, SlavesFollowAndThoseThatAreNotThereAreLeftOut) {
  Tree tree = tree_with({"usr/bin/a", "usr/bin/as"});
  AlternativeLinks links;
  links.install(tree,
                "/usr/bin/x",
                "x",
                "/usr/bin/a",
                10,
                {{"/usr/bin/xs", "xs", "/usr/bin/as"},
                 {"/usr/share/man/man1/x.1.gz", "x.1.gz", "/usr/share/man/man1/a.1.gz"}});
  EXPECT_EQ(tree.find("usr/bin/xs")->target, "/etc/alternatives/xs");
  EXPECT_EQ(tree.find("etc/alternatives/xs")->target, "/usr/bin/as");
  EXPECT_EQ(tree.find("etc/alternatives/x.1.gz"), nullptr);
  links.record(tree);
  EXPECT_EQ(tree.text("var/lib/dpkg/alternatives/x"),
            "auto\n/usr/bin/x\nx.1.gz\n/usr/share/man/man1/x.1.gz\nxs\n/usr/bin/xs\n\n"
            "/usr/bin/a\n10\n/usr/share/man/man1/a.1.gz\n/usr/bin/as\n\n");
}

TEST(AlternativeLinks, PathThatIsNotThereIsNoChoiceAndAFileStays) {
  Tree tree = tree_with({"usr/bin/a", "usr/bin/x"});
  AlternativeLinks links;
  links.install(tree, "/usr/bin/x", "x", "/usr/bin/none", 10, {});
  EXPECT_EQ(tree.find("etc/alternatives/x"), nullptr);
  links.install(tree, "/usr/bin/x", "x", "/usr/bin/a", 10, {});
  EXPECT_EQ(tree.find("usr/bin/x")->kind, Node::Kind::file);
}

}  // namespace
}  // namespace cartwheel::debian
