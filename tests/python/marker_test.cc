#include "python/marker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "util/error.h"

namespace cartwheel::python {
namespace {

MarkerEnvironment debian_amd64() {
  MarkerEnvironment environment;
  environment.variables = {{"implementation_name", "cpython"},
                           {"implementation_version", "3.11.2"},
                           {"os_name", "posix"},
                           {"platform_machine", "x86_64"},
                           {"platform_python_implementation", "CPython"},
                           {"platform_release", "6.1.0-13-amd64"},
                           {"platform_system", "Linux"},
                           {"platform_version", "#1 SMP Debian"},
                           {"python_full_version", "3.11.2"},
                           {"python_version", "3.11"},
                           {"sys_platform", "linux"}};
  return environment;
}

struct Case {
  const char* text;
  bool expected;
};

TEST(Marker, ComparesVersionsAsVersions) {
  MarkerEnvironment environment = debian_amd64();
  for (const Case& c :
       {Case{"python_version >= '3.9'", true},      {"python_version < '3.9'", false},
        {"python_version < '3.100'", true},         {"python_full_version == '3.11.*'", true},
        {"python_full_version != '3.11.*'", false}, {"python_full_version ~= '3.11.1'", true},
        {"python_full_version ~= '3.10.1'", false}, {"python_version == '3.11.0'", true},
        {"python_version == '3.11.2'", false},      {"python_version === '3.11'", true},
        {"implementation_version >= '3.11'", true}, {"'3.9' <= python_version", true},
        {"'3.12' <= python_version", false},        {"'3.12' > python_version", true},
        {"python_version in '3.10 3.11'", true},    {"python_version in '2.6 2.7 3.1'", false},
        {"python_version not in '2.6 2.7'", true},  {"python_version in '3.10, 3.11'", true},
        {"'3.1' in python_version", true},          {"python_version >= 'abc'", false},
        {"python_version < 'abc'", true},           {"python_version ~= 'abc'", false}}) {
    EXPECT_EQ(Marker::parse(c.text).evaluate(environment), c.expected) << c.text;
  }
}

TEST(Marker, ListedVersionsAreWholeWords) {
  MarkerEnvironment environment = debian_amd64();
  environment.variables["python_version"] = "3.1";
  EXPECT_FALSE(Marker::parse("python_version in '3.10 3.11'").evaluate(environment));
  EXPECT_TRUE(Marker::parse("python_version not in '3.10 3.11'").evaluate(environment));
}

TEST(Marker, ReadsAnUntaggedInterpretersVersion) {
  MarkerEnvironment environment = debian_amd64();
  environment.variables["python_full_version"] = "3.14.0+";
  EXPECT_TRUE(Marker::parse("python_full_version >= '3.14'").evaluate(environment));
}

TEST(Marker, ComparesPlatformReleaseAsVersionOnlyWhereItIsOne) {
  MarkerEnvironment environment = debian_amd64();
  EXPECT_FALSE(Marker::parse("platform_release >= '7'").evaluate(environment));   // "6…" < "7"
  EXPECT_FALSE(Marker::parse("platform_release >= '60'").evaluate(environment));  // '.' < '0'
  environment.variables["platform_release"] = "20.6.0";
  EXPECT_TRUE(Marker::parse("platform_release >= '9.0'").evaluate(environment));
}

TEST(Marker, ComparesTextsAsTexts) {
  MarkerEnvironment environment = debian_amd64();
  for (const Case& c : {Case{"sys_platform == 'linux'", true},
                        {"sys_platform == \"linux\"", true},
                        {"sys_platform == 'Linux'", false},
                        {"sys_platform != 'win32'", true},
                        {"'linux' == sys_platform", true},
                        {"sys_platform > 'a'", true},
                        {"'a' > sys_platform", false},
                        {"sys_platform in 'linux darwin'", true},
                        {"sys_platform in 'nux'", false},
                        {"'nux' in sys_platform", true},
                        {"'win' not in sys_platform", true},
                        {"platform_version not in 'x'", true},
                        {"'Debian' in platform_version", true},
                        {"platform_machine == 'x86_64'", true},
                        {"sys_platform ~= 'linux'", false},
                        {"os.name == 'posix'", true},
                        {"sys.platform == 'linux'", true},
                        {"platform.machine == 'x86_64'", true},
                        {"platform.version == '#1 SMP Debian'", true},
                        {"platform.python_implementation == 'CPython'", true},
                        {"python_implementation == 'CPython'", true},
                        {"'a' == 'a'", true},
                        {"os_name == sys_platform", false}}) {
    EXPECT_EQ(Marker::parse(c.text).evaluate(environment), c.expected) << c.text;
  }
}

TEST(Marker, MissingVariableIsEmpty) {
  EXPECT_TRUE(Marker::parse("platform_release == ''").evaluate({}));
  EXPECT_FALSE(Marker::parse("python_version >= '3.9'").evaluate({}));
}

TEST(Marker, ExtraIsMembershipInASet) {
  MarkerEnvironment environment = debian_amd64();
  environment.extras = {"a-b", "extra-4-proj-cpu"};
  for (const Case& c : {Case{"extra == 'a-b'", true},
                        {"extra == 'A_B'", true},
                        {"'a.b' == extra", true},
                        {"extra != 'a-b'", false},
                        {"extra == 'c'", false},
                        {"extra != 'c'", true},
                        {"extra == 'a-b' and extra == 'extra-4-proj-cpu'", true},
                        {"extra != 'c' and extra != 'd'", true},
                        {"extra == ''", false}}) {
    EXPECT_EQ(Marker::parse(c.text).evaluate(environment), c.expected) << c.text;
  }
  EXPECT_FALSE(Marker::parse("extra == 'a-b'").evaluate(debian_amd64()));
}

TEST(Marker, ListsOfLockFilesAreSets) {
  MarkerEnvironment environment = debian_amd64();
  environment.extras = {"cpu"};
  environment.dependency_groups = {"dev"};
  for (const Case& c : {Case{"'cpu' in extras", true},
                        {"'CPU' in extras", true},
                        {"'cp' in extras", false},
                        {"'gpu' not in extras", true},
                        {"'dev' in dependency_groups", true},
                        {"'cpu' in dependency_groups", false},
                        {"'dev' not in dependency_groups", false},
                        {"'cpu' in extras and 'dev' in dependency_groups", true}}) {
    EXPECT_EQ(Marker::parse(c.text).evaluate(environment), c.expected) << c.text;
  }
}

TEST(Marker, AndBindsTighterThanOr) {
  MarkerEnvironment environment = debian_amd64();
  const std::string yes = "os_name == 'posix'";
  const std::string no = "os_name == 'nt'";
  EXPECT_TRUE(Marker::parse(yes + " or " + no + " and " + no).evaluate(environment));
  EXPECT_FALSE(Marker::parse("(" + yes + " or " + no + ") and " + no).evaluate(environment));
  EXPECT_TRUE(Marker::parse(no + " and " + no + " or " + yes).evaluate(environment));
  EXPECT_FALSE(Marker::parse(no + " and (" + no + " or " + yes + ")").evaluate(environment));
}

TEST(Marker, EmptyAlwaysHolds) {
  for (const char* text : {"", "  \n"}) {
    Marker marker = Marker::parse(text);
    EXPECT_TRUE(marker.empty());
    EXPECT_TRUE(marker.evaluate({}));
    EXPECT_EQ(marker.str(), "");
    EXPECT_TRUE(marker.clauses({}).empty());
  }
}

TEST(Marker, HasOneSpelling) {
  struct Spelling {
    const char* text;
    const char* expected;
  };
  for (const Spelling& c :
       std::initializer_list<Spelling>{{"sys_platform==\"linux\"", "sys_platform == 'linux'"},
                                       {"'linux'==sys.platform", "sys_platform == 'linux'"},
                                       {"'3.9'<=python_version", "python_version >= '3.9'"},
                                       {"'3.9'<python_version", "python_version > '3.9'"},
                                       {"'x'  not   in extras", "'x' not in extras"},
                                       {"extra=='Foo_Bar'", "extra == 'foo-bar'"},
                                       {"os_name == \"it's\"", "os_name == \"it's\""},
                                       {"((os_name=='a'))", "os_name == 'a'"},
                                       {"os_name=='a' and (os_name=='b' and os_name=='c')",
                                        "os_name == 'a' and os_name == 'b' and os_name == 'c'"},
                                       {"os_name=='a' and(os_name=='b' or os_name=='c')",
                                        "os_name == 'a' and (os_name == 'b' or os_name == 'c')"},
                                       {"os_name=='a' and os_name=='b' or os_name=='c'",
                                        "(os_name == 'a' and os_name == 'b') or os_name == 'c'"}}) {
    std::string spelled = Marker::parse(c.text).str();
    EXPECT_EQ(spelled, c.expected);
    EXPECT_EQ(Marker::parse(spelled).str(), spelled);
  }
}

TEST(Marker, TellsEachClause) {
  std::vector<Marker::Clause> clauses =
      Marker::parse("sys_platform == 'linux' and (extra == 'cpu' or python_version < '3.12')")
          .clauses(debian_amd64());
  ASSERT_EQ(clauses.size(), 3U);
  EXPECT_EQ(clauses[0].text, "sys_platform == 'linux'");
  EXPECT_TRUE(clauses[0].holds);
  EXPECT_EQ(clauses[1].text, "extra == 'cpu'");
  EXPECT_FALSE(clauses[1].holds);
  EXPECT_EQ(clauses[2].text, "python_version < '3.12'");
  EXPECT_TRUE(clauses[2].holds);
}

TEST(Marker, RefusesWhatTheGrammarDoesNotHave) {
  for (const char* bad : {"os_name",
                          "os_name ==",
                          "os_name == 'a' and",
                          "os_name == 'a' or",
                          "and os_name == 'a'",
                          "os_name == 'a",
                          "os_name == posix",
                          "nonsense == 'a'",
                          "os_name = 'a'",
                          "os_name <> 'a'",
                          "os_name not 'a'",
                          "os_name notin 'a'",
                          "(os_name == 'a'",
                          "os_name == 'a')",
                          "()",
                          "os_name == 'a' 'b'",
                          "os_name == 'a' andos_name == 'b'",
                          "os_name == 'a'; os_name == 'b'",
                          "extras == 'a'",
                          "extras in 'a'",
                          "'a' == extras",
                          "os_name in dependency_groups",
                          "extra > 'a'",
                          "extra in 'a b'",
                          "extra == extra",
                          "extra == os_name",
                          "# == 'a'"}) {
    try {
      Marker::parse(bad);
      ADD_FAILURE() << bad;
    } catch (const util::Error& error) {
      EXPECT_EQ(error.kind(), util::ErrorKind::malformed);
      EXPECT_THAT(error.what(), testing::HasSubstr("column "));
    }
  }
}

TEST(Marker, ErrorNamesTheColumn) {
  try {
    Marker::parse("os_name == 'a' and bogus == 'b'");
    FAIL();
  } catch (const util::Error& error) {
    EXPECT_STREQ(
        error.what(),
        "marker \"os_name == 'a' and bogus == 'b'\": column 20: wanted a variable or a quoted "
        "text, found 'bogus'");
  }
}

TEST(Marker, SurvivesDeepAndLongText) {
  EXPECT_THROW(Marker::parse(std::string(100000, '(')), util::Error);
  std::string nested = std::string(90, '(') + "os_name == 'posix'" + std::string(90, ')');
  EXPECT_TRUE(Marker::parse(nested).evaluate(debian_amd64()));
  std::string chain = "os_name == 'posix'";
  for (int i = 0; i < 10000; ++i) {
    chain += " and os_name == 'posix'";
  }
  EXPECT_TRUE(Marker::parse(chain).evaluate(debian_amd64()));
  EXPECT_THROW(Marker::parse(std::string(2 << 20, ' ') + chain), util::Error);
}

}  // namespace
}  // namespace cartwheel::python
