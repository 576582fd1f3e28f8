#include "fetch/fetch.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "fetch/fixture.h"

namespace cartwheel::fetch {
namespace {

using testing::HasSubstr;
using testing::Not;
using util::Error;
using util::ErrorKind;

TEST_F(FetchTest, BringsEveryArtifactOnce) {
  std::vector<Wanted> all;
  std::vector<std::string> contents;
  for (unsigned i = 0; i < 30; ++i) {
    contents.push_back(letters(1000 + i * 20'000, i));
    server_.serve(fmt::format("/{}.whl", i), contents.back());
    all.push_back(wanted(server_.url(fmt::format("/{}.whl", i)), contents.back()));
  }
  all.push_back(all[3]);  // both platforms want it
  fetch_all(all);
  ASSERT_EQ(ready_.size(), 31U);
  for (std::size_t i = 0; i < 30; ++i) {
    EXPECT_EQ(ready_.at(i), core::Digest::of(contents[i]));
    EXPECT_TRUE(stored(ready_.at(i)) == contents[i]);
  }
  EXPECT_EQ(ready_.at(30), ready_.at(3));
  EXPECT_EQ(server_.requests().size(), 30U);
  fetch_all(all);
  EXPECT_EQ(ready_.size(), 31U);
  EXPECT_EQ(server_.requests().size(), 30U);
}

TEST_F(FetchTest, BeginsWithTheLargestAndTheUnknown) {
  options_.transfers = 1;
  std::vector<Wanted> all;
  for (std::size_t size : {10U, 3000U, 200U}) {
    std::string path = fmt::format("/{}", size);
    server_.serve(path, letters(size));
    all.push_back(wanted(server_.url(path), letters(size)));
  }
  server_.serve("/unknown", "x");
  all.push_back(wanted(server_.url("/unknown"), "x"));
  all.back().artifact.size.reset();
  fetch_all(all);
  std::vector<std::string> order;
  for (const test::SeenRequest& request : server_.requests()) {
    order.push_back(request.path);
  }
  EXPECT_THAT(order, testing::ElementsAre("/unknown", "/3000", "/200", "/10"));
}

TEST_F(FetchTest, TakesAnEmptyFile) {
  server_.serve("/empty", "");
  fetch_all({wanted(server_.url("/empty"), "")});
  EXPECT_EQ(ready_.at(0), core::Digest::of(""));
}

TEST_F(FetchTest, IsAtOnceDoneWithNothing) {
  fetch_all({});
  EXPECT_TRUE(ready_.empty());
}

TEST_F(FetchTest, NamesAFileThatTheServerLacks) {
  Error error = error_of({wanted(server_.url("/six-1.16.0.whl"), "x")});
  EXPECT_EQ(error.kind(), ErrorKind::not_found);
  EXPECT_EQ(std::string(error.what()),
            fmt::format("uv.lock: six-1.16.0.whl: six-1.16.0.whl: {}: answered 404: no such file",
                        server_.url("/six-1.16.0.whl")));
}

TEST_F(FetchTest, TellsDeniedFromMissing) {
  server_.serve_file("/x", {.content = "x", .user = "me", .password = "secret"});
  Error error = error_of({wanted(server_.url("/x"), "x")});
  EXPECT_EQ(error.kind(), ErrorKind::denied);
  EXPECT_THAT(error.what(), HasSubstr("answered 401"));
  EXPECT_THAT(error.what(), HasSubstr("UV_INDEX_<NAME>_USERNAME"));
}

TEST_F(FetchTest, UsesCredentialsOfTheUrlAndKeepsThemToItself) {
  server_.serve_file("/x.whl", {.content = "x", .user = "me", .password = "secret"});
  std::string base = fmt::format("http://me:secret@127.0.0.1:{}", server_.port());
  fetch_all({wanted(base + "/x.whl", "x", /*has_hash=*/false)});
  EXPECT_EQ(ready_.at(0), core::Digest::of("x"));
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path())) {
    if (entry.is_regular_file()) {
      EXPECT_THAT(util::read_file(entry.path()), Not(HasSubstr("secret"))) << entry.path();
    }
  }
  server_.fail_next("/cut", {.cut_after = 1});
  for (const char* path : {"/absent", "/x.whl", "/cut"}) {
    Error error = error_of({wanted(base + path, "something else")});
    EXPECT_NE(error.kind(), ErrorKind::internal) << path;
    EXPECT_THAT(error.what(), Not(HasSubstr("secret")));
  }
}

TEST_F(FetchTest, RefusesWrongBytesAfterOneFreshAttempt) {
  server_.serve("/six.whl", "wrong");
  Error error = error_of({wanted(server_.url("/six.whl"), "right")});
  EXPECT_EQ(error.kind(), ErrorKind::integrity);
  EXPECT_THAT(error.what(), HasSubstr("six.whl"));
  EXPECT_THAT(error.what(), HasSubstr("wanted sha256:" + core::Digest::of("right").hex()));
  EXPECT_THAT(error.what(), HasSubstr("found sha256:" + core::Digest::of("wrong").hex()));
  EXPECT_EQ(server_.requests().size(), 2U);
  EXPECT_FALSE(store_->has(core::Digest::of("right")));
  EXPECT_FALSE(store_->has(core::Digest::of("wrong")));
  EXPECT_FALSE(std::filesystem::exists(partial_path("right")));
}

TEST_F(FetchTest, TakesRightBytesAfterWrongOnes) {
  server_.serve("/six.whl", "right");
  server_.fail_next("/six.whl", {.body = "wrong"});
  fetch_all({wanted(server_.url("/six.whl"), "right")});
  EXPECT_EQ(stored(ready_.at(0)), "right");
}

TEST_F(FetchTest, ChecksEveryHashOfTheLock) {
  server_.serve("/x", "hello\n");
  Wanted good = wanted(server_.url("/x"), "hello\n", /*has_hash=*/false);
  good.artifact.hashes = {
      core::Hash::parse("md5:b1946ac92492d2347c6235b4d2611184"),
      core::Hash::parse(
          "sha512:e7c22b994c59d9cf2b48e549b1e24666636045930d3da7c1acb299d1c3b7f931f94a"
          "ae41edda2c2b207a36e10f8bcb8d45223e54878f5b316e7ce3b6bc019629")};
  fetch_all({good});
  EXPECT_EQ(ready_.at(0), core::Digest::of("hello\n"));
  fetch_all({good});  // known by its first hash
  EXPECT_EQ(server_.requests().size(), 1U);
  store_->remove(core::Digest::of("hello\n"));
  Wanted bad = good;
  bad.artifact.hashes[0].hex[0] = 'c';
  bad.artifact.hashes.push_back({"sha256", core::Digest::of("hello\n").hex()});
  Error error = error_of({bad});
  EXPECT_EQ(error.kind(), ErrorKind::integrity);
  EXPECT_THAT(error.what(),
              HasSubstr("wanted md5:c1946ac92492d2347c6235b4d2611184, found md5:b1946ac"));
}

TEST_F(FetchTest, RemembersWhatAUrlWithoutAHashGave) {
  server_.serve("/torch.whl", "content");
  Wanted one = wanted(server_.url("/torch.whl"), "", /*has_hash=*/false);
  fetch_all({one});
  EXPECT_EQ(ready_.at(0), core::Digest::of("content"));
  http_ = net::make_offline_http();
  options_.offline = true;
  one.artifact.url += "#egg=torch";
  fetch_all({one});
  EXPECT_EQ(ready_.at(0), core::Digest::of("content"));
}

TEST_F(FetchTest, ListsAllThatIsMissingOffline) {
  server_.serve("/there.whl", "there");
  fetch_all({wanted(server_.url("/there.whl"), "there")});
  options_.offline = true;
  http_ = net::make_offline_http();
  Error error = error_of({wanted(server_.url("/one.whl"), "1"),
                          wanted(server_.url("/there.whl"), "there"),
                          wanted(server_.url("/two.whl"), "two", /*has_hash=*/false)});
  EXPECT_EQ(error.kind(), ErrorKind::not_found);
  EXPECT_EQ(std::string(error.what()),
            "offline, and 2 files are not in the store:\n  uv.lock: one.whl: one.whl\n  uv.lock: "
            "two.whl: two.whl");
  EXPECT_TRUE(ready_.empty());
}

TEST_F(FetchTest, TakesInLocalFiles) {
  options_.offline = true;
  std::filesystem::create_directories(folder_.path() / "wheels");
  util::write_file(folder_.path() / "wheels/a b.whl", "content");
  fetch_all({wanted("wheels/a b.whl", "content"),
             wanted("file://" + folder_.path().string() + "/wheels/a%20b.whl",
                    "content",
                    /*has_hash=*/false)});
  EXPECT_EQ(ready_.at(0), core::Digest::of("content"));
  EXPECT_EQ(ready_.at(1), core::Digest::of("content"));
  Error wrong = error_of({wanted("wheels/a b.whl", "other")});
  EXPECT_EQ(wrong.kind(), ErrorKind::integrity);
  EXPECT_THAT(wrong.what(), HasSubstr("wheels/a b.whl: wanted sha256:"));
  Error missing = error_of({wanted("wheels/c.whl", "c")});
  EXPECT_EQ(missing.kind(), ErrorKind::not_found);
  EXPECT_THAT(missing.what(), HasSubstr("wheels/c.whl"));
  // Another content under the same path is seen.
  util::write_file(folder_.path() / "wheels/a b.whl", "changed");
  fetch_all({wanted("wheels/a b.whl", "", /*has_hash=*/false)});
  EXPECT_EQ(ready_.at(0), core::Digest::of("changed"));
}

TEST_F(FetchTest, RefusesWhatIsNoUrlOfOurs) {
  EXPECT_EQ(error_of({wanted("file://elsewhere/x.whl", "x")}).kind(), ErrorKind::unsupported);
  EXPECT_EQ(error_of({wanted("ftp://127.0.0.1/x.whl", "x")}).kind(), ErrorKind::unsupported);
}

TEST_F(FetchTest, ThrowsTheFirstErrorAndKeepsWhatCame) {
  options_.transfers = 1;
  server_.serve("/big", letters(5000));
  Error error = error_of({wanted(server_.url("/missing1"), "1"),
                          wanted(server_.url("/big"), letters(5000)),
                          wanted(server_.url("/missing2"), "22")});
  EXPECT_EQ(error.kind(), ErrorKind::not_found);
  EXPECT_THAT(error.what(), HasSubstr("missing2"));  // the larger one came first, and ended it
  EXPECT_TRUE(store_->has(core::Digest::of(letters(5000))));
}

TEST_F(FetchTest, LetsOutWhatOnReadyThrows) {
  server_.serve("/x", "x");
  EXPECT_THROW(
      fetch({wanted(server_.url("/x"), "x")},
            options_,
            *http_,
            *store_,
            util::silent_progress(),
            [](std::size_t, const core::Digest&) { throw Error(ErrorKind::refused, "no"); }),
      Error);
}

TEST_F(FetchTest, FollowsARedirectToAnotherOrigin) {
  server_.serve("/real.whl", "content");
  server_.redirect("/six.whl", server_.other_origin("/real.whl"));
  fetch_all({wanted(server_.url("/six.whl"), "content")});
  EXPECT_EQ(ready_.at(0), core::Digest::of("content"));
}

TEST_F(FetchTest, SurvivesA503) {
  server_.serve("/x", "content");
  server_.fail_next("/x", {.status = 503, .headers = {{"Retry-After", "0"}}});
  fetch_all({wanted(server_.url("/x"), "content")});
  EXPECT_EQ(ready_.size(), 1U);
  for (int i = 0; i < 3; ++i) {
    server_.fail_next("/y", {.status = 503});
  }
  Error error = error_of({wanted(server_.url("/y"), "y")});
  EXPECT_EQ(error.kind(), ErrorKind::network);
  EXPECT_THAT(error.what(), HasSubstr("answered 503"));
}

TEST_F(FetchTest, TellsItsProgress) {
  struct Counter : util::Progress {
    std::uint64_t bytes = 0, total = 0;
    int begun = 0, ended = 0;
    void begin(const std::string& verb,
               const std::string& name,
               std::optional<std::uint64_t> size) override {
      EXPECT_EQ(verb, "fetch");
      EXPECT_EQ(name, "six.whl");
      total = size.value_or(0);
      ++begun;
    }
    void advance(const std::string&, const std::string&, std::uint64_t count) override {
      bytes += count;
    }
    void end(const std::string&, const std::string&) override { ++ended; }
    void note(const std::string&) override {}
    void warn(const std::string&) override {}
  };
  Counter counter;
  server_.serve("/six.whl", letters(100'000));
  fetch({wanted(server_.url("/six.whl"), letters(100'000))},
        options_,
        *http_,
        *store_,
        counter,
        [](auto, const auto&) {});
  EXPECT_EQ(counter.bytes, 100'000U);
  EXPECT_EQ(counter.total, 100'000U);
  EXPECT_EQ(counter.begun, 1);
  EXPECT_EQ(counter.ended, 1);
}

}  // namespace
}  // namespace cartwheel::fetch
