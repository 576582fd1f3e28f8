#include "layer/collisions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "util/error.h"

namespace cartwheel::layer {
namespace {

using facts::InstalledPath;
using testing::ElementsAre;
using testing::IsEmpty;

IsNamespaceInit none_is_namespace() {
  return [](std::size_t, const std::string&) { return false; };
}

CollisionResult find(const std::vector<WheelInput>& wheels,
                     const std::vector<std::vector<InstalledPath>>& paths,
                     const std::vector<std::size_t>& layer_of) {
  return find_collisions(wheels, paths, layer_of, {}, none_is_namespace());
}

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
    CollisionResult result = find(wheels(names), paths, one.layer_of);
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
  CollisionResult result = find(wheels({"a", "b"}),
                                {{file("data/bin/x", '1', true)}, {file("data/bin/x", '1', false)}},
                                {0, 1});
  EXPECT_THAT(result.omit[0], ElementsAre("opt/venv/bin/x"));
  EXPECT_FALSE(result.collisions[0].same_bytes);
}

TEST(Collisions, AreFoundAcrossSchemes) {
  CollisionResult result = find(wheels({"a", "b"}),
                                {{file("data/bin/x", '1', true)}, {file("scripts/x", '2', true)}},
                                {0, 1});
  EXPECT_THAT(result.omit[0], ElementsAre("opt/venv/bin/x"));
  EXPECT_THAT(result.omit[1], IsEmpty());
}

TEST(Collisions, HeadersHaveAFolderForEachPackage) {
  CollisionResult result =
      find(wheels({"a", "b"}), {{file("headers/x.h", '1')}, {file("headers/x.h", '2')}}, {0, 1});
  EXPECT_THAT(result.collisions, IsEmpty());
}

TEST(Collisions, TheLastNameWinsWhateverTheOrder) {
  CollisionResult result =
      find(wheels({"b", "a"}), {{file("purelib/x", '1')}, {file("purelib/x", '2')}}, {0, 1});
  EXPECT_THAT(result.omit[0], IsEmpty());
  EXPECT_EQ(result.omit[1].size(), 1U);
  EXPECT_THAT(result.collisions[0].wheels, ElementsAre("a", "b"));
}

TEST(Collisions, RefuseAFileAgainstAFolder) {
  try {
    find(wheels({"a", "b"}),
         {{file("purelib/pkg", '1')}, {file("purelib/pkg/deep/x.py", '1')}},
         {0, 1});
    ADD_FAILURE();
  } catch (const util::Error& error) {
    EXPECT_EQ(error.kind(), util::ErrorKind::refused);
    EXPECT_STREQ(error.what(),
                 "'opt/venv/lib/python3.11/site-packages/pkg' is a file in a and a folder in b: "
                 "without = [\"a\"] drops one of them");
  }
}

TEST(Collisions, OmitIsSorted) {
  std::vector<InstalledPath> first{
      file("data/z", '1'), file("purelib/a", '1'), file("scripts/m", '1')};
  std::vector<InstalledPath> second{
      file("data/z", '2'), file("purelib/a", '2'), file("scripts/m", '2')};
  CollisionResult result = find(wheels({"a", "b"}), {first, second}, {0, 1});
  EXPECT_THAT(
      result.omit[0],
      ElementsAre("opt/venv/bin/m", "opt/venv/lib/python3.11/site-packages/a", "opt/venv/z"));
}

TEST(Collisions, TellWhatIsClaimed) {
  // path → content in a and in b; the __init__.py of "ns" are namespaces
  using Tree = std::vector<InstalledPath>;
  struct Claimed {
    const char* what;
    Tree a, b;
    std::string claim;  // of the first path with different bytes
  };
  auto of = [](std::initializer_list<std::pair<const char*, char>> files) {
    Tree tree;
    for (const auto& [path, content] : files) {
      tree.push_back(file(path, content));
    }
    return tree;
  };
  InstalledPath empty = file("purelib/p/__init__.py", '0');
  core::Digest nothing = core::Digest::of(std::string_view());
  std::copy_n(nothing.bytes().begin(), empty.content.size(), empty.content.begin());
  for (const Claimed& one : std::vector<Claimed>{
           {"extension module",
            of({{"purelib/cv2/cv2.abi3.so", '1'}}),
            of({{"purelib/cv2/cv2.abi3.so", '2'}}),
            "extension module 'cv2/cv2.abi3.so'"},
           {"package with the same __init__",
            of({{"purelib/cv2/__init__.py", '1'}, {"purelib/cv2/version.py", '1'}}),
            of({{"purelib/cv2/__init__.py", '1'}, {"purelib/cv2/version.py", '2'}}),
            "import package 'cv2'"},
           {"the __init__ itself",
            of({{"purelib/cv2/__init__.py", '1'}}),
            of({{"purelib/cv2/__init__.py", '2'}}),
            "import package 'cv2'"},
           {"data of a package",
            of({{"purelib/cv2/__init__.py", '1'}, {"purelib/cv2/data/x.xml", '1'}}),
            of({{"purelib/cv2/__init__.py", '2'}, {"purelib/cv2/data/x.xml", '2'}}),
            "import package 'cv2'"},
           {"single module",
            of({{"purelib/six.py", '1'}}),
            of({{"purelib/six.py", '2'}}),
            "import package 'six'"},
           {"module of a namespace without __init__",
            of({{"purelib/zope/event.py", '1'}}),
            of({{"purelib/zope/event.py", '2'}}),
            "import package 'zope.event'"},
           {"namespaces' __init__",
            of({{"purelib/ns/__init__.py", '1'}}),
            of({{"purelib/ns/__init__.py", '2'}}),
            ""},
           {"package below a namespace",
            of({{"purelib/ns/__init__.py", '1'}, {"purelib/ns/p/__init__.py", '1'}}),
            of({{"purelib/ns/__init__.py", '1'}, {"purelib/ns/p/__init__.py", '2'}}),
            "import package 'ns.p'"},
           {"stray tests",
            of({{"purelib/tests/__init__.py", '1'}, {"purelib/tests/test_a.py", '1'}}),
            of({{"purelib/tests/__init__.py", '1'}, {"purelib/tests/test_a.py", '2'}}),
            ""},
           {"licence", of({{"purelib/LICENSE", '1'}}), of({{"purelib/LICENSE", '2'}}), ""},
           {"setup.py", of({{"purelib/setup.py", '1'}}), of({{"purelib/setup.py", '2'}}), ""},
           {"data", of({{"data/share/x.so", '1'}}), of({{"data/share/x.so", '2'}}), ""},
           {"script", of({{"scripts/run", '1'}}), of({{"scripts/run", '2'}}), ""},
           {"file in another's package",
            of({{"purelib/app/__init__.py", '1'}, {"purelib/app/plugin.py", '1'}}),
            of({{"purelib/app/plugin.py", '2'}}),
            ""},
           {"packages whose __init__ is empty",
            {empty, file("purelib/p/x.txt", '1')},
            {empty, file("purelib/p/x.txt", '2')},
            ""},
       }) {
    CollisionResult result = find_collisions(
        wheels({"a", "b"}), {one.a, one.b}, {0, 1}, {}, [](std::size_t, const std::string& path) {
          return path == "purelib/ns/__init__.py";
        });
    std::vector<std::string> claims;
    for (const Collision& collision : result.collisions) {
      if (!collision.same_bytes) {
        claims.push_back(collision.claim);
      }
    }
    ASSERT_FALSE(claims.empty()) << one.what;
    EXPECT_EQ(claims.front(), one.claim) << one.what;
  }
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
