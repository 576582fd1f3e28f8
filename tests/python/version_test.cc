#include "python/version.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "util/error.h"

namespace cartwheel::python {
namespace {

// Ascending, by the rules of the version specifiers specification, "Summary of permitted suffixes
// and relative ordering".
const std::vector<std::string>& ascending() {
  static const std::vector<std::string> versions{"0",
                                                 "0.0.1.dev0",
                                                 "0.0.1",
                                                 "1.dev0",
                                                 "1.0.dev456",
                                                 "1.0a1.dev1",
                                                 "1.0a1",
                                                 "1.0a2.dev456",
                                                 "1.0a12.dev5",
                                                 "1.0a12",
                                                 "1.0b1.dev456",
                                                 "1.0b2",
                                                 "1.0b2.post345.dev456",
                                                 "1.0b2.post345",
                                                 "1.0rc1.dev456",
                                                 "1.0rc1",
                                                 "1.0rc1.post2",
                                                 "1.0",
                                                 "1.0+abc.5",
                                                 "1.0+abc.7",
                                                 "1.0+5",
                                                 "1.0+5.a",
                                                 "1.0+5.0",
                                                 "1.0.post456.dev34",
                                                 "1.0.post456",
                                                 "1.0.15",
                                                 "1.1.dev1",
                                                 "1.1",
                                                 "1.10",
                                                 "2013.10",
                                                 "1!0.1.dev1",
                                                 "1!1.0",
                                                 "2!0"};
  return versions;
}

TEST(Version, OrdersAsTheSpecificationDoes) {
  const std::vector<std::string>& texts = ascending();
  for (std::size_t i = 0; i < texts.size(); ++i) {
    for (std::size_t j = 0; j < texts.size(); ++j) {
      Version left = Version::parse(texts[i]);
      Version right = Version::parse(texts[j]);
      EXPECT_EQ(left <=> right, i <=> j) << texts[i] << " " << texts[j];
      EXPECT_EQ(left == right, i == j) << texts[i] << " " << texts[j];
    }
  }
}

TEST(Version, IsSpelledNormalised) {
  struct Case {
    const char* text;
    const char* expected;
  };
  for (const Case& c : {Case{"1.0", "1.0"},
                        {"v1.0", "1.0"},
                        {"V1.0", "1.0"},
                        {"  1.0\n", "1.0"},
                        {"01.002", "1.2"},
                        {"1.0DEV", "1.0.dev0"},
                        {"1.0-dev3", "1.0.dev3"},
                        {"1.0_dev_3", "1.0.dev3"},
                        {"1.0alpha", "1.0a0"},
                        {"1.0.Beta.2", "1.0b2"},
                        {"1.0-c1", "1.0rc1"},
                        {"1.0preview2", "1.0rc2"},
                        {"1.0pre", "1.0rc0"},
                        {"1.0rc-1", "1.0rc1"},
                        {"1.0a.dev1", "1.0a0.dev1"},
                        {"1.0-5", "1.0.post5"},
                        {"1.0.rev7", "1.0.post7"},
                        {"1.0r7", "1.0.post7"},
                        {"1.0post", "1.0.post0"},
                        {"1.0a1-2", "1.0a1.post2"},
                        {"1!2.0", "1!2.0"},
                        {"0!2.0", "2.0"},
                        {"2.4.0+CU118", "2.4.0+cu118"},
                        {"1.0+Ubuntu-1_2.03", "1.0+ubuntu.1.2.3"},
                        {"1.0+99999999999999999999", "1.0+99999999999999999999"},
                        {"18446744073709551615", "18446744073709551615"}}) {
    EXPECT_EQ(Version::parse(c.text).str(), c.expected) << c.text;
  }
}

TEST(Version, SpellingAndTrailingZerosDoNotCount) {
  EXPECT_EQ(Version::parse("1"), Version::parse("1.0.0"));
  EXPECT_EQ(Version::parse("1.0-1"), Version::parse("1.0.0.post1"));
  EXPECT_NE(Version::parse("1.0"), Version::parse("1.0+a"));
}

TEST(Version, RefusesWhatIsNone) {
  for (const char* bad : {"",
                          " ",
                          "french toast",
                          "1.0a1a2",
                          "1..0",
                          "1.",
                          ".1",
                          "1.0+",
                          "1.0+a+b",
                          "1.0+.a",
                          "1.0+_",
                          "1.0+a.",
                          "1!",
                          "!1",
                          "1!2!3",
                          "1.0-",
                          "1.0 .dev1",
                          "1.0.*",
                          "vv1",
                          "-1",
                          "1.0-1-2",
                          "1.0\x01",
                          "1.0+caf\xC3\xA9",
                          "18446744073709551616",
                          "1.0a18446744073709551616",
                          "1.0.dev99999999999999999999"}) {
    EXPECT_FALSE(Version::find(bad)) << bad;
  }
  EXPECT_THROW(
      {
        try {
          Version::parse("x.y");
        } catch (const util::Error& error) {
          EXPECT_EQ(error.kind(), util::ErrorKind::malformed);
          EXPECT_STREQ(error.what(), "'x.y' is no version");
          throw;
        }
      },
      util::Error);
}

TEST(Version, ShowsItsParts) {
  Version version = Version::parse("1!2.4.0rc1+cu118.5");
  EXPECT_THAT(version.release(), testing::ElementsAre(2, 4, 0));
  EXPECT_EQ(version.local(), "cu118.5");
  EXPECT_EQ(version.without_local().str(), "1!2.4.0rc1");
  EXPECT_TRUE(version.is_prerelease());
  EXPECT_TRUE(Version::parse("1.dev0").is_prerelease());
  EXPECT_FALSE(Version::parse("1.post0").is_prerelease());
}

TEST(Specifier, ContainsAsTheSpecificationDoes) {
  struct Case {
    const char* version;
    const char* specifier;
    bool expected;
  };
  for (const Case& c : {Case{"2.0", "==2", true},
                        {"2.0.post1", "==2", false},
                        {"2.0+cu118", "==2.0", true},
                        {"2.0+cu118", "==2.0+cu118", true},
                        {"2.0+cu121", "==2.0+cu118", false},
                        {"2.0", "==2.0+cu118", false},
                        {"2.0+cu118", "!=2.0", false},
                        {"2.0+cu121", "!=2.0+cu118", true},
                        {"2.0.dev1", "==2.*", true},
                        {"2a1.post1.dev2+x", "==2.0.*", true},
                        {"2", "==2.0.0.*", true},
                        {"2.1", "==2.0.*", false},
                        {"21", "==2.*", false},
                        {"1!2.0", "==2.*", false},
                        {"2.1", "!=2.*", false},
                        {"3.0", "!=2.*", true},
                        {"2.0", "~=2.0", true},
                        {"2.9.post1", "~=2.0", true},
                        {"3.0", "~=2.0", false},
                        {"2.0a1", "~=2.0", false},
                        {"2.2.0", "~=2.2.0", true},
                        {"2.3", "~=2.2.0", false},
                        {"2.2.post4", "~=2.2.post3", true},
                        {"2.2.post2", "~=2.2.post3", false},
                        {"1!2.0", "~=2.0", false},
                        {"2.0", "<=2.0", true},
                        {"2.0+local", "<=2.0", true},
                        {"2.0+local", ">2.0", false},
                        {"2.0.post1", ">2.0", false},
                        {"2.0.post1+local", ">2.0", false},
                        {"2.0.post2", ">2.0.post1", true},
                        {"2.0.post1", ">2.0a1", true},
                        {"2.0a1.post1", ">2.0a1", false},
                        {"2.0.post1.dev0", ">2.0", false},
                        {"2.0.post1", ">2.0.dev0", true},
                        {"2.0.1", ">2.0", true},
                        {"2.1.post1", ">2.0", true},
                        {"2.0a1", "<2.0", false},
                        {"2.0.dev1", "<2.0", false},
                        {"2.0a1", "<2.0rc1", true},
                        {"1.9", "<2.0", true},
                        {"1.9.dev1", "<2.0", true},
                        {"1!1.0", "<2.0", false},
                        {"1!1.0", ">2.0", true},
                        {"2.0a1", ">=2.0", false},
                        {"2.0", ">=2.0a1", true},
                        {"1.0.post1.dev0", "<1.0.post1", false},
                        {"1.0a1", "<1.0.post1", true},
                        {"2.0", "===2.0", true},
                        {"2.0", "===2.0.0", false},
                        {"2.0+CU118", "===2.0+Cu118", true},
                        {"2.0", "===french-toast", false}}) {
    EXPECT_EQ(Specifier::parse(c.specifier).contains(Version::parse(c.version)), c.expected)
        << c.version << " " << c.specifier;
  }
}

TEST(Specifier, RefusesWhatDoesNotGoTogether) {
  for (const char* bad :
       {"",       "2.0",       "=2.0",      "=>2.0",         "==",           "==x",
        "~=2",    "~=2.*",     ">=2.*",     "<2.0.*",        ">=1.0+local",  "~=1.0+a",
        "<1.0+x", "==1.0+a.*", "==1.0a1.*", "==1.0.post1.*", "==1.0.dev1.*", "==*",
        "==1 .*", "==1.*.0",   "===",       "=== a b",       "==1.0 2.0",    "== 1.0 ; x",
        "><1"}) {
    EXPECT_FALSE(Specifier::find(bad)) << bad;
  }
  EXPECT_THROW(Specifier::parse("~=2"), util::Error);
}

TEST(Specifier, IsSpelledNormalised) {
  EXPECT_EQ(Specifier::parse(" ==  1.0-ALPHA ").str(), "==1.0a0");
  EXPECT_EQ(Specifier::parse("!= v1.*").str(), "!=1.*");
  EXPECT_EQ(Specifier::parse("=== Foo").str(), "===Foo");
  EXPECT_EQ(Specifier::parse("== 1.0"), Specifier::parse("==1.0"));
  EXPECT_FALSE(Specifier::parse("~=1.0") == Specifier::parse("~=1.0.0"));
}

TEST(SpecifierSet, HoldsWhenEachClauseDoes) {
  SpecifierSet set = SpecifierSet::parse(">=3.9, <4 ,!=3.10.*,");
  EXPECT_EQ(set.str(), "!=3.10.*,<4,>=3.9");
  EXPECT_TRUE(set.contains(Version::parse("3.11.2")));
  EXPECT_FALSE(set.contains(Version::parse("3.10.7")));
  EXPECT_FALSE(set.contains(Version::parse("4.0")));
  EXPECT_FALSE(set.contains(Version::parse("3.8")));
}

TEST(SpecifierSet, EmptyHoldsForEverything) {
  EXPECT_TRUE(SpecifierSet::parse("").empty());
  EXPECT_TRUE(SpecifierSet::parse(" ").contains(Version::parse("0.dev0")));
  EXPECT_EQ(SpecifierSet().str(), "");
}

TEST(SpecifierSet, EqualsInAnyOrder) {
  EXPECT_EQ(SpecifierSet::parse(">=1,<2"), SpecifierSet::parse("< 2, >= 1"));
  EXPECT_FALSE(SpecifierSet::parse(">=1") == SpecifierSet::parse(">=1,<2"));
}

}  // namespace
}  // namespace cartwheel::python
