#include <gtest/gtest.h>

#include "settings/settings.h"
#include "util/error.h"

namespace cartwheel::settings {
namespace {

Project read(const std::string& text) { return load(text, std::nullopt).project; }

TEST(Project, GroupsAreExpandedAndNamesNormalised) {
  Project project = read(R"([project]
name = "a"
[dependency-groups]
Test_Unit = ["pytest", { include-group = "lint" }]
lint = ["ruff>=1"]
)");
  EXPECT_EQ(project.dependency_groups.at("test-unit"),
            (std::vector<std::string>{"pytest", "ruff>=1"}));
  EXPECT_EQ(project.default_groups, (std::vector<std::string>{"dev"}));
}

TEST(Project, AGroupThatIncludesItselfIsRefused) {
  try {
    read("[dependency-groups]\na = [{ include-group = \"b\" }]\nb = [{ include-group = \"a\" }]\n");
    FAIL() << "no error";
  } catch (const util::Error& error) {
    EXPECT_EQ(error.kind(), util::ErrorKind::malformed);
    EXPECT_NE(std::string(error.what()).find("includes itself"), std::string::npos) << error.what();
  }
}

TEST(Project, UvTableIsRead) {
  Project project = read(R"([project]
name = "a"
[build-system]
requires = ["hatchling"]
[tool.uv]
package = false
default-groups = "all"
dev-dependencies = ["pytest"]
[[tool.uv.index]]
name = "inner"
url = "https://index.example/simple"
[tool.uv.sources]
Torch = [{ index = "inner", marker = "sys_platform == 'linux'" }]
lib = { git = "https://git.example/lib" }
[tool.uv.workspace]
members = ["packages/*"]
)");
  EXPECT_TRUE(project.has_build_system);
  EXPECT_FALSE(project.uv_package);
  EXPECT_EQ(project.default_groups, (std::vector<std::string>{"*"}));
  EXPECT_EQ(project.dependency_groups.at("dev"), (std::vector<std::string>{"pytest"}));
  ASSERT_EQ(project.indexes.size(), 1U);
  EXPECT_EQ(project.indexes[0].first, "inner");
  EXPECT_EQ(project.sources.at("torch"), "index");
  EXPECT_EQ(project.sources.at("lib"), "git");
  EXPECT_EQ(project.workspace_members, (std::vector<std::string>{"packages/*"}));
}

TEST(Project, WrongTypesNameTheLine) {
  try {
    read("[project]\nname = \"a\"\ndependencies = \"six\"\n");
    FAIL() << "no error";
  } catch (const util::Error& error) {
    EXPECT_STREQ(error.what(), "pyproject.toml:3: project.dependencies: wanted a list of strings");
  }
}

}  // namespace
}  // namespace cartwheel::settings
