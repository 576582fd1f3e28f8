#include <gtest/gtest.h>

#include "tree/tree.h"

namespace cartwheel::tree {
namespace {

struct Case {
  const char* path;
  bool is_folder;
  bool is_ignored;
};

TEST(IgnoreRules, AreThoseOfGit) {
  IgnoreRules rules;
  rules.add(
      "# "
      "comment\n\n*.log\n!keep.log\n/top\nbuild/\ndocs/*.txt\n**/deep/"
      "x\n\\#hash\n\\!bang\ntrailing  \na?c\n[xy]z\n");
  for (const Case& each : {Case{"a.log", false, true},
                           Case{"sub/a.log", false, true},
                           Case{"keep.log", false, false},
                           Case{"sub/keep.log", false, false},
                           Case{"top", false, true},
                           Case{"sub/top", false, false},
                           Case{"build", true, true},
                           Case{"sub/build", true, true},
                           Case{"build", false, false},
                           Case{"docs/a.txt", false, true},
                           Case{"docs/sub/a.txt", false, false},
                           Case{"sub/docs/a.txt", false, false},
                           Case{"deep/x", false, true},
                           Case{"a/b/deep/x", false, true},
                           Case{"#hash", false, true},
                           Case{"!bang", false, true},
                           Case{"trailing", false, true},
                           Case{"abc", false, true},
                           Case{"xz", false, true},
                           Case{"zz", false, false},
                           Case{"comment", false, false}}) {
    EXPECT_EQ(rules.ignores(each.path, each.is_folder), each.is_ignored) << each.path;
  }
}

TEST(IgnoreRules, OfAFolderHoldBelowItAlone) {
  IgnoreRules rules;
  rules.add("*.tmp\n/here\n", "sub");
  EXPECT_TRUE(rules.ignores("sub/a.tmp", false));
  EXPECT_TRUE(rules.ignores("sub/inner/a.tmp", false));
  EXPECT_TRUE(rules.ignores("sub/here", false));
  EXPECT_FALSE(rules.ignores("sub/inner/here", false));
  EXPECT_FALSE(rules.ignores("a.tmp", false));
  EXPECT_FALSE(rules.ignores("subway/a.tmp", false));
}

TEST(IgnoreRules, OfDockerAreMeantFromTheRoot) {
  IgnoreRules rules;
  rules.add_docker("# comment\n*.log\n**/*.tmp\n./one\ntwo/\nx/../four*\n  three  \n");
  for (const Case& each : {Case{"a.log", false, true},
                           Case{"sub/a.log", false, false},
                           Case{"sub/a.tmp", false, true},
                           Case{"one", false, true},
                           Case{"one/inner", false, true},
                           Case{"two", true, true},
                           Case{"two/inner/file", false, true},
                           Case{"three", false, true},
                           Case{"four4", false, true},
                           Case{"sub/one", false, false}}) {
    EXPECT_EQ(rules.ignores(each.path, each.is_folder), each.is_ignored) << each.path;
  }
  EXPECT_TRUE(rules.is_final_for_folders());
}

TEST(IgnoreRules, OfDockerCanTakeOutOfAnIgnoredFolder) {
  for (const char* everything : {"*\n", "**\n", "/*\n"}) {
    IgnoreRules rules;
    rules.add_docker(everything + std::string("!src\n!data/*.csv\nsrc/secret\n"));
    for (const Case& each : {Case{"README", false, true},
                             Case{"src", true, false},
                             Case{"src/a.py", false, false},
                             Case{"src/deep/a.py", false, false},
                             Case{"src/secret", true, true},
                             Case{"src/secret/a.py", false, true},
                             Case{"data/x.csv", false, false},
                             Case{"data/x.txt", false, true}}) {
      EXPECT_EQ(rules.ignores(each.path, each.is_folder), each.is_ignored)
          << everything << each.path;
    }
    EXPECT_FALSE(rules.is_final_for_folders());
  }
}

TEST(IgnoreRules, DigestChangesWithTheRules) {
  IgnoreRules one;
  IgnoreRules other;
  EXPECT_EQ(one.digest(), other.digest());
  one.add("a\n");
  EXPECT_NE(one.digest(), other.digest());
  other.add("a\n");
  EXPECT_EQ(one.digest(), other.digest());
  one.add("b");
  other.add_docker("b");
  EXPECT_NE(one.digest(), other.digest());
}

}  // namespace
}  // namespace cartwheel::tree
