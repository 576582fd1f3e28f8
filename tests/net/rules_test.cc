#include "net/rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "util/error.h"
#include "util/file.h"

namespace cartwheel::net {
namespace {

TEST(Redirect, KeepsTheScheme) {
  core::Url from = core::Url::parse("https://a.org/simple/six/?x=1");
  EXPECT_EQ(redirect_target(from, "/files/six.whl#sha256=1").str(), "https://a.org/files/six.whl");
  EXPECT_EQ(redirect_target(from, "six.whl").str(), "https://a.org/simple/six/six.whl");
  EXPECT_EQ(redirect_target(from, "//b.org/x").str(), "https://b.org/x");
  EXPECT_EQ(redirect_target(from, "https://b.org:8443/x?y").str(), "https://b.org:8443/x?y");
  EXPECT_EQ(redirect_target(core::Url::parse("http://a.org/"), "https://b.org/x").scheme, "https");
}

TEST(Redirect, RefusesToLeaveTls) {
  core::Url from = core::Url::parse("https://a.org/x");
  for (const char* location : {"http://a.org/x",
                               "http://b.org/x?signature=secret",
                               "file:///etc/passwd",
                               "ftp://a.org/x",
                               "https:///x",
                               "gopher://x/"}) {
    try {
      redirect_target(from, location);
      FAIL() << location;
    } catch (const util::Error& error) {
      EXPECT_EQ(error.kind(), util::ErrorKind::network) << location;
      EXPECT_THAT(error.what(), testing::Not(testing::HasSubstr("secret")));
    }
  }
}

TEST(Redirect, CarriesNoHeaderThatCouldBeACredential) {
  auto kept = harmless_headers({{"Authorization", "x"},
                                {"authorization", "x"},
                                {"Cookie", "x"},
                                {"X-Token", "x"},
                                {"PRIVATE-TOKEN", "x"},
                                {"Accept", "y"},
                                {"If-Range", "z"}});
  EXPECT_EQ(kept, (std::map<std::string, std::string>{{"Accept", "y"}, {"If-Range", "z"}}));
}

TEST(Retry, WaitsLongerEachTimeAndAsLongAsTheServerAsks) {
  EXPECT_DOUBLE_EQ(retry_delay(2, 0.25, std::nullopt), 0.25);
  EXPECT_DOUBLE_EQ(retry_delay(3, 0.25, std::nullopt), 0.5);
  EXPECT_DOUBLE_EQ(retry_delay(5, 0.25, std::nullopt), 2);
  EXPECT_DOUBLE_EQ(retry_delay(2, 0.25, 7), 7);
  EXPECT_DOUBLE_EQ(retry_delay(9, 0.25, 7), 32);
  EXPECT_DOUBLE_EQ(retry_delay(2, 0.25, 1e9), kLongestWait);
  EXPECT_DOUBLE_EQ(retry_delay(4, 0, std::nullopt), 0);
}

TEST(ContentRange, BeginsWhereItSays) {
  EXPECT_EQ(content_range_begin("bytes 5-9/10"), 5U);
  EXPECT_EQ(content_range_begin(" Bytes  0-9/*"), 0U);
  for (const char* text : {"",
                           "bytes",
                           "bytes */10",
                           "bytes 5",
                           "bytes -5",
                           "items 5-9/10",
                           "bytes x-9/10",
                           "bytes 99999999999999999999-9/10"}) {
    EXPECT_EQ(content_range_begin(text), std::nullopt) << text;
  }
}

TEST(Shown, HasNoCredentialAndNoQuery) {
  EXPECT_EQ(shown(core::Url::parse("https://me:secret@a.org/x?signature=secret#f")),
            "https://a.org/x?****");
  EXPECT_EQ(shown(core::Url::parse("https://a.org/x")), "https://a.org/x");
}

TEST(FileUrl, GivesAFileFromAnyPlace) {
  util::TempDir folder;
  util::write_file(folder.path() / "a b", "hello world");
  core::Url url = core::Url::parse("file://" + folder.path().string() + "/a%20b");
  std::string body;
  util::StringSink sink(body);
  auto begin = [&](const Response&) { return &sink; };
  EXPECT_EQ(send_file(url, {}, begin).status, 200);
  EXPECT_EQ(body, "hello world");
  body.clear();
  Response response = send_file(url, {.offset = 6}, begin);
  EXPECT_EQ(response.status, 206);
  EXPECT_EQ(response.body_offset, 6U);
  EXPECT_EQ(body, "world");
  EXPECT_EQ(send_file(url, {.offset = 11}, begin).status, 416);
  EXPECT_EQ(send_file(core::Url::parse("file:///no/such/file"), {}, begin).status, 404);
  EXPECT_EQ(send_file(core::Url::parse("file:///etc"), {}, begin).status, 404);
  EXPECT_THROW(send_file(core::Url::parse("file://elsewhere/etc/passwd"), {}, begin), util::Error);
}

}  // namespace
}  // namespace cartwheel::net
