#include "layer/collisions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "util/error.h"

namespace cartwheel::layer {
namespace {

using facts::InstalledPath;
using testing::ElementsAre;
using testing::IsEmpty;

const std::string kPath = "opt/venv/lib/python3.11/site-packages/pkg/__init__.py";

// A path whose content is told by one letter; '*' before it: executable.
InstalledPath file(const std::string& path, char content, bool executable = false) {
  InstalledPath out{.path = path, .executable = executable, .content = {}};
  out.content.fill(static_cast<std::byte>(content));
  return out;
}

std::vector<WheelInput> wheels(const std::vector<std::string>& names) {
  std::vector<WheelInput> out;
  for (const std::string& name : names) {
    out.push_back(
        {.name = name, .version = "1", .filename = name + ".whl", .direct_url = "", .omit = {}});
  }
  return out;
}

struct Case {
  const char* what;
  std::string contents;  // of the same path, one letter a wheel; '-' for none
  std::vector<std::size_t> layer_of;
  std::string omitted;  // 'x' for each wheel that must leave it out
  bool same_bytes;
};

TEST(Collisions, AreSettledByTheTable) {
  std::vector<std::string> names{"a", "b", "c"};
  for (const Case& one : std::vector<Case>{
           {"no collision", "1--", {0, 1, 2}, "...", true},
           {"same bytes, own layers", "111", {0, 1, 2}, "...", true},
           {"same bytes, one bucket", "111", {0, 0, 0}, ".xx", true},
           {"same bytes, two share a bucket", "111", {0, 1, 1}, "..x", true},
           {"different, own layers", "123", {0, 1, 2}, "xx.", false},
           {"different, one bucket", "12-", {0, 0, 0}, "x..", false},
           {"as the last one", "121", {0, 1, 2}, ".x.", false},
           {"as the last one, in its bucket", "121", {0, 1, 0}, ".xx", false},
           {"two alike before another", "112", {0, 1, 2}, "xx.", false},
       }) {
    std::vector<std::vector<InstalledPath>> paths(3);
    for (std::size_t i = 0; i < 3; ++i) {
      if (one.contents[i] != '-') {
        paths[i] = {file("purelib/pkg/__init__.py", one.contents[i])};
      }
    }
    CollisionResult result = find_collisions(wheels(names), paths, one.layer_of, {});
    std::string omitted;
    for (const std::vector<std::string>& omit : result.omit) {
      EXPECT_TRUE(omit.empty() || omit == std::vector<std::string>{kPath});
      omitted += omit.empty() ? '.' : 'x';
    }
    EXPECT_EQ(omitted, one.omitted) << one.what;
    std::size_t owners = 3 - static_cast<std::size_t>(std::ranges::count(one.contents, '-'));
    ASSERT_EQ(result.collisions.size(), owners > 1 ? 1U : 0U) << one.what;
    if (owners > 1) {
      EXPECT_EQ(result.collisions[0].same_bytes, one.same_bytes) << one.what;
      EXPECT_EQ(result.collisions[0].path, kPath);
      EXPECT_EQ(result.collisions[0].wheels.size(), owners);
      EXPECT_EQ(result.collisions[0].wheels.front(), "a");
    }
  }
}

TEST(Collisions, ModeCountsAsContent) {
  CollisionResult result =
      find_collisions(wheels({"a", "b"}),
                      {{file("data/bin/x", '1', true)}, {file("data/bin/x", '1', false)}},
                      {0, 1},
                      {});
  EXPECT_THAT(result.omit[0], ElementsAre("opt/venv/bin/x"));
  EXPECT_FALSE(result.collisions[0].same_bytes);
}

TEST(Collisions, AreFoundAcrossSchemes) {
  CollisionResult result =
      find_collisions(wheels({"a", "b"}),
                      {{file("data/bin/x", '1', true)}, {file("scripts/x", '2', true)}},
                      {0, 1},
                      {});
  EXPECT_THAT(result.omit[0], ElementsAre("opt/venv/bin/x"));
  EXPECT_THAT(result.omit[1], IsEmpty());
}

TEST(Collisions, HeadersHaveAFolderForEachPackage) {
  CollisionResult result = find_collisions(
      wheels({"a", "b"}), {{file("headers/x.h", '1')}, {file("headers/x.h", '2')}}, {0, 1}, {});
  EXPECT_THAT(result.collisions, IsEmpty());
}

TEST(Collisions, TheLastNameWinsWhateverTheOrder) {
  CollisionResult result = find_collisions(
      wheels({"b", "a"}), {{file("purelib/x", '1')}, {file("purelib/x", '2')}}, {0, 1}, {});
  EXPECT_THAT(result.omit[0], IsEmpty());
  EXPECT_EQ(result.omit[1].size(), 1U);
  EXPECT_THAT(result.collisions[0].wheels, ElementsAre("a", "b"));
}

TEST(Collisions, RefuseAFileAgainstAFolder) {
  try {
    find_collisions(wheels({"a", "b"}),
                    {{file("purelib/pkg", '1')}, {file("purelib/pkg/deep/x.py", '1')}},
                    {0, 1},
                    {});
    ADD_FAILURE();
  } catch (const util::Error& error) {
    EXPECT_EQ(error.kind(), util::ErrorKind::refused);
    EXPECT_STREQ(error.what(),
                 "'opt/venv/lib/python3.11/site-packages/pkg' is a file in a and a folder in b");
  }
}

TEST(Collisions, OmitIsSorted) {
  std::vector<InstalledPath> first{
      file("data/z", '1'), file("purelib/a", '1'), file("scripts/m", '1')};
  std::vector<InstalledPath> second{
      file("data/z", '2'), file("purelib/a", '2'), file("scripts/m", '2')};
  CollisionResult result = find_collisions(wheels({"a", "b"}), {first, second}, {0, 1}, {});
  EXPECT_THAT(
      result.omit[0],
      ElementsAre("opt/venv/bin/m", "opt/venv/lib/python3.11/site-packages/a", "opt/venv/z"));
}

TEST(TarPath, FollowsTheSchemes) {
  WheelLayerSpec where;
  where.prefix = "srv/env";
  where.python = "python3.13t";
  EXPECT_EQ(tar_path("purelib/a/b.py", "n", where), "srv/env/lib/python3.13t/site-packages/a/b.py");
  EXPECT_EQ(tar_path("scripts/run", "n", where), "srv/env/bin/run");
  EXPECT_EQ(tar_path("headers/a/x.h", "n", where), "srv/env/include/site/python3.13t/n/a/x.h");
  EXPECT_EQ(tar_path("data/share/x", "n", where), "srv/env/share/x");
  EXPECT_THROW(tar_path("platlib/x", "n", where), util::Error);
  EXPECT_THROW(tar_path("purelib", "n", where), util::Error);
}

}  // namespace
}  // namespace cartwheel::layer
