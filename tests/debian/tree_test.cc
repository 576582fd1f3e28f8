#include "debian/tree.h"

#include <gtest/gtest.h>

#include "util/error.h"

namespace cartwheel::debian {
namespace {

Node of(const std::string& package, Node node) {
  node.package = package;
  return node;
}

std::string error_of(const std::function<void()>& body) {
  try {
    body();
    return "no error";
  } catch (const util::Error& error) {
    return error.what();
  }
}

TEST(Tree, MergedUsrMovesTheFirstComponentOnly) {
  for (const auto& [from, to] : std::map<std::string, std::string>{
           {"lib/x86_64-linux-gnu/libc.so.6", "usr/lib/x86_64-linux-gnu/libc.so.6"},
           {"bin", "usr/bin"},
           {"sbin/ldconfig", "usr/sbin/ldconfig"},
           {"lib64/ld.so", "usr/lib64/ld.so"},
           {"library/x", "library/x"},
           {"usr/lib/x", "usr/lib/x"},
           {"etc/lib/x", "etc/lib/x"}}) {
    EXPECT_EQ(merged_path(from), to);
  }
}

TEST(Tree, DirectoriesMeetAndTheFirstStays) {
  Tree tree;
  tree.unpack("tmp", of("a", Node::directory(01777)));
  tree.unpack("tmp", of("b", Node::directory(0755)));
  EXPECT_EQ(tree.find("tmp")->mode, 01777U);
}

TEST(Tree, SameFileInTwoPackagesIsRefused) {
  Tree tree;
  tree.unpack("usr/f", of("a", Node::file("1")));
  EXPECT_EQ(error_of([&] { tree.unpack("usr/f", of("b", Node::file("1"))); }),
            "packages 'a' and 'b' both have 'usr/f'");
  EXPECT_EQ(error_of([&] { tree.unpack("usr/f", of("b", Node::directory())); }),
            "packages 'a' and 'b' both have 'usr/f'");
}

TEST(Tree, NothingIsUnpackedThroughALink) {
  Tree tree;
  tree.unpack("usr/l", of("a", Node::symlink("/etc")));
  EXPECT_EQ(
      error_of([&] { tree.unpack("usr/l/passwd", of("b", Node::file("x"))); }),
      "package 'b': 'usr/l/passwd' lies below 'usr/l', which package 'a' has as no directory");
  // Also when the link comes last.
  Tree other;
  other.unpack("usr/l/passwd", of("b", Node::file("x")));
  other.unpack("usr/l", of("a", Node::symlink("/etc")));
  EXPECT_EQ(error_of([&] { other.check(); }),
            "'usr/l/passwd' lies below 'usr/l', which is no directory");
}

TEST(Tree, ResolveFollowsLinksWithinTheTree) {
  Tree tree;
  tree.put("usr", Node::directory());
  tree.put("usr/lib", Node::directory());
  tree.put("lib", Node::symlink("usr/lib"));
  tree.put("usr/lib/a", Node::file("1"));
  tree.put("usr/lib/b", Node::symlink("a"));
  tree.put("usr/lib/c", Node::symlink("/lib/b"));
  tree.put("usr/lib/up", Node::symlink("../../../../usr/lib/a"));
  tree.put("loop", Node::symlink("loop"));
  EXPECT_EQ(tree.resolve("/lib/c"), "usr/lib/a");
  EXPECT_EQ(tree.resolve("lib/up"), "usr/lib/a");
  EXPECT_EQ(tree.resolve("lib/none"), std::nullopt);
  EXPECT_EQ(tree.resolve("loop"), std::nullopt);
}

TEST(Tree, ListsOneLevelAndBelowAll) {
  Tree tree;
  for (const char* path : {"a", "a-b", "a/x", "a/x/y", "a/z", "b"}) {
    tree.put(path, Node::directory());
  }
  EXPECT_EQ(tree.list("a"), (std::vector<std::string>{"x", "z"}));
  EXPECT_EQ(tree.below("a"), (std::vector<std::string>{"a/x", "a/x/y", "a/z"}));
}

}  // namespace
}  // namespace cartwheel::debian
