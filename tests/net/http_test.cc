#include "net/http.h"

#include <atomic>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/loopback_server.h"
#include "util/error.h"

namespace cartwheel::net {
namespace {

using test::LoopbackServer;
using testing::HasSubstr;
using testing::Not;
using util::Error;
using util::ErrorKind;

HttpOptions quick() {
  HttpOptions options;
  options.backoff = 0;
  return options;
}

struct Got {
  Response response;
  std::string body;
  int begins = 0;
};

Got get(Http& http, const std::string& url, std::uint64_t offset = 0) {
  Got got;
  util::StringSink sink(got.body);
  got.response = http.send({.url = url, .offset = offset}, [&](const Response&) {
    ++got.begins;
    return &sink;
  });
  return got;
}

Error error_of(Http& http, const std::string& url) {
  try {
    get(http, url);
  } catch (const Error& error) {
    return error;
  }
  return {ErrorKind::internal, "no error"};
}

std::string letters(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) {
    text[i] = static_cast<char>('a' + i * i % 23);
  }
  return text;
}

TEST(Http, GivesABodyWithItsHeaders) {
  LoopbackServer server;
  server.serve_file("/file", {.content = letters(3'000'000), .headers = {{"X-Thing", "Value"}}});
  server.serve("/empty", "");
  auto http = make_http(quick());
  Got got = get(*http, server.url("/file"));
  EXPECT_EQ(got.response.status, 200);
  EXPECT_EQ(got.response.header("x-thing"), "Value");
  EXPECT_EQ(got.response.header("absent"), std::nullopt);
  EXPECT_EQ(got.response.body_offset, 0U);
  EXPECT_EQ(got.response.url, server.url("/file"));
  EXPECT_EQ(got.begins, 1);
  EXPECT_TRUE(got.body == letters(3'000'000));
  Got empty = get(*http, server.url("/empty"));
  EXPECT_EQ(empty.response.status, 200);
  EXPECT_EQ(empty.begins, 1);
  EXPECT_EQ(server.requests("/file").at(0).header("user-agent"), "cartwheel");
}

TEST(Http, GivesEveryStatusAsAResult) {
  LoopbackServer server;
  for (int status : {204, 304, 400, 401, 403, 404, 410, 418}) {
    std::string path = fmt::format("/{}", status);
    server.fail_next(path, {.status = status});
    EXPECT_EQ(get(*make_http(quick()), server.url(path)).response.status, status);
    EXPECT_EQ(server.requests(path).size(), 1U) << status;
  }
}

TEST(Http, AsksForTheRestOfAFile) {
  LoopbackServer server;
  server.serve("/file", letters(100));
  server.serve_file("/plain", {.content = letters(100), .has_ranges = false});
  server.serve_file("/lying", {.content = letters(100), .is_lying = true});
  auto http = make_http(quick());
  Got rest = get(*http, server.url("/file"), 60);
  EXPECT_EQ(rest.response.status, 206);
  EXPECT_EQ(rest.response.body_offset, 60U);
  EXPECT_EQ(rest.body, letters(100).substr(60));
  Got whole = get(*http, server.url("/plain"), 60);
  EXPECT_EQ(whole.response.status, 200);
  EXPECT_EQ(whole.response.body_offset, 0U);
  EXPECT_EQ(whole.body, letters(100));
  EXPECT_EQ(get(*http, server.url("/file"), 100).response.status, 416);
  EXPECT_EQ(get(*http, server.url("/lying"), 60).response.body_offset, 61U);
}

TEST(Http, TellsA206ThatDoesNotSayWhereItBegins) {
  LoopbackServer server;
  server.serve("/file", letters(100));
  server.fail_next("/file", {.status = 206});
  EXPECT_EQ(get(*make_http(quick()), server.url("/file")).response.body_offset,
            Response::kUnknownOffset);
}

TEST(Http, AsksAgainWhatMayPass) {
  LoopbackServer server;
  server.serve("/file", "content");
  for (int status : {503, 429, 500, 408}) {
    server.fail_next("/file", {.status = status});
  }
  Got got = get(*make_http(quick()), server.url("/file"));
  EXPECT_EQ(got.response.status, 200);
  EXPECT_EQ(got.body, "content");
  EXPECT_EQ(got.begins, 1);
  EXPECT_EQ(server.requests().size(), 5U);
}

TEST(Http, GivesUpAfterItsAttempts) {
  LoopbackServer server;
  for (int i = 0; i < 9; ++i) {
    server.fail_next("/file", {.status = 503});
  }
  HttpOptions options = quick();
  options.attempts = 3;
  EXPECT_EQ(get(*make_http(options), server.url("/file")).response.status, 503);
  EXPECT_EQ(server.requests().size(), 3U);
}

TEST(Http, WaitsAsLongAsTheServerAsks) {
  LoopbackServer server;
  server.serve("/file", "content");
  server.fail_next("/file", {.status = 503, .headers = {{"Retry-After", "1"}}});
  auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(get(*make_http(quick()), server.url("/file")).body, "content");
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::seconds(1));
}

