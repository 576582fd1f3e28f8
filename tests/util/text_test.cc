#include "util/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cartwheel::util {
namespace {

using testing::ElementsAre;

TEST(Trim, TakesSpaceOffBothEnds) {
  EXPECT_EQ(trim(" \t\r\n a b \n"), "a b");
  EXPECT_EQ(trim(" \n"), "");
  EXPECT_EQ(trim(""), "");
  EXPECT_EQ(trim("\v"), "\v");
}

TEST(Lower, IsAsciiOnly) { EXPECT_EQ(lower("ABCxyz019_\xC3\x84"), "abcxyz019_\xC3\x84"); }

TEST(Split, KeepsEmptyParts) {
  EXPECT_THAT(split("a,,b", ','), ElementsAre("a", "", "b"));
  EXPECT_THAT(split("", ','), ElementsAre(""));
  EXPECT_THAT(split(",", ','), ElementsAre("", ""));
}

TEST(Lines, EndWithLfOrCrLf) {
  EXPECT_THAT(lines("a\r\nb\n\nc"), ElementsAre("a", "b", "", "c"));
  EXPECT_THAT(lines("a\n"), ElementsAre("a"));
  EXPECT_THAT(lines("\n"), ElementsAre(""));
  EXPECT_TRUE(lines("").empty());
}

TEST(Join, PutsSeparatorsBetween) {
  std::vector<std::string> parts{"a", "", "b"};
  EXPECT_EQ(join(parts, ", "), "a, , b");
  EXPECT_EQ(join({}, ", "), "");
}

TEST(Nearest, ProposesWhatIsClose) {
  std::vector<std::string> names{"platform", "python", "output"};
  EXPECT_EQ(nearest("platfrom", names), "platform");
  EXPECT_EQ(nearest("pyton", names), "python");
  EXPECT_EQ(nearest("form", std::vector<std::string>{"from", "to"}), "from");
  EXPECT_EQ(nearest("zzzzzz", names), std::nullopt);
  EXPECT_EQ(nearest("x", {}), std::nullopt);
  EXPECT_EQ(did_you_mean("ouput", names), " (did you mean 'output'?)");
  EXPECT_EQ(did_you_mean("zzzzzz", names), "");
}

TEST(Nearest, TakesTheFirstOfEquals) {
  std::vector<std::string> names{"aab", "aac"};
  EXPECT_EQ(nearest("aaa", names), "aab");
}

TEST(Glob, MatchesAsIgnoreFilesDo) {
  struct Case {
    const char* pattern;
    const char* path;
    bool expected;
  };
  for (const Case& c : std::initializer_list<Case>{{"lib*", "lib1", true},
                                                   {"lib*", "lib", true},
                                                   {"lib*", "a/lib1", false},
                                                   {"**/lib*", "a/lib1", true},
                                                   {"**/lib*", "lib1", true},
                                                   {"**/lib*", "a/b/c/lib1", true},
                                                   {"**/lib*", "a/lib1/b", false},
                                                   {"a/**", "a", false},
                                                   {"a/**", "a/b", true},
                                                   {"a/**", "a/b/c", true},
                                                   {"a/**/b", "a/b", true},
                                                   {"a/**/b", "a/x/y/b", true},
                                                   {"a/**/b", "a/x/y/c", false},
                                                   {"**", "a/b", true},
                                                   {"a/*", "a/b", true},
                                                   {"a/*", "a/b/c", false},
                                                   {"*", "a/b", false},
                                                   {"*.py", ".py", true},
                                                   {"?.py", ".py", false},
                                                   {"?", "a", true},
                                                   {"?", "ab", false},
                                                   {"[a-c]x", "bx", true},
                                                   {"[a-c]x", "dx", false},
                                                   {"[!a-c]x", "dx", true},
                                                   {"[^a-c]x", "bx", false},
                                                   {"[]]x", "]x", true},
                                                   {"[!]]x", "ax", true},
                                                   {"[!]]x", "]x", false},
                                                   {"[a-]", "-", true},
                                                   {"[abc", "[abc", true},
                                                   {"[", "[", true},
                                                   {"[!]", "[!]", true},
                                                   {"\\*", "*", true},
                                                   {"\\*", "a", false},
                                                   {"a\\", "a\\", true},
                                                   {"a*b*c", "axxbyyc", true},
                                                   {"a*b*c", "axxbyy", false},
                                                   {"*a", "aaa", true},
                                                   {"a**b", "axb", true},
                                                   {"", "", true},
                                                   {"", "a", false},
                                                   {"a", "", false},
                                                   {"a/b", "a/b/", false},
                                                   {"A", "a", false}}) {
    EXPECT_EQ(glob_matches(c.pattern, c.path), c.expected) << c.pattern << " " << c.path;
  }
}

TEST(Glob, IsQuickForHostilePatterns) {
  std::string stars;
  std::string folders;
  for (int i = 0; i < 40; ++i) {
    stars += "*a";
    folders += "**/a/";
  }
  std::string path;
  for (int i = 0; i < 60; ++i) {
    path += "a/";
  }
  EXPECT_FALSE(glob_matches(stars + "b", std::string(200, 'a')));
  EXPECT_FALSE(glob_matches(folders + "b", path + "c"));
}

TEST(HumanBytes, CountsInThousands) {
  struct Case {
    unsigned long long bytes;
    const char* expected;
  };
  for (const Case& c : std::initializer_list<Case>{{0, "0 B"},
                                                   {999, "999 B"},
                                                   {1000, "1.0 kB"},
                                                   {999949, "999.9 kB"},
                                                   {999950, "1.0 MB"},
                                                   {797300000, "797.3 MB"},
                                                   {18446744073709551615ULL, "18446.7 PB"}}) {
    EXPECT_EQ(human_bytes(c.bytes), c.expected) << c.bytes;
  }
}

TEST(Utf8, HoldsToTheTableOfWellFormedSequences) {
  for (const char* good : {"",
                           "abc",
                           "\x7F",
                           "\xC2\x80",
                           "\xDF\xBF",
                           "\xE0\xA0\x80",
                           "\xED\x9F\xBF",
                           "\xEE\x80\x80",
                           "\xEF\xBF\xBF",
                           "\xF0\x90\x80\x80",
                           "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_valid_utf8(good)) << good;
  }
  for (const char* bad : {"\x80",
                          "\xBF",
                          "\xC0\x80",
                          "\xC1\xBF",
                          "\xC2",
                          "\xC2\x41",
                          "\xE0\x9F\xBF",
                          "\xE1\x80",
                          "\xED\xA0\x80",
                          "\xED\xBF\xBF",
                          "\xF0\x8F\xBF\xBF",
                          "\xF0\x90\x80",
                          "\xF4\x90\x80\x80",
                          "\xF5\x80\x80\x80",
                          "\xFF",
                          "a\xC3"}) {
    EXPECT_FALSE(is_valid_utf8(bad)) << bad;
  }
  EXPECT_TRUE(is_valid_utf8(std::string_view("a\0b", 3)));
}

}  // namespace
}  // namespace cartwheel::util
