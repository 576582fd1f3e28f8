#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "settings/settings.h"
#include "util/error.h"

namespace cartwheel::settings {
namespace {

using testing::ElementsAre;

Project project_of(const std::string& text) { return load(text, std::nullopt).project; }

std::string error_of(const std::string& text) {
  try {
    load(text, std::nullopt);
  } catch (const util::Error& error) {
    return std::string(util::kind_name(error.kind())) + ": " + error.what();
  }
  return "";
}

TEST(Project, TheTableOfTheArticleIsRead) {
  Project project = project_of(R"(
[project]
name = "My_App"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = [
  "torch==2.4.0+cu118; sys_platform == 'linux' and platform_machine == 'x86_64'",
  "numpy<2.0.0",
]
[project.optional-dependencies]
Serve_It = ["fastapi"]
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[tool.uv]
find-links = ["https://wheels.example/cu118/torch"]
)");
  EXPECT_TRUE(project.has_project_table);
  EXPECT_EQ(project.name, "my-app");
  EXPECT_EQ(project.version, "0.1.0");
  EXPECT_EQ(project.requires_python, ">=3.11");
  EXPECT_EQ(project.dependencies.size(), 2U);
  EXPECT_THAT(project.optional_dependencies.at("serve-it"), ElementsAre("fastapi"));
  EXPECT_TRUE(project.has_build_system);
  EXPECT_FALSE(project.uv_package.has_value());
  EXPECT_THAT(project.default_groups, ElementsAre("dev"));
}

TEST(Project, GroupsIncludeGroups) {
  Project project = project_of(R"(
[dependency-groups]
Dev = ["pytest", { include-group = "lint_all" }, "ruff"]
lint-all = ["ruff", { include-group = "types" }]
types = ["mypy"]
empty = []
)");
  EXPECT_THAT(project.dependency_groups.at("dev"), ElementsAre("pytest", "ruff", "mypy"));
  EXPECT_THAT(project.dependency_groups.at("lint-all"), ElementsAre("ruff", "mypy"));
  EXPECT_TRUE(project.dependency_groups.at("empty").empty());
}

TEST(Project, GroupsThatMultiplyCostNothing) {
  std::string text = "[dependency-groups]\ng0 = ['x']\n";
  for (int i = 1; i <= 60; ++i) {
    std::string include = "{ include-group = 'g" + std::to_string(i - 1) + "' }";
    text += "g" + std::to_string(i) + " = [" + include + ", " + include + "]\n";
  }
  EXPECT_THAT(project_of(text).dependency_groups.at("g60"), ElementsAre("x"));
}

TEST(Project, UvTableIsRead) {
  Project project = project_of(R"(
[tool.uv]
package = false
default-groups = ["Dev_Tools", "docs"]
dev-dependencies = ["black"]
[[tool.uv.index]]
name = "pytorch"
url = "https://i.example/whl/cu121"
explicit = true
[tool.uv.workspace]
members = ["packages/*"]
[tool.uv.sources]
Torch_Vision = { index = "pytorch" }
torch = [
  { index = "pytorch", marker = "sys_platform == 'linux'", extra = "Gpu_X" },
  { url = "https://f.example/torch.whl", group = "Dev" },
]
lib = { workspace = true }
tool = { git = "https://g.example/tool", tag = "v1" }
near = { path = "../near", editable = true }
)");
  EXPECT_EQ(project.uv_package, false);
  EXPECT_THAT(project.default_groups, ElementsAre("dev-tools", "docs"));
  EXPECT_THAT(project.dependency_groups.at("dev"), ElementsAre("black"));
  EXPECT_THAT(project.indexes,
              ElementsAre(testing::Pair("pytorch", "https://i.example/whl/cu121")));
  EXPECT_THAT(project.workspace_members, ElementsAre("packages/*"));
  EXPECT_EQ(project.sources.at("torch-vision")[0].kind, "index");
  EXPECT_EQ(project.sources.at("torch-vision")[0].location, "pytorch");
  ASSERT_EQ(project.sources.at("torch").size(), 2U);
  EXPECT_EQ(project.sources.at("torch")[0].marker, "sys_platform == 'linux'");
  EXPECT_EQ(project.sources.at("torch")[0].extra, "gpu-x");
  EXPECT_EQ(project.sources.at("torch")[1].kind, "url");
  EXPECT_EQ(project.sources.at("torch")[1].group, "dev");
  EXPECT_EQ(project.sources.at("lib")[0].kind, "workspace");
  EXPECT_EQ(project.sources.at("tool")[0].location, "https://g.example/tool");
  EXPECT_EQ(project.sources.at("tool")[0].reference, "tag=v1");
  EXPECT_EQ(project.sources.at("near")[0].kind, "path");
}

TEST(Project, WhatDecidesALockIsRead) {
  Project project = project_of(R"(
[tool.uv]
constraint-dependencies = ["a<5"]
override-dependencies = ["b==1"]
exclude-dependencies = ["C_D"]
build-constraint-dependencies = ["setuptools<70"]
environments = "sys_platform == 'linux'"
required-environments = ["platform_machine == 'aarch64'"]
conflicts = [[{ extra = "Cpu" }, { package = "other", group = "gpu" }]]
dependency-metadata = [{ name = "Foo", version = "1.0", requires-dist = ["x"] }]
resolution = "lowest"
prerelease = "allow"
fork-strategy = "fewest"
exclude-newer = 2031-01-01T00:00:00Z
[tool.uv.dependency-groups]
Docs = { requires-python = ">=3.12" }
[tool.uv.workspace]
members = ["libs/*"]
exclude = ["libs/old"]
)");
  const Resolution& found = project.resolution;
  EXPECT_THAT(found.constraints, ElementsAre("a<5"));
  EXPECT_THAT(found.overrides, ElementsAre("b==1"));
  EXPECT_THAT(found.excludes, ElementsAre("c-d"));
  EXPECT_THAT(found.build_constraints, ElementsAre("setuptools<70"));
  EXPECT_THAT(found.environments, ElementsAre("sys_platform == 'linux'"));
  EXPECT_THAT(found.required_environments, ElementsAre("platform_machine == 'aarch64'"));
  ASSERT_EQ(found.conflicts.size(), 1U);
  EXPECT_THAT(
      found.conflicts[0],
      ElementsAre(Resolution::Conflict{"", "cpu", ""}, Resolution::Conflict{"other", "", "gpu"}));
  EXPECT_THAT(found.dependency_metadata, ElementsAre("foo 1.0"));
  EXPECT_EQ(found.resolution, "lowest");
  EXPECT_EQ(found.prerelease, "allow");
  EXPECT_EQ(found.fork_strategy, "fewest");
  EXPECT_EQ(found.exclude_newer, "2031-01-01T00:00:00Z");
  EXPECT_EQ(project.group_requires_python.at("docs"), ">=3.12");
  EXPECT_THAT(project.workspace_exclude, ElementsAre("libs/old"));
}

TEST(Project, AllDefaultGroupsAreAStar) {
  EXPECT_THAT(project_of("[tool.uv]\ndefault-groups = 'all'\n").default_groups, ElementsAre("*"));
  EXPECT_THAT(project_of("[tool.uv]\ndefault-groups = []\n").default_groups, ElementsAre());
}

TEST(Project, DynamicFieldsAreKnown) {
  Project project = project_of("[project]\nname = 'x'\ndynamic = ['version', 'dependencies']\n");
  EXPECT_EQ(project.version, "");
  EXPECT_THAT(project.dynamic, ElementsAre("version", "dependencies"));
}

TEST(Project, ErrorsNameFileAndLine) {
  struct Row {
    const char *text, *message;
  };
  for (const Row& row : std::vector<Row>{
           {"project = 1\n",
            "malformed: pyproject.toml:1: project: wanted a table, found an integer"},
           {"[project]\nname = 5\n",
            "malformed: pyproject.toml:2: project.name: wanted a string, found an integer"},
           {"[project]\ndependencies = 'numpy'\n",
            "malformed: pyproject.toml:2: project.dependencies: wanted a list of strings, found a "
            "string"},
           {"[project]\ndependencies = [\n'numpy',\n1]\n",
            "malformed: pyproject.toml:4: project.dependencies: wanted a list of strings, found an "
            "integer in it"},
           {"[project]\noptional-dependencies = []\n",
            "malformed: pyproject.toml:2: project.optional-dependencies: wanted a table"},
           {"[dependency-groups]\na = [{include-group = 'b'}]\nb = [{include-group = 'a'}]\n",
            "malformed: pyproject.toml:2: dependency-groups: 'a' includes itself"},
           {"[dependency-groups]\nlint = []\na = [{include-group = 'lin'}]\n",
            "malformed: pyproject.toml:3: dependency-groups.a: includes 'lin', which is no group "
            "(did "
            "you mean 'lint'?)"},
           {"[dependency-groups]\na = [{include = 'b'}]\n",
            "malformed: pyproject.toml:2: dependency-groups.a: wanted a requirement or { "
            "include-group = \"NAME\" }, found a table"},
           {"[dependency-groups]\na = 'x'\n",
            "malformed: pyproject.toml:2: dependency-groups.a: wanted a list, found a string"},
           {"[dependency-groups]\na_b = []\nA-B = []\n",
            "malformed: pyproject.toml:2: dependency-groups: 'a-b' is there twice"},
           {"[tool.uv]\nsources = { torch = 'x' }\n",
            "malformed: pyproject.toml:2: tool.uv.sources.torch: wanted a table, found a string"},
           {"[tool.uv]\ndefault-groups = 3\n",
            "malformed: pyproject.toml:2: tool.uv.default-groups: wanted a list of strings, found "
            "an "
            "integer"}}) {
    EXPECT_EQ(error_of(row.text), row.message);
  }
}

TEST(Project, AChainOfGroupsThatIsTooDeepIsRefused) {
  std::string text = "[dependency-groups]\nz = ['x']\n";
  std::string last = "z";
  for (int i = 100000; i > 99000; --i) {
    std::string name = "g" + std::to_string(i);
    text += name + " = [{ include-group = '" + last + "' }]\n";
    last = name;
  }
  // The chain begins at the group that no other includes, which is first in the order of names.
  EXPECT_THAT(error_of(text), testing::HasSubstr("too deeply"));
}

}  // namespace
}  // namespace cartwheel::settings
