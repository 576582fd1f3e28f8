#include "python/requirement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "util/error.h"

namespace cartwheel::python {
namespace {

TEST(Requirement, HasOneSpelling) {
  struct Case {
    const char* text;
    const char* expected;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"Requests", "requests"},
           {" zope.interface ", "zope-interface"},
           {"requests [Security,tests] >= 2.8.1, == 2.8.* ; python_version < \"2.7\"",
            "requests[security,tests]==2.8.*,>=2.8.1; python_version < '2.7'"},
           {"name(>=1,<2)", "name<2,>=1"},
           {"name (>=1.0) ; extra == 'X'", "name>=1.0; extra == 'x'"},
           {"name[]", "name"},
           {"name[b, A ,b]", "name[a,b]"},
           {"name>=1;os_name=='a'", "name>=1; os_name == 'a'"},
           {"pip @ https://example.org/pip.zip#sha1=da9",
            "pip @ https://example.org/pip.zip#sha1=da9"},
           {"pip[x]@https://example.org/a;b ; os_name=='a'",
            "pip[x] @ https://example.org/a;b ; os_name == 'a'"},
           {"A", "a"},
           {"a.b-c_d", "a-b-c-d"}}) {
    EXPECT_EQ(Requirement::parse(c.text).str(), c.expected) << c.text;
    EXPECT_EQ(Requirement::parse(c.expected).str(), c.expected);
  }
}

TEST(Requirement, GivesItsParts) {
  Requirement requirement = Requirement::parse("Foo_Bar[Z,a]>=1; sys_platform == 'linux'");
  EXPECT_EQ(requirement.name, "foo-bar");
  EXPECT_THAT(requirement.extras, testing::ElementsAre("a", "z"));
  EXPECT_TRUE(requirement.specifier.contains(Version::parse("2")));
  EXPECT_EQ(requirement.marker.str(), "sys_platform == 'linux'");
  EXPECT_EQ(requirement.url, "");
}

TEST(Requirement, RefusesWhatIsNone) {
  for (const char* bad : {"",       " ",        "-a",
                          "a-",     "a b",      "a 1.0",
                          "a=1.0",  "a[",       "a[b",
                          "a[b c]", "a[,]",     "a[-]",
                          "a @",    "a >=1 <2", "a (>=1",
                          "a >=1)", "a; ",      "a ; os_name",
                          "a >= x", "a ()x",    "a @ https://h/x os_name == 'a'",
                          "[a]",    ">=1",      "a\x01"}) {
    try {
      Requirement::parse(bad);
      ADD_FAILURE() << bad;
    } catch (const util::Error& error) {
      EXPECT_EQ(error.kind(), util::ErrorKind::malformed) << bad;
    }
  }
}

TEST(Requirement, ErrorShowsNoCredentials) {
  try {
    Requirement::parse("a @ https://me:secret@example.org/a b");
    FAIL();
  } catch (const util::Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("example.org"));
    EXPECT_THAT(error.what(), testing::Not(testing::HasSubstr("secret")));
  }
}

}  // namespace
}  // namespace cartwheel::python
