#include "core/url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "util/error.h"

namespace cartwheel::core {
namespace {

TEST(Url, IsTakenApart) {
  Url url = Url::parse("HTTPS://me%40x:p%3Aw@Example.ORG:8443/a/b%20c.whl?q=1?2#frag#ment");
  EXPECT_EQ(url.scheme, "https");
  EXPECT_EQ(url.user, "me@x");
  EXPECT_EQ(url.password, "p:w");
  EXPECT_EQ(url.host, "example.org:8443");
  EXPECT_EQ(url.path, "/a/b%20c.whl");
  EXPECT_EQ(url.query, "q=1?2");
  EXPECT_EQ(url.fragment, "frag#ment");
  EXPECT_EQ(url.origin(), "https://example.org:8443");
  EXPECT_EQ(url.file_name(), "b c.whl");
}

TEST(Url, PrintsCredentialsOnlyWhenAsked) {
  Url url = Url::parse("https://me:pw@example.org/x?y#z");
  EXPECT_EQ(url.str(), "https://example.org/x?y#z");
  EXPECT_EQ(url.with_credentials(), "https://me:pw@example.org/x?y#z");
  EXPECT_EQ(Url::parse("https://token@example.org/").with_credentials(),
            "https://token@example.org/");
  EXPECT_EQ(Url::parse("https://a%2Fb:%40@h/").with_credentials(), "https://a%2Fb:%40@h/");
  EXPECT_EQ(Url::parse("https://example.org").with_credentials(), "https://example.org");
}

TEST(Url, MayHaveFewParts) {
  EXPECT_EQ(Url::parse("https://h").path, "");
  EXPECT_EQ(Url::parse("https://h?q").query, "q");
  EXPECT_EQ(Url::parse("https://h#f").fragment, "f");
  EXPECT_EQ(Url::parse("file:///tmp/x").host, "");
  EXPECT_EQ(Url::parse("file:///tmp/x").path, "/tmp/x");
  EXPECT_EQ(Url::parse("https://a@b@h/").user, "a@b");
}

TEST(Url, NeedsAScheme) {
  for (const char* bad :
       {"", "h/path", "://h", "a b://h", "../x", "/x", "wheels/a.whl", "1http://h", "x/y://z"}) {
    EXPECT_FALSE(Url::is_url(bad)) << bad;
    EXPECT_THROW(Url::parse(bad), util::Error) << bad;
  }
  for (const char* good : {"http://h", "git+ssh://h", "s3://h"}) {
    EXPECT_TRUE(Url::is_url(good)) << good;
  }
}

TEST(Url, ErrorShowsNoCredentials) {
  try {
    Url::parse("/x https://me:pw@h/");
    FAIL();
  } catch (const util::Error& error) {
    EXPECT_THAT(error.what(), testing::Not(testing::HasSubstr("pw")));
  }
}

TEST(PercentCoding, GoesThereAndBack) {
  EXPECT_EQ(percent_decode("a%2Bb%2bc%20%C3%A4+%"), "a+b+c \xC3\xA4+%");
  EXPECT_EQ(percent_decode("%4%zz%41"), "%4%zzA");
  EXPECT_EQ(percent_decode("%00"), std::string_view("\0", 1));
  EXPECT_EQ(percent_encode("a-b_c.d~e/f g+\xFF"), "a-b_c.d~e%2Ff%20g%2B%FF");
  std::string all;
  for (int i = 0; i < 256; ++i) {
    all += static_cast<char>(i);
  }
  EXPECT_EQ(percent_decode(percent_encode(all)), all);
}

TEST(ResolveUrl, FollowsTheRfcsExamples) {
  struct Case {
    const char* reference;
    const char* expected;
  };
  // RFC 3986 section 5.4, with the base's path there
  for (const Case& c : std::initializer_list<Case>{{"g", "http://a/b/c/g"},
                                                   {"./g", "http://a/b/c/g"},
                                                   {"g/", "http://a/b/c/g/"},
                                                   {"/g", "http://a/g"},
                                                   {"//g", "http://g"},
                                                   {"?y", "http://a/b/c/d;p?y"},
                                                   {"g?y", "http://a/b/c/g?y"},
                                                   {"#s", "http://a/b/c/d;p?q#s"},
                                                   {"g#s", "http://a/b/c/g#s"},
                                                   {"g?y#s", "http://a/b/c/g?y#s"},
                                                   {";x", "http://a/b/c/;x"},
                                                   {"g;x", "http://a/b/c/g;x"},
                                                   {"", "http://a/b/c/d;p?q"},
                                                   {".", "http://a/b/c/"},
                                                   {"./", "http://a/b/c/"},
                                                   {"..", "http://a/b/"},
                                                   {"../", "http://a/b/"},
                                                   {"../g", "http://a/b/g"},
                                                   {"../..", "http://a/"},
                                                   {"../../g", "http://a/g"},
                                                   {"../../../g", "http://a/g"},
                                                   {"../../../../g", "http://a/g"},
                                                   {"/./g", "http://a/g"},
                                                   {"/../g", "http://a/g"},
                                                   {"g.", "http://a/b/c/g."},
                                                   {"..g", "http://a/b/c/..g"},
                                                   {"./../g", "http://a/b/g"},
                                                   {"./g/.", "http://a/b/c/g/"},
                                                   {"g/./h", "http://a/b/c/g/h"},
                                                   {"g/../h", "http://a/b/c/h"},
                                                   {"g?y/../x", "http://a/b/c/g?y/../x"},
                                                   {"g#s/../x", "http://a/b/c/g#s/../x"},
                                                   {"https://z/g", "https://z/g"}}) {
    EXPECT_EQ(resolve_url("http://a/b/c/d;p?q", c.reference), c.expected) << c.reference;
  }
}

TEST(ResolveUrl, KeepsCredentialsOnTheSameHostOnly) {
  EXPECT_EQ(resolve_url("https://me:pw@h/simple/x/", "../../f/x.whl#sha256=1"),
            "https://me:pw@h/f/x.whl#sha256=1");
  EXPECT_EQ(resolve_url("https://me:pw@h/simple/", "//other/x"), "https://other/x");
  EXPECT_EQ(resolve_url("https://me:pw@h/simple/", "https://other/x"), "https://other/x");
  EXPECT_EQ(resolve_url("https://h", "x"), "https://h/x");
}

TEST(Redacted, HidesWhatStandsBeforeTheHost) {
  struct Case {
    const char* text;
    const char* expected;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"https://me:pw@h/x", "https://****@h/x"},
           {"'https://token@h'", "'https://****@h'"},
           {"a https://u:p@h b http://u@i/ c", "a https://****@h b http://****@i/ c"},
           {"https://u:p@w@h/", "https://****@h/"},
           {"https://u:it's@h/", "https://****@h/"},
           {"https://h/a@b", "https://h/a@b"},
           {"https://h?a@b", "https://h?a@b"},
           {"mail me@example.org", "mail me@example.org"},
           {"https://", "https://"},
           {"", ""}}) {
    EXPECT_EQ(redacted(c.text), c.expected) << c.text;
  }
}

}  // namespace
}  // namespace cartwheel::core
