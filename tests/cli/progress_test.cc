#include "cli/progress.h"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "util/error.h"
#include "util/text.h"

namespace cartwheel::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

// What a style writes to stderr while `work` is done.
std::string written(ProgressStyle style, const std::function<void(util::Progress&)>& work) {
  testing::internal::CaptureStderr();
  {
    std::unique_ptr<util::Progress> progress = make_progress(style, false);
    work(*progress);
  }
  return testing::internal::GetCapturedStderr();
}

void two_downloads(util::Progress& progress) {
  progress.begin("fetch", "one.whl", 4'000'000);
  progress.begin("fetch", "two.whl", std::nullopt);
  progress.advance("fetch", "one.whl", 1'000'000);
  progress.advance("fetch", "two.whl", 3'000);
  progress.end("fetch", "two.whl");  // draws what is still under way
}

TEST(Bars, ShowBytesRateAndTimeLeftOfEach) {
  std::string text = written(ProgressStyle::bars, [](util::Progress& progress) {
    two_downloads(progress);
    progress.note("a word");
    progress.end("fetch", "one.whl");
  });
  EXPECT_THAT(text, HasSubstr("fetch one.whl"));
  EXPECT_THAT(text, HasSubstr("[###---------]"));
  EXPECT_THAT(text, HasSubstr("1.0 MB/4.0 MB"));
  EXPECT_THAT(text, HasSubstr("B/s"));
  EXPECT_THAT(text, HasSubstr("s left"));
  EXPECT_THAT(text, HasSubstr("\033["));
  EXPECT_THAT(text, HasSubstr("fetch two.whl (3.0 kB, "));
  EXPECT_THAT(text, HasSubstr("a word\n"));
}

TEST(Bars, AreGoneAtTheEnd) {
  std::string text = written(ProgressStyle::bars, two_downloads);
  std::string erase = "\033[1A\033[J";
  ASSERT_GE(text.size(), erase.size());
  EXPECT_EQ(text.substr(text.size() - erase.size()), erase);
}

TEST(Bars, FitIntoTheirLine) {
  std::string text = written(ProgressStyle::bars, [](util::Progress& progress) {
    progress.begin("fetch", std::string(300, 'x') + ".whl", 10);
    progress.begin("fetch", "short.whl", 10);
    progress.end("fetch", "short.whl");
  });
  for (std::string_view line : util::lines(text)) {
    EXPECT_LE(line.size(), 80U + std::string_view("\033[1A\033[J").size()) << line;
  }
}

TEST(Bars, SayHowManyMoreThereAre) {
  std::string text = written(ProgressStyle::bars, [](util::Progress& progress) {
    for (int i = 0; i < 12; ++i) {
      progress.begin("fetch", std::to_string(i) + ".whl", 10);
    }
    progress.end("fetch", "11.whl");
  });
  EXPECT_THAT(text, HasSubstr("and 3 more"));
}

TEST(Plain, WritesALineWhenSomethingEnds) {
  std::string text = written(ProgressStyle::plain, two_downloads);
  EXPECT_THAT(text, HasSubstr("fetch two.whl (3.0 kB, "));
  EXPECT_THAT(text, Not(HasSubstr("one.whl")));
  EXPECT_THAT(text, Not(HasSubstr("\033")));
  EXPECT_EQ(written(ProgressStyle::plain, [](util::Progress& p) { p.warn("careful"); }),
            "warning: careful\n");
}

TEST(JsonLines, AreObjects) {
  std::string text = written(ProgressStyle::json, [](util::Progress& progress) {
    two_downloads(progress);
    progress.warn("care\"ful");
  });
  std::vector<std::string_view> lines = util::lines(text);
  ASSERT_EQ(lines.size(), 2U);
  nlohmann::json fetched = nlohmann::json::parse(lines[0]);
  EXPECT_EQ(fetched["event"], "fetch");
  EXPECT_EQ(fetched["name"], "two.whl");
  EXPECT_EQ(fetched["bytes"], 3000);
  EXPECT_EQ(nlohmann::json::parse(lines[1])["message"], "care\"ful");
}

TEST(ProgressStyle, IsNamed) {
  EXPECT_EQ(progress_style("bars"), ProgressStyle::bars);
  EXPECT_EQ(progress_style("none"), ProgressStyle::none);
  EXPECT_THROW(progress_style("loud"), util::Error);
  EXPECT_EQ(make_progress(ProgressStyle::none, false), nullptr);
}

}  // namespace
}  // namespace cartwheel::cli
