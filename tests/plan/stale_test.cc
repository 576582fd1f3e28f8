#include "plan/stale.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/lock_text.h"
#include "settings/settings.h"

namespace cartwheel::plan {
namespace {

using testing::HasSubstr;

// A workspace of the root and a member, and the lock that uv writes for it.
const std::string kRoot = R"([project]
name = "app"
version = "1.0"
requires-python = ">=3.11"
dependencies = [
    "six >= 1.16; sys_platform == 'linux' and platform_machine == 'x86_64'",
    "lib[fast]",
    "torch",
]
[project.optional-dependencies]
toml = ["tomli"]
[dependency-groups]
dev = ["pytest>=8"]
none = []
[tool.uv]
constraint-dependencies = ["numpy<3"]
conflicts = [[{ extra = "toml" }, { group = "dev" }]]
[[tool.uv.index]]
name = "cpu"
url = "https://user@i.test/cpu/"
[tool.uv.workspace]
members = ["lib"]
[tool.uv.sources]
lib = { workspace = true }
torch = [{ index = "cpu", marker = "platform_machine == 'aarch64'" }]
)";

const std::string kLib = R"([project]
name = "lib"
version = "2.0"
requires-python = ">=3.10"
dependencies = ["tool", "near"]
[project.optional-dependencies]
fast = []
[build-system]
requires = []
[tool.uv.sources]
tool = { git = "https://g.test/tool", tag = "v1" }
near = { path = "../near", editable = true }
)";

std::string lock_text() {
  return "version = 1\nrevision = 5\nrequires-python = \">=3.11\"\nconflicts = [[\n    { package = "
         "\"app\", extra = \"toml\" },\n    { package = \"app\", group = \"dev\" },\n]]\n"
         R"(
[manifest]
members = ["app", "lib"]
constraints = [{ name = "numpy", specifier = "<3" }]

[[package]]
name = "app"
version = "1.0"
source = { virtual = "." }
dependencies = [{ name = "lib" }]

[package.metadata]
requires-dist = [
    { name = "lib", extras = ["fast"], editable = "lib" },
    { name = "six", marker = "platform_machine == 'x86_64' and sys_platform == 'linux'", specifier = ">=1.16" },
    { name = "tomli", marker = "extra == 'toml'" },
    { name = "torch", marker = "platform_machine != 'aarch64'" },
    { name = "torch", marker = "platform_machine == 'aarch64'", index = "https://i.test/cpu" },
]
provides-extras = ["toml"]

[package.metadata.requires-dev]
dev = [{ name = "pytest", specifier = ">=8" }]
none = []

[[package]]
name = "lib"
version = "2.0"
source = { editable = "lib" }

[package.metadata]
requires-dist = [
    { name = "near", editable = "near" },
    { name = "tool", git = "https://g.test/tool?tag=v1" },
]
provides-extras = ["fast"]
)";
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

std::string stale(const std::string& root,
                  const std::string& lib = kLib,
                  const std::string& text = lock_text()) {
  Projects projects;
  projects.by_folder["."] = settings::load(root, std::nullopt).project;
  projects.by_folder["lib"] = settings::load(lib, std::nullopt).project;
  projects.members = {"lib"};
  return stale_reason(lock::read("uv.lock", text), projects).value_or("");
}

TEST(StaleLock, AFreshLockIsNot) { EXPECT_EQ(stale(kRoot), ""); }

TEST(StaleLock, TheSameMeaningIsNot) {
  EXPECT_EQ(stale(replaced(kRoot, "six >= 1.16; ", "Six>=1.16; python_version >= '3.8' and ")), "");
  EXPECT_EQ(stale(replaced(kRoot, "\"torch\",", "\"torch\", \"torch\",")), "");
  EXPECT_EQ(stale(replaced(kRoot, "version = \"1.0\"", "version = \"1\"")), "");
  EXPECT_EQ(stale(replaced(kRoot, ">=3.11", ">= 3.11")), "");
  EXPECT_EQ(stale(kRoot, replaced(kLib, ">=3.10", ">=3.11")), "");
  EXPECT_EQ(stale(replaced(kRoot, "[tool.uv]\n", "[tool.uv]\nprerelease = \"if-necessary\"\n")),
            "");
}

