// Downloads that break off and go on.

#include <gmock/gmock.h>

#include "fetch/fixture.h"

namespace cartwheel::fetch {
namespace {

using testing::HasSubstr;
using util::Error;
using util::ErrorKind;

constexpr std::size_t kSize = 2'000'000;

TEST_F(FetchTest, GoesOnAfterABodyThatWasCut) {
  std::string content = letters(kSize);
  server_.serve("/x.whl", content);
  server_.fail_next("/x.whl", {.cut_after = 700'000});
  server_.fail_next("/x.whl", {.cut_after = 500'000});
  fetch_all({wanted(server_.url("/x.whl"), content)});
  EXPECT_TRUE(stored(ready_.at(0)) == content);
  auto requests = server_.requests();
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_EQ(requests[0].header("range"), std::nullopt);
  EXPECT_EQ(requests[1].header("range"), "bytes=700000-");
  EXPECT_EQ(requests[2].header("range"), "bytes=1200000-");
}

TEST_F(FetchTest, BeginsAgainWhereRangesAreNotServed) {
  std::string content = letters(kSize);
  server_.serve_file("/x.whl", {.content = content, .has_ranges = false});
  server_.fail_next("/x.whl", {.cut_after = 700'000});
  fetch_all({wanted(server_.url("/x.whl"), content)});
  EXPECT_TRUE(stored(ready_.at(0)) == content);
  EXPECT_EQ(server_.requests().size(), 2U);
}

TEST_F(FetchTest, BeginsAgainWhereRangesAreLies) {
  std::string content = letters(kSize);
  server_.serve_file("/x.whl", {.content = content, .is_lying = true});
  server_.fail_next("/x.whl", {.cut_after = 700'000});
  fetch_all({wanted(server_.url("/x.whl"), content)});
  EXPECT_TRUE(stored(ready_.at(0)) == content);
}

TEST_F(FetchTest, GivesUpWhereNoAnswerGetsFurtherThanTheFirst) {
  std::string content = letters(kSize);
  server_.serve_file("/x.whl", {.content = content, .is_lying = true});
  for (int i = 0; i < 40; ++i) {
    server_.fail_next("/x.whl", {.cut_after = 400'000});
  }
  try {
    fetch_all({wanted(server_.url("/x.whl"), content)});
    ADD_FAILURE() << "wanted an error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::network);
    EXPECT_THAT(error.what(), HasSubstr("broke off"));
  }
  EXPECT_LT(server_.requests().size(), 10U);
}

TEST_F(FetchTest, GoesOnWhereAnEarlierRunStopped) {
  std::string content = letters(kSize);
  server_.serve("/x.whl", content);
  std::string hex = core::Digest::of(content).hex();
  store_->begin_partial(hex, std::nullopt)->append(util::as_bytes(content).first(1'234'567));
  fetch_all({wanted(server_.url("/x.whl"), content)});
  EXPECT_TRUE(stored(ready_.at(0)) == content);
  ASSERT_EQ(server_.requests().size(), 1U);
  EXPECT_EQ(server_.requests()[0].header("range"), "bytes=1234567-");
}

TEST_F(FetchTest, TakesAWholePartialWithoutAsking) {
  std::string content = letters(kSize);
  store_->begin_partial(core::Digest::of(content).hex(), std::nullopt)
      ->append(util::as_bytes(content));
  fetch_all({wanted(server_.url("/x.whl"), content)});
  EXPECT_TRUE(server_.requests().empty());
  EXPECT_TRUE(stored(ready_.at(0)) == content);
}

struct RubbishCase {
  const char* name;
  std::string there;
  bool knows_size;
};

TEST_F(FetchTest, ThrowsAwayRubbishThatAnEarlierRunLeft) {
  std::string content = letters(kSize);
  server_.serve("/x.whl", content);
  std::string hex = core::Digest::of(content).hex();
  const RubbishCase cases[] = {
      {"a wrong beginning", letters(1'000'000, 1), true},
      {"the right length", letters(kSize, 1), true},
      {"too long", letters(kSize + 1, 1), true},
      {"the right length, size unknown", letters(kSize, 1), false},
      {"too long, size unknown", content + "x", false},
      {"a wrong beginning, size unknown", letters(10, 1), false},
  };
  for (const RubbishCase& one : cases) {
    store_->remove(core::Digest::of(content));
    store_->begin_partial(hex, std::nullopt)->append(util::as_bytes(one.there));
    Wanted what = wanted(server_.url("/x.whl"), content);
    if (!one.knows_size) {
      what.artifact.size.reset();
    }
    fetch_all({what});
    EXPECT_TRUE(stored(ready_.at(0)) == content) << one.name;
  }
}

TEST_F(FetchTest, IgnoresASizeThatIsWrong) {
  server_.serve("/x.whl", "content");
  for (std::uint64_t size : {0U, 1U, 100U}) {
    store_->remove(core::Digest::of("content"));
    Wanted what = wanted(server_.url("/x.whl"), "content");
    what.artifact.size = size;
    fetch_all({what});
    EXPECT_EQ(stored(ready_.at(0)), "content") << size;
  }
}

TEST_F(FetchTest, KeepsWhatCameWhenTheServerGivesUp) {
  std::string content = letters(kSize);
  server_.serve("/x.whl", content);
  server_.fail_next("/x.whl", {.cut_after = 900'000});
  for (int i = 0; i < 3; ++i) {
    server_.fail_next("/x.whl", {.status = 503});
  }
  Error error = error_of({wanted(server_.url("/x.whl"), content)});
  EXPECT_EQ(error.kind(), ErrorKind::network);
  EXPECT_FALSE(store_->has(core::Digest::of(content)));
  EXPECT_EQ(std::filesystem::file_size(partial_path(content)), 900'000U);
  fetch_all({wanted(server_.url("/x.whl"), content)});
  EXPECT_TRUE(stored(ready_.at(0)) == content);
  EXPECT_EQ(server_.requests().back().header("range"), "bytes=900000-");
}

TEST_F(FetchTest, GivesUpWhenNothingComes) {
  server_.serve("/x.whl", "content");
  for (int i = 0; i < 50; ++i) {
    server_.fail_next("/x.whl", {.cut_after = 0});
  }
  Error error = error_of({wanted(server_.url("/x.whl"), "content")});
  EXPECT_EQ(error.kind(), ErrorKind::network);
  EXPECT_LT(server_.requests().size(), 20U);
}

TEST_F(FetchTest, GoesOnWithoutAHashOnlyWhereTheFileIsTheSame) {
  std::string content = letters(kSize);
  server_.serve_file("/tagged", {.content = content, .headers = {{"ETag", "\"v1\""}}});
  server_.fail_next("/tagged", {.cut_after = 600'000});
  server_.serve("/plain", content);
  server_.fail_next("/plain", {.cut_after = 600'000});
  server_.serve_file("/weak", {.content = content, .headers = {{"ETag", "W/\"v1\""}}});
  server_.fail_next("/weak", {.cut_after = 600'000});
  for (const char* path : {"/tagged", "/plain", "/weak"}) {
    fetch_all({wanted(server_.url(path), content, /*has_hash=*/false)});
    EXPECT_TRUE(stored(ready_.at(0)) == content) << path;
  }
  EXPECT_EQ(server_.requests("/tagged").back().header("range"), "bytes=600000-");
  EXPECT_EQ(server_.requests("/tagged").back().header("if-range"), "\"v1\"");
  EXPECT_EQ(server_.requests("/plain").back().header("range"), std::nullopt);
  EXPECT_EQ(server_.requests("/weak").back().header("range"), std::nullopt);
}

}  // namespace
}  // namespace cartwheel::fetch
