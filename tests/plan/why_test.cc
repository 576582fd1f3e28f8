#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/lock_text.h"
#include "plan/report.h"
#include "plan/select.h"

namespace cartwheel::plan {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// "a -> b (marker) -> c": what holds not is marked by '!'.
std::string line(const WhyPath& path) {
  std::string out = path.front().from;
  for (const WhyEdge& edge : path) {
    out += (edge.holds ? " -> " : " !> ") + edge.to;
    if (!edge.marker.empty()) {
      out += " (" + edge.marker + ")";
    }
  }
  return out;
}

std::vector<std::string> lines(const std::string& text,
                               const std::string& name,
                               const Selection& selection = {},
                               const std::string& file = "uv.lock",
                               std::size_t limit = 20) {
  lock::Lock lock = lock::read(file, text);
  std::vector<std::string> out;
  for (const WhyPath& path : why(lock, selection, target_for("linux/amd64"), name, limit)) {
    out.push_back(line(path));
  }
  return out;
}

std::string graph() {
  return uv_head() + uv_tree("proj", "editable = \".\"", R"(dependencies = [
    { name = "a" },
    { name = "b", marker = "sys_platform == 'win32'" },
    { name = "t", extra = ["x"] },
]

[package.optional-dependencies]
gpu = [{ name = "t" }]

[package.dev-dependencies]
dev = [{ name = "b" }]
)") + uv_package("a", "1", "dependencies = [{ name = \"b\" }]\n") +
         uv_package("b",
                    "1",
                    "dependencies = [{ name = \"t\", marker = \"platform_machine == 'x86_64'\" }, "
                    "{ name = \"a\" }]\n") +
         uv_package("t", "1", "[package.optional-dependencies]\nx = [{ name = \"z\" }]\n") +
         uv_package("z", "1");
}

TEST(Why, PathsThatHoldComeFirstThenTheShortest) {
  EXPECT_THAT(
      lines(graph(), "t"),
      ElementsAre("proj -> t[x]",
                  "proj (group dev) -> b -> t (platform_machine == 'x86_64')",
                  "proj -> a -> b -> t (platform_machine == 'x86_64')",
                  "proj[gpu] !> t",
                  "proj !> b (sys_platform == 'win32') -> t (platform_machine == 'x86_64')"));
}

TEST(Why, ExtrasAreTakenOnTheWay) {
  EXPECT_THAT(lines(graph(), "Z"), ElementsAre("proj -> t[x] -> z"));
}

TEST(Why, TheProjectIsThereByItself) {
  EXPECT_THAT(lines(graph(), "proj"), ElementsAre("the project -> proj"));
}

TEST(Why, LimitIsKept) {
  EXPECT_THAT(lines(graph(), "t", {}, "uv.lock", 1), ElementsAre("proj -> t[x]"));
}

TEST(Why, UnknownPackageHasNoPath) { EXPECT_THAT(lines(graph(), "nobody"), IsEmpty()); }

TEST(Why, ClausesSayWhatHolds) {
  lock::Lock lock =
      lock::read("uv.lock",
                 uv_head() +
                     uv_tree("proj",
                             "virtual = \".\"",
                             "dependencies = [{ name = \"a\", marker = \"sys_platform == 'linux' "
                             "and platform_machine == 'aarch64'\" }]\n") +
                     uv_package("a", "1"));
  std::vector<WhyPath> paths = why(lock, {}, target_for("linux/amd64"), "a");
  ASSERT_EQ(paths.size(), 1U);
  ASSERT_EQ(paths[0].size(), 1U);
  EXPECT_FALSE(paths[0][0].holds);
  ASSERT_EQ(paths[0][0].clauses.size(), 2U);
  EXPECT_TRUE(paths[0][0].clauses[0].holds);
  EXPECT_FALSE(paths[0][0].clauses[1].holds);
}

TEST(Why, OfSeveralEntriesTheVersionIsTold) {
  auto source = [](const std::string& version, const std::string& marker) {
    return "{ name = \"a\", version = \"" + version + "\", source = " + kIndex + ", marker = \"" +
           marker + "\" },";
  };
  std::string text = uv_head() +
                     uv_tree("proj",
                             "virtual = \".\"",
                             "dependencies = [" + source("1", "sys_platform == 'win32'") +
                                 source("2", "sys_platform == 'linux'") + "]\n") +
                     uv_package("a", "1") + uv_package("a", "2");
  EXPECT_THAT(lines(text, "a"),
              ElementsAre("proj -> a 2 (sys_platform == 'linux')",
                          "proj !> a 1 (sys_platform == 'win32')"));
}

TEST(Why, NamesOfConflictsAreSaidAsPeopleSayThem) {
  std::string text =
      "version = 1\nrequires-python = \">=3.11\"\n"
      "conflicts = [[{ package = \"proj\", extra = \"cpu\" }, { package = \"proj\", group = "
      "\"gpu\" }]]\n" +
      uv_tree("proj",
              "virtual = \".\"",
              "dependencies = [{ name = \"a\", marker = \"extra != 'extra-4-proj-cpu' and extra == "
              "'group-4-proj-gpu'\" }]\n") +
      uv_package("a", "1");
  lock::Lock lock = lock::read("uv.lock", text);
  std::vector<WhyPath> paths = why(lock, {}, target_for("linux/amd64"), "a");
  ASSERT_EQ(paths.size(), 1U);
  ASSERT_EQ(paths[0][0].clauses.size(), 2U);
  EXPECT_EQ(paths[0][0].clauses[0].text, "not extra cpu of proj");
  EXPECT_EQ(paths[0][0].clauses[1].text, "group gpu of proj");
}

TEST(Why, AComparisonIsTextedOnce) {
  WhyEdge edge{
      .from = "p",
      .to = "a",
      .marker = "",
      .clauses = {{"extra == 'x'", true}, {"extra == 'y'", false}, {"extra == 'x'", true}}};
  std::string text =
      why_text({.target = target_for("linux/amd64"), .name = "a", .paths = {{edge}}});
  EXPECT_EQ(text,
            "linux/amd64:\n  installed by\n    p -> a\n      yes extra == 'x'\n      no  extra == "
            "'y'\n");
}

TEST(Why, AGraphWithManyPathsIsAnsweredSoon) {
  std::string text =
      uv_head() + uv_tree("proj", "virtual = \".\"", "dependencies = [{ name = \"p0\" }]\n");
  for (int i = 0; i < 60; ++i) {
    std::string list;
    for (int j = 0; j < 60; ++j) {
      list += "{ name = \"p" + std::to_string(j) + "\" },";
    }
    text += uv_package(
        "p" + std::to_string(i),
        "1",
        "dependencies = [" + list + "{ name = \"t\", marker = \"sys_platform == 'win32'\" }]\n");
  }
  std::vector<std::string> found = lines(text + uv_package("t", "1"), "t");
  EXPECT_EQ(found.size(), 20U);
  EXPECT_EQ(found.front(), "proj -> p0 !> t (sys_platform == 'win32')");
}

TEST(Why, PylockTellsTheMarkerOfThePackage) {
  std::string text =
      "lock-version = \"1.0\"\ncreated-by = \"t\"\n"
      "[[packages]]\nname = \"a\"\nversion = \"1\"\nmarker = \"platform_machine == "
      "'aarch64'\"\nwheels = []\n"
      "[[packages]]\nname = \"a\"\nversion = \"2\"\nmarker = \"platform_machine == "
      "'x86_64'\"\nwheels = []\n";
  EXPECT_THAT(lines(text, "a", {}, "pylock.toml"),
              ElementsAre("the lock -> a 2 (platform_machine == 'x86_64')",
                          "the lock !> a 1 (platform_machine == 'aarch64')"));
}

}  // namespace
}  // namespace cartwheel::plan