TEST(StaleLock, EveryChangeIsTold) {
  struct Case {
    std::string from, to, said;
  };
  for (const Case& c : std::vector<Case>{
           {"\"app\"", "\"other\"", "the project is 'other', the lock was made for 'app'"},
           {"version = \"1.0\"", "version = \"1.1\"", "the version is 1.1, the lock has 1.0"},
           {">=3.11", ">=3.12", "requires-python is"},
           {">=3.11", ">=3.11,<4", "requires-python is"},
           {">= 1.16", ">= 1.17", "the lock was made with 'six>=1.16"},
           {" and platform_machine == 'x86_64'", "", "'six>=1.16"},
           {"lib[fast]", "lib", "'lib from tree lib'"},
           {"\"torch\",", "", "the lock was made with 'torch"},
           {"[\"tomli\"]", "[]", "tomli"},
           {"toml = [\"tomli\"]", "toml = [\"tomli\"]\nmore = []", "without the extra 'more'"},
           {"none = []", "", "the lock has the group 'none'"},
           {"none = []", "none = []\nmore = []", "without the group 'more'"},
           {"pytest>=8", "pytest>=9", "'pytest>=8' in the group 'dev'"},
           {"numpy<3", "numpy<2", "'numpy<2' in constraint-dependencies"},
           {"[tool.uv]",
            "[tool.uv]\noverride-dependencies = [\"a\"]",
            "'a' in override-dependencies"},
           {"[tool.uv]",
            "[tool.uv]\nbuild-constraint-dependencies = [\"a\"]",
            "'a' in build-constr"},
           {"[tool.uv]", "[tool.uv]\nexclude-dependencies = [\"a\"]", "without the exclusion 'a'"},
           {"[tool.uv]", "[tool.uv]\nenvironments = [\"sys_platform == 'linux'\"]", "environments"},
           {"[tool.uv]",
            "[tool.uv]\nrequired-environments = [\"sys_platform == 'linux'\"]",
            "required-environments"},
           {"{ extra = \"toml\" }", "{ group = \"none\" }", "conflicts"},
           {"[tool.uv]", "[tool.uv]\nresolution = \"lowest\"", "resolution is lowest"},
           {"[tool.uv]", "[tool.uv]\nprerelease = \"allow\"", "prerelease is allow"},
           {"[tool.uv]", "[tool.uv]\nfork-strategy = \"fewest\"", "fork-strategy is fewest"},
           {"[tool.uv]", "[tool.uv]\nexclude-newer = 2031-01-01T00:00:00Z", "exclude-newer is set"},
           {"[tool.uv]", "[tool.uv]\nexclude-newer = \"1 week\"", "exclude-newer is set"},
           {"[tool.uv]", "[tool.uv]\ndefault-groups = []", "default-groups"},
           {"[tool.uv]", "[tool.uv]\npackage = true", "'app' is a package"},
           {"[tool.uv]",
            "[tool.uv]\ndependency-metadata = [{ name = \"a\", version = \"1\" }]",
            "dependency-metadata 'a 1'"},
           {"i.test/cpu/", "i.test/cu121/", "torch"},
           {", marker = \"platform_machine == 'aarch64'\"", "", "torch"},
           {"torch = [", "six = { path = \"six-1.16-py3-none-any.whl\" }\ntorch = [", "six"}}) {
    EXPECT_THAT(stale(replaced(kRoot, c.from, c.to)), HasSubstr(c.said)) << c.from << " → " << c.to;
  }
  for (const Case& c : std::vector<Case>{
           {"\"2.0\"", "\"2.1\"", "the version of 'lib' is 2.1, the lock has 2.0"},
           {">=3.10", ">=3.12", "requires-python"},
           {"\"tool\", ", "", "the dependencies of 'lib'"},
           {"fast = []", "", "the lock has the extra 'fast' of 'lib'"},
           {"tag = \"v1\"", "branch = \"v1\"", "tool from git https://g.test/tool?branch=v1"},
           {"../near", "../far", "near from tree far"}}) {
    EXPECT_THAT(stale(kRoot, replaced(kLib, c.from, c.to)), HasSubstr(c.said))
        << c.from << " → " << c.to;
  }
}