TEST(Http, DoesNotAskAgainOnceABodyHasBegun) {
  LoopbackServer server;
  server.serve("/file", letters(1000));
  server.fail_next("/file", {.cut_after = 400});
  auto http = make_http(quick());
  std::string body;
  util::StringSink sink(body);
  try {
    http->send({.url = server.url("/file")}, [&](const Response&) { return &sink; });
    FAIL() << "whole";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::network);
    EXPECT_THAT(error.what(), HasSubstr(server.url("/file")));
  }
  EXPECT_EQ(body, letters(1000).substr(0, 400));
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST(Http, GoesThroughTheProxyOfTheEnvironment) {
  LoopbackServer proxy;
  proxy.serve("http://nowhere.invalid/file", "content");
  setenv("http_proxy", proxy.url("").c_str(), 1);
  Got got = get(*make_http(quick()), "http://nowhere.invalid/file");
  unsetenv("http_proxy");
  EXPECT_EQ(got.response.status, 200);
  EXPECT_EQ(got.body, "content");
}

TEST(Http, SaysWhichServerDoesNotAnswer) {
  int port = 0;
  {
    LoopbackServer server;
    port = server.port();
  }
  std::string url = fmt::format("http://127.0.0.1:{}/x", port);
  Error error = error_of(*make_http(quick()), url);
  EXPECT_EQ(error.kind(), ErrorKind::network);
  EXPECT_THAT(error.what(), HasSubstr(url));
  EXPECT_THAT(error.what(), HasSubstr("attempt 5"));
}

TEST(Http, RefusesOtherSchemes) {
  auto http = make_http(quick());
  EXPECT_EQ(error_of(*http, "ftp://127.0.0.1/x").kind(), ErrorKind::unsupported);
  EXPECT_EQ(error_of(*http, "no url").kind(), ErrorKind::malformed);
}

TEST(Http, LetsOutWhatTheSinkThrows) {
  struct FullSink : util::Sink {
    void write(util::Bytes) override { throw Error(ErrorKind::io, "disk full"); }
  };
  LoopbackServer server;
  server.serve("/file", "content");
  FullSink sink;
  auto http = make_http(quick());
  try {
    http->send({.url = server.url("/file")}, [&](const Response&) { return &sink; });
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::io);
    EXPECT_THAT(error.what(), HasSubstr("disk full"));
  }
  EXPECT_EQ(get(*http, server.url("/file")).body, "content");
}

