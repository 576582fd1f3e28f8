#include "net/credentials.h"

#include <gtest/gtest.h>

namespace cartwheel::net {

static bool operator==(const Credential& left, const Credential& right) {
  return left.user == right.user && left.password == right.password;
}

namespace {

struct NetrcCase {
  const char* name;
  const char* text;
  const char* host;
  const char* user;  // nullptr: none
  const char* password;
};

TEST(Netrc, FindsTheEntryOfAHost) {
  const NetrcCase cases[] = {
      {"one line", "machine a.org login me password secret", "a.org", "me", "secret"},
      {"one word a line",
       "machine\na.org\n\tlogin\r\nme\npassword secret\n",
       "a.org",
       "me",
       "secret"},
      {"second entry",
       "machine b.org login b password c machine a.org login me password p",
       "a.org",
       "me",
       "p"},
      {"first of two",
       "machine a.org login x password y\nmachine a.org login z password w",
       "a.org",
       "x",
       "y"},
      {"default",
       "machine b.org login b password c\ndefault login d password e",
       "a.org",
       "d",
       "e"},
      {"upper case", "machine A.ORG login me password p", "a.org", "me", "p"},
      {"port in the URL", "machine a.org login me password p", "a.org:8443", "me", "p"},
      {"IPv6", "machine [::1] login me password p", "[::1]:80", "me", "p"},
      {"comment",
       "# machine a.org login no password no\nmachine a.org login me password p",
       "a.org",
       "me",
       "p"},
      {"password with #", "machine a.org login me password #p#", "a.org", "me", "#p#"},
      {"quotes", R"(machine a.org login "m e" password "a\"b\\c")", "a.org", "m e", "a\"b\\c"},
      {"account", "machine a.org account x login me password p", "a.org", "me", "p"},
      {"macro",
       "macdef init\nmachine a.org login no password no\n\nmachine a.org login me password p",
       "a.org",
       "me",
       "p"},
      {"macro without an end",
       "machine a.org login me password p\nmacdef x\nlogin other",
       "a.org",
       "me",
       "p"},
      {"no password", "machine a.org login me", "a.org", "me", ""},
      {"another host", "machine b.org login b password c", "a.org", nullptr, nullptr},
      {"a host below", "machine a.org login b password c", "x.a.org", nullptr, nullptr},
      {"empty", "", "a.org", nullptr, nullptr},
      {"rubbish", "login password machine", "a.org", nullptr, nullptr},
      {"quote without an end", "machine \"a.org", "b.org", nullptr, nullptr},
  };
  for (const NetrcCase& one : cases) {
    auto found =
        Credentials({}, one.text).find(core::Url::parse(std::string("https://") + one.host + "/x"));
    if (one.user == nullptr) {
      EXPECT_EQ(found, std::nullopt) << one.name;
    } else {
      EXPECT_EQ(found, (Credential{one.user, one.password})) << one.name;
    }
  }
}

TEST(Credentials, TakeTheUrlThenTheIndexThenNetrc) {
  Credentials credentials(
      {{"all", "https://index.org/", {"all", "1"}},
       {"team", "https://index.org/team/simple/", {"team", "2"}},
       {"other", "https://other.org:8443/simple", {"other", "3"}},
       {"relative", "./wheels", {"never", "never"}}},
      "machine index.org login netrc password 4 machine netrc.org login one password 5 "
      "machine netrc.org login two password 6");
  struct Case {
    const char* url;
    std::optional<Credential> wanted;
  };
  const Case cases[] = {
      {"https://me:mine@index.org/six.whl", Credential{"me", "mine"}},
      {"https://m%40e:p%3Aq@index.org/six.whl", Credential{"m@e", "p:q"}},
      {"https://index.org/six.whl", Credential{"all", "1"}},
      {"https://index.org:443/six.whl", Credential{"all", "1"}},
      {"https://index.org/team/simple/six/", Credential{"team", "2"}},
      {"https://index.org/team/simpler/six/", Credential{"all", "1"}},
      {"https://other.org:8443/files/six.whl", Credential{"other", "3"}},
      {"https://other.org/simple/six", std::nullopt},
      {"http://index.org/six.whl", Credential{"netrc", "4"}},  // another scheme is another origin
      {"https://netrc.org/x", Credential{"one", "5"}},
      {"https://two@netrc.org/x", Credential{"two", "6"}},
      {"https://three@netrc.org/x", Credential{"three", ""}},
      {"https://token@elsewhere.org/x", Credential{"token", ""}},
      {"https://elsewhere.org/x", std::nullopt},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(credentials.find(core::Url::parse(one.url)), one.wanted) << one.url;
  }
}

TEST(IndexCredentials, HaveTheNamesThatUvGives) {
  std::map<std::string, std::string> environment{{"UV_INDEX_PYTORCH_CU121_USERNAME", "me"},
                                                 {"UV_INDEX_PYTORCH_CU121_PASSWORD", "secret"},
                                                 {"UV_INDEX_TOKEN_PASSWORD", "only"},
                                                 {"UV_INDEX__USERNAME", "nobody"}};
  auto found =
      index_credentials({{"pytorch-cu121", "https://a"},
                         {"Token", "https://b"},
                         {"none", "https://c"},
                         {"", "https://d"}},
                        [&](const std::string& name) {
                          auto at = environment.find(name);
                          return at == environment.end() ? std::nullopt : std::optional(at->second);
                        });
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].url, "https://a");
  EXPECT_EQ(found[0].credential, (Credential{"me", "secret"}));
  EXPECT_EQ(found[1].name, "Token");
  EXPECT_EQ(found[1].credential, (Credential{"", "only"}));
}

TEST(IndexCredentials, StandInTheUrlsThatUvTakes) {
  std::map<std::string, std::string> environment{
      {"UV_DEFAULT_INDEX", "https://us%20er:p%40ss@a.org/simple"},
      {"UV_INDEX", "priv=https://me:one@b.org/x https://open.org/simple"},
      {"UV_EXTRA_INDEX_URL", "nonsense https://user@c.org"}};
  auto found =
      index_credentials({{"own", "https://my:two@d.org/simple"}, {"open", "https://e.org"}},
                        [&](const std::string& name) {
                          auto at = environment.find(name);
                          return at == environment.end() ? std::nullopt : std::optional(at->second);
                        });
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].url, "https://d.org/simple");
  EXPECT_EQ(found[0].credential, (Credential{"my", "two"}));
  EXPECT_EQ(found[1].url, "https://a.org/simple");
  EXPECT_EQ(found[1].credential, (Credential{"us er", "p@ss"}));
  EXPECT_EQ(found[2].name, "priv");
  EXPECT_EQ(found[2].credential, (Credential{"me", "one"}));
}

}  // namespace
}  // namespace cartwheel::net