// A lock states the project's own extras, or what they come to.
TEST(StaleLock, ExtrasOfExtrasAreFollowed) {
  std::string root =
      replaced(kRoot, "toml = [\"tomli\"]", "toml = [\"tomli\"]\nall = [\"app[toml]\"]");
  std::string text = replaced(lock_text(), "[\"toml\"]", "[\"toml\", \"all\"]");
  const std::string tomli = "    { name = \"tomli\", marker = \"extra == 'toml'\" },\n";
  EXPECT_NE(stale(root, kLib, text), "");
  EXPECT_EQ(
      stale(root,
            kLib,
            replaced(text, tomli, tomli + "{ name = \"tomli\", marker = \"extra == 'all'\" },\n")),
      "");
  EXPECT_EQ(stale(root,
                  kLib,
                  replaced(text,
                           tomli,
                           tomli + "{ name = \"app\", extras = [\"toml\"], marker = \"extra == "
                                   "'all'\" },\n")),
            "");
}

TEST(StaleLock, AGroupsPythonIsPartOfItsRequirements) {
  std::string root =
      kRoot + "[tool.uv.dependency-groups]\ndev = { requires-python = \">=3.12\" }\n";
  EXPECT_NE(stale(root), "");
  EXPECT_EQ(stale(root,
                  kLib,
                  replaced(lock_text(),
                           "\"pytest\", ",
                           "\"pytest\", marker = \"python_full_version >= '3.12'\", ")),
            "");
}

TEST(StaleLock, WhatCannotBeToldIsBelieved) {
  EXPECT_EQ(stale(replaced(kRoot, "\"torch\",", "\"torch >> 2\",")), "");
  EXPECT_EQ(stale(replaced(kRoot, "index = \"cpu\"", "index = \"of-my-own\"")), "");
}

TEST(StaleLock, MembersThatComeAndGoAreTold) {
  Projects projects;
  projects.by_folder["."] = settings::load(kRoot, std::nullopt).project;
  projects.by_folder["lib"] = settings::load(kLib, std::nullopt).project;
  lock::Lock lock = lock::read("uv.lock", lock_text());
  projects.members = std::set<std::string>{};
  EXPECT_THAT(stale_reason(lock, projects).value_or(""),
              HasSubstr("the lock has the member 'lib'"));
  projects.members = {"lib", "more"};
  projects.by_folder["more"] =
      settings::load("[project]\nname = \"more\"\nversion = \"1\"\n", std::nullopt).project;
  EXPECT_THAT(stale_reason(lock, projects).value_or(""),
              HasSubstr("the lock was made without the project 'more' in 'more'"));
}

TEST(StaleLock, WhatTheBackendFillsInIsNotJudged) {
  std::string dynamic =
      replaced(kLib, "version = \"2.0\"", "dynamic = [\"version\", \"dependencies\"]");
  dynamic = replaced(dynamic, "dependencies = [\"tool\", \"near\"]\n", "");
  EXPECT_EQ(stale(kRoot, dynamic, replaced(lock_text(), "version = \"2.0\"\n", "")), "");
  EXPECT_THAT(stale(kRoot, dynamic), HasSubstr("is dynamic, the lock has 2.0"));
}

TEST(StaleLock, ALockWithoutMetadataIsJudgedByTheRest) {
  std::string text = lock_text();
  text = text.substr(0, text.find("[package.metadata]")) +
         "[[package]]\nname = \"lib\"\nversion = \"2.0\"\nsource = { editable = \"lib\" }\n";
  EXPECT_EQ(stale(replaced(kRoot, "\"torch\",", ""), kLib, text), "");
  EXPECT_NE(stale(replaced(kRoot, "\"1.0\"", "\"1.1\""), kLib, text), "");
}

TEST(StaleLock, AnotherFormatSaysNothing) {
  Projects projects;
  projects.by_folder["."] = settings::load(kRoot, std::nullopt).project;
  EXPECT_FALSE(stale_reason(
      lock::read("pylock.toml", "lock-version = \"1.0\"\ncreated-by = \"x\"\npackages = []\n"),
      projects));
}

}  // namespace
}  // namespace cartwheel::plan