TEST(Http, ServesManyThreadsAtOnce) {
  LoopbackServer server;
  for (int i = 0; i < 40; ++i) {
    server.serve(fmt::format("/{}", i), letters(50'000 + static_cast<std::size_t>(i)));
  }
  auto http = make_http(quick());
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 40; ++i) {
    threads.emplace_back([&, i] {
      right += get(*http, server.url(fmt::format("/{}", i))).body ==
                       letters(50'000 + static_cast<std::size_t>(i))
                   ? 1
                   : 0;
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(right, 40);
}

TEST(Redirects, AreFollowed) {
  LoopbackServer server;
  server.serve("/file", "content");
  for (int status : {301, 302, 303, 307, 308}) {
    std::string path = fmt::format("/{}", status);
    server.redirect(path, "/file", status);
    Got got = get(*make_http(quick()), server.url(path));
    EXPECT_EQ(got.body, "content") << status;
    EXPECT_EQ(got.response.url, server.url("/file"));
    EXPECT_EQ(got.begins, 1);
  }
}

TEST(Redirects, InACircleAreAnError) {
  LoopbackServer server;
  server.redirect("/a", "/b");
  server.redirect("/b", "/a");
  EXPECT_THAT(error_of(*make_http(quick()), server.url("/a")).what(),
              HasSubstr("more than 10 redirects"));
}

TEST(Redirects, ToAFileAreRefused) {
  LoopbackServer server;
  server.redirect("/a", "file:///etc/passwd");
  EXPECT_EQ(error_of(*make_http(quick()), server.url("/a")).kind(), ErrorKind::network);
}

TEST(Redirects, DropCredentialsWhenTheOriginChanges) {
  LoopbackServer server;
  server.serve("/file", "content");
  server.redirect("/away", server.other_origin("/file"));
  server.redirect("/near", "/file");
  auto http = make_http(quick());
  auto send = [&](const std::string& url) {
    http->send({.url = url, .headers = {{"X-Token", "secret"}, {"Accept", "a/b"}}}, {});
    return server.requests("/file").back();
  };
  std::string base = fmt::format("http://me:secret@127.0.0.1:{}", server.port());
  test::SeenRequest near = send(base + "/near");
  EXPECT_EQ(near.header("authorization"), "Basic bWU6c2VjcmV0");
  EXPECT_EQ(near.header("x-token"), "secret");
  test::SeenRequest away = send(base + "/away");
  EXPECT_EQ(away.header("authorization"), std::nullopt);
  EXPECT_EQ(away.header("x-token"), std::nullopt);
  EXPECT_EQ(away.header("accept"), "a/b");
  EXPECT_THAT(server.requests("/away").at(0).header("authorization"),
              testing::Optional(HasSubstr("Basic")));
}

TEST(Redirects, CarryAnAuthorizationHeaderToItsOriginOnly) {
  LoopbackServer server;
  server.serve("/file", "content");
  server.redirect("/away", server.other_origin("/file"));
  auto http = make_http(quick());
  http->send({.url = server.url("/away"), .headers = {{"Authorization", "Bearer secret"}}}, {});
  EXPECT_EQ(server.requests("/away").at(0).header("authorization"), "Bearer secret");
  EXPECT_EQ(server.requests("/file").at(0).header("authorization"), std::nullopt);
}

TEST(Redirects, CarryTheRange) {
  LoopbackServer server;
  server.serve("/file", letters(100));
  server.redirect("/away", server.other_origin("/file"));
  EXPECT_EQ(get(*make_http(quick()), server.url("/away"), 30).body, letters(100).substr(30));
}

TEST(HttpCredentials, AreSent) {
  LoopbackServer server;
  server.serve_file("/simple/file", {.content = "content", .user = "me", .password = "sec:ret"});
  EXPECT_EQ(get(*make_http(quick()), server.url("/simple/file")).response.status, 401);
  std::string with_user =
      fmt::format("http://me:sec%3Aret@127.0.0.1:{}/simple/file", server.port());
  EXPECT_EQ(get(*make_http(quick()), with_user).body, "content");
  HttpOptions netrc = quick();
  netrc.netrc_text = "machine 127.0.0.1 login me password sec:ret";
  EXPECT_EQ(get(*make_http(netrc), server.url("/simple/file")).body, "content");
  HttpOptions index = quick();
  index.index_credentials = {{"own", server.url("/simple/"), {"me", "sec:ret"}}};
  EXPECT_EQ(get(*make_http(index), server.url("/simple/file")).body, "content");
}

TEST(HttpCredentials, StandInNoMessage) {
  LoopbackServer server;
  std::string base = fmt::format("http://me:hidden@127.0.0.1:{}", server.port());
  server.redirect("/http", fmt::format("ftp://me:hidden@127.0.0.1/x?token=hidden"));
  server.redirect("/loop", base + "/loop?token=hidden");
  server.serve("/cut", letters(1000));
  server.fail_next("/cut", {.cut_after = 10});
  auto http = make_http(quick());
  const std::string urls[] = {base + "/http",
                              base + "/loop",
                              base + "/cut?token=hidden",
                              "http://me:hidden@127.0.0.1:1/x?token=hidden",
                              "http://me:hidden@bad host/x",
                              "http://me:hidden@[::1/x",
                              "http://me:hi:dden@hidden@nowhere.invalid:99999/x",
                              "ftp://me:hidden@127.0.0.1/x",
                              "me:hidden@127.0.0.1"};
  for (const std::string& url : urls) {
    Error error = error_of(*http, url);
    EXPECT_NE(error.kind(), ErrorKind::internal) << url;
    if (url.find("://") != std::string::npos) {
      EXPECT_THAT(error.what(), Not(HasSubstr("hidden"))) << url;
    }
    EXPECT_THAT(get(*http, base + "/absent").response.url, Not(HasSubstr("hidden")));
    try {
      make_offline_http()->send({.url = url}, {});
      FAIL() << "online";
    } catch (const Error& offline) {
      EXPECT_TRUE(url.find("://") == std::string::npos ||
                  std::string(offline.what()).find("hidden") == std::string::npos);
    }
  }
}

TEST(OfflineHttp, NamesWhatWasWanted) {
  try {
    make_offline_http()->send({.url = "https://me:secret@a.org/six.whl"}, {});
    FAIL() << "online";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::network);
    EXPECT_STREQ(error.what(), "offline: https://a.org/six.whl");
  }
}

}  // namespace
}  // namespace cartwheel::net
