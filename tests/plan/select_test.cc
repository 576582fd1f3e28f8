#include "plan/select.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/lock_text.h"
#include "util/error.h"

namespace cartwheel::plan {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using util::Error;
using util::ErrorKind;

struct Thrown {
  ErrorKind kind = ErrorKind::internal;
  std::string message = "nothing was thrown";
};

Thrown thrown(const std::string& text,
              const Selection& selection = {},
              const std::string& file = "uv.lock") {
  try {
    selected_names(text, selection, "linux/amd64", file);
  } catch (const Error& error) {
    return {error.kind(), error.what()};
  }
  return {};
}

// ---- one project ----

std::string torch_by_machine() {
  return uv_head() + uv_tree("proj", "virtual = \".\"", R"(dependencies = [
    { name = "torch", version = "2.4.0", source = { registry = "https://index.test/simple" }, marker = "platform_machine == 'aarch64' and sys_platform == 'linux'" },
    { name = "torch", version = "2.4.0+cu118", source = { registry = "https://index.test/simple" }, marker = "platform_machine == 'x86_64' and sys_platform == 'linux'" },
]
)") + uv_package("nvidia-cublas-cu11", "11.1") +
         uv_package("torch", "2.4.0") + uv_package("torch", "2.4.0+cu118", R"(dependencies = [
    { name = "nvidia-cublas-cu11", marker = "platform_machine == 'x86_64'" },
    { name = "triton", marker = "python_full_version < '3.11'" },
]
)") + uv_package("triton", "3");
}

TEST(Select, MarkersAreAskedForTheTarget) {
  EXPECT_THAT(selected_names(torch_by_machine()),
              ElementsAre("nvidia-cublas-cu11 11.1", "torch 2.4.0+cu118"));
  EXPECT_THAT(selected_names(torch_by_machine(), {}, "linux/arm64"), ElementsAre("torch 2.4.0"));
}

TEST(Select, TheProjectIsARootUnlessVirtual) {
  std::string dependency = "dependencies = [{ name = \"six\" }]\n";
  std::string text =
      uv_head() + uv_tree("Proj", "editable = \".\"", dependency) + uv_package("six", "1");
  lock::Lock lock = lock::read("uv.lock", text);
  std::vector<Selected> selected = select(lock, {}, target_for("linux/amd64"));
  ASSERT_EQ(selected.size(), 2U);
  EXPECT_TRUE(selected[0].is_root);
  EXPECT_EQ(selected[0].wheel, std::nullopt);
  EXPECT_FALSE(selected[1].is_root);
  EXPECT_EQ(selected[1].wheel, 0U);
  EXPECT_THAT(selected_names(text, {.no_install_project = true}), ElementsAre("six 1"));
  EXPECT_THAT(selected_names(uv_head() + uv_tree("proj", "virtual = \".\"", dependency) +
                             uv_package("six", "1")),
              ElementsAre("six 1"));
}

TEST(Select, CyclesEnd) {
  EXPECT_THAT(
      selected_names(uv_head() +
                     uv_tree("proj", "virtual = \".\"", "dependencies = [{ name = \"a\" }]\n") +
                     uv_package("a", "1", "dependencies = [{ name = \"b\" }]\n") +
                     uv_package("b", "1", "dependencies = [{ name = \"a\" }, { name = \"b\" }]\n")),
      ElementsAre("a 1", "b 1"));
}

TEST(Select, RecursiveExtrasEnd) {
  std::string text =
      uv_head() + uv_tree("proj", "editable = \".\"", R"(
[package.optional-dependencies]
all = [{ name = "proj", extra = ["all", "web"] }, { name = "a" }]
web = [{ name = "proj", extra = ["all"] }, { name = "b", extra = ["fast"] }]
)") + uv_package("a", "1") +
      uv_package("b", "1", "[package.optional-dependencies]\nfast = [{ name = \"c\" }]\n") +
      uv_package("c", "1");
  EXPECT_THAT(selected_names(text), ElementsAre("proj 0.1.0"));
  EXPECT_THAT(selected_names(text, {.extras = {"all"}}),
              ElementsAre("a 1", "b 1", "c 1", "proj 0.1.0"));
  lock::Lock lock = lock::read("uv.lock", text);
  std::vector<Selected> selected = select(lock, {.extras = {"WEB"}}, target_for("linux/amd64"));
  ASSERT_EQ(selected.size(), 4U);
  EXPECT_THAT(selected[1].extras, ElementsAre("fast"));
  EXPECT_THAT(selected[3].extras, ElementsAre("all", "web"));
}

TEST(Select, APackageIsReachedOnlyThroughWhatReachesIt) {
  // The edge marker of b is told relative to a, which is not there on Linux.
  EXPECT_THAT(
      selected_names(
          uv_head() +
          uv_tree("proj",
                  "virtual = \".\"",
                  "dependencies = [{ name = \"a\", marker = \"sys_platform == 'win32'\" }]\n") +
          uv_package("a", "1", "dependencies = [{ name = \"b\" }]\n") + uv_package("b", "1")),
      IsEmpty());
}

TEST(Select, WithoutDropsPackagesButNotWhatTheyNeed) {
  EXPECT_THAT(selected_names(torch_by_machine(), {.without = {"Torch"}}),
              ElementsAre("nvidia-cublas-cu11 11.1"));
}

// ---- wheels ----

struct Chosen {
  std::optional<std::string> wheel;
  bool has_sdist = false;
};

Chosen chosen(const std::vector<std::string>& wheels,
              const std::string& platform,
              const std::string& version = "1") {
  std::string text =
      uv_head() + uv_tree("proj", "virtual = \".\"", "dependencies = [{ name = \"p\" }]\n") +
      "\n[[package]]\nname = \"p\"\nversion = \"" + version + "\"\nsource = " + kIndex +
      "\nsdist = { url = \"https://f.test/p-1.tar.gz\" }\nwheels = [\n";
  for (const std::string& wheel : wheels) {
    text += "    { url = \"https://f.test/" + wheel + "\" },\n";
  }
  lock::Lock lock = lock::read("uv.lock", text + "]\n");
  Selected selected = select(lock, {}, target_for(platform)).at(0);
  const lock::Package& package = lock.packages[selected.package];
  return {selected.wheel ? std::optional(package.wheels[*selected.wheel].filename) : std::nullopt,
          package.sdist.has_value()};
}

TEST(Select, BestWheelIsThatOfUv) {
  struct Case {
    std::vector<std::string> wheels;
    std::string amd64, arm64;
  };
  const std::vector<Case> cases = {
      {{"p-1-py3-none-any.whl",
        "p-1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        "p-1-cp311-cp311-manylinux_2_28_aarch64.whl"},
       "p-1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
       "p-1-cp311-cp311-manylinux_2_28_aarch64.whl"},
      {{"p-1-cp38-abi3-manylinux_2_28_x86_64.whl", "p-1-cp311-abi3-manylinux_2_5_x86_64.whl"},
       "p-1-cp311-abi3-manylinux_2_5_x86_64.whl",
       ""},
      {{"p-1-cp311-cp311-manylinux_2_37_x86_64.whl", "p-1-cp311-cp311-musllinux_1_2_x86_64.whl"},
       "",
       ""},
      {{"p-1-2-cp311-cp311-linux_x86_64.whl",
        "p-1-10-cp311-cp311-linux_x86_64.whl",
        "p-1-cp311-cp311-linux_x86_64.whl"},
       "p-1-10-cp311-cp311-linux_x86_64.whl",
       ""},
      {{"p-1-99-py3-none-any.whl", "p-1-py3-none-manylinux_2_17_x86_64.whl"},
       "p-1-py3-none-manylinux_2_17_x86_64.whl",
       "p-1-99-py3-none-any.whl"},
      {{"p-1.0-py3-none-any.whl", "p-1-py3-none-any.whl"},
       "p-1.0-py3-none-any.whl",
       "p-1.0-py3-none-any.whl"},
      {{"p-1+cu118-cp311-cp311-linux_x86_64.whl"}, "p-1+cu118-cp311-cp311-linux_x86_64.whl", ""},
  };
  for (const Case& test : cases) {
    EXPECT_EQ(chosen(test.wheels, "linux/amd64").wheel.value_or(""), test.amd64);
    EXPECT_EQ(chosen(test.wheels, "linux/arm64").wheel.value_or(""), test.arm64);
  }
}

TEST(Select, APackageWithoutAWheelIsSelectedWithout) {
  Chosen sdist_only = chosen({}, "linux/amd64");
  EXPECT_EQ(sdist_only.wheel, std::nullopt);
  EXPECT_TRUE(sdist_only.has_sdist);
}

TEST(Select, AWheelOfAnotherNameOrVersionIsRefused) {
  EXPECT_THROW(chosen({"q-1-py3-none-any.whl"}, "linux/amd64"), Error);
  EXPECT_THROW(chosen({"p-2-py3-none-any.whl"}, "linux/amd64"), Error);
  EXPECT_THROW(chosen({"p-1+b-py3-none-any.whl"}, "linux/amd64", "1+a"), Error);
  EXPECT_THROW(chosen({"p.whl"}, "linux/amd64"), Error);
}

// ---- groups ----

std::string with_groups() {
  return uv_head() + uv_tree("proj", "editable = \".\"", R"(dependencies = [{ name = "a" }]

[package.dev-dependencies]
dev = [{ name = "b" }]
docs = [{ name = "c" }]
lint = [{ name = "proj" }, { name = "d", marker = "sys_platform == 'win32'" }]

[package.metadata.requires-dev]
dev = [{ name = "b" }]
docs = [{ name = "c" }]
empty = []
lint = [{ name = "proj" }, { name = "d" }]
)") + uv_package("a", "1") +
         uv_package("b", "1") + uv_package("c", "1") + uv_package("d", "1");
}

TEST(Select, GroupsFollowUvsRules) {
  struct Case {
    Selection selection;
    std::vector<std::string> names;
  };
  const std::string a = "a 1", b = "b 1", c = "c 1", proj = "proj 0.1.0";
  const std::vector<Case> cases = {
      {{}, {a, b, proj}},
      {{.groups = {"docs"}}, {a, b, c, proj}},
      {{.no_default_groups = true}, {a, proj}},
      {{.groups = {"DOCS"}, .no_default_groups = true}, {a, c, proj}},
      {{.no_groups = {"dev"}}, {a, proj}},
      {{.groups = {"docs"}, .no_groups = {"docs"}}, {a, b, proj}},
      {{.all_groups = true}, {a, b, c, proj}},
      {{.no_groups = {"dev"}, .all_groups = true}, {a, c, proj}},
      {{.only_groups = {"docs"}}, {c}},
      {{.only_groups = {"docs", "dev"}}, {b, c}},
      {{.only_groups = {"lint"}}, {a, proj}},
      {{.only_groups = {"empty"}}, {}},
      {{.default_groups = {"docs"}}, {a, c, proj}},
      {{.default_groups = {}}, {a, proj}},
      {{.default_groups = {"*"}}, {a, b, c, proj}},
      {{.no_default_groups = true, .default_groups = {"*"}}, {a, proj}},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    EXPECT_EQ(selected_names(with_groups(), cases[i].selection), cases[i].names) << i;
  }
}

// As uv does: what the lock has for the one package that is asked for, else the project's.
TEST(Select, ASinglePackageHasDefaultGroupsOfItsOwn) {
  auto groups = [](const std::string& first, const std::string& second) {
    return "[package.dev-dependencies]\ndev = [{ name = \"" + first + "\" }]\nown = [{ name = \"" +
           second + "\" }]\n";
  };
  std::string text =
      uv_head("\n[manifest]\nmembers = [\"app\", \"lib\", \"root\"]\n") + uv_package("a", "1") +
      uv_package("b", "1") + uv_package("c", "1") + uv_package("d", "1") +
      uv_tree("app", "virtual = \"app\"", "default-groups = [\"Own\"]\n" + groups("a", "b")) +
      uv_tree("lib", "virtual = \"lib\"", groups("c", "d")) + uv_tree("root", "virtual = \".\"");
  EXPECT_THAT(selected_names(text, {.packages = {"app"}}), ElementsAre("b 1"));
  EXPECT_THAT(selected_names(text, {.packages = {"lib"}}), ElementsAre("c 1"));
  EXPECT_THAT(selected_names(text, {.default_groups = {"own"}, .packages = {"lib"}}),
              ElementsAre("d 1"));
  EXPECT_THAT(selected_names(text, {.packages = {"app", "lib"}}), ElementsAre("a 1", "c 1"));
  EXPECT_THAT(selected_names(text, {.all_packages = true}), ElementsAre("a 1", "c 1"));
  std::string all = text;
  all.replace(all.find("[\"Own\"]"), 7, "\"all\"");
  EXPECT_THAT(selected_names(all, {.packages = {"app"}}), ElementsAre("a 1", "b 1"));
}

TEST(Select, AGroupMayWantANewerPython) {
  Selection selection{.groups = {"docs"}, .group_requires_python = {{"docs", ">=3.12"}}};
  Thrown found = thrown(with_groups(), selection);
  EXPECT_EQ(found.kind, ErrorKind::refused);
  EXPECT_EQ(found.message, "group 'docs' wants Python >=3.12, and the target has 3.11.0");
  selection.group_requires_python = {{"docs", ">=3.11"}};
  EXPECT_EQ(selected_names(with_groups(), selection).size(), 4U);
  EXPECT_EQ(selected_names(with_groups(), {.group_requires_python = {{"docs", ">=3.12"}}}).size(),
            3U);
}

// ---- names that are not there ----

TEST(Select, UnknownNamesAreRefused) {
  struct Case {
    Selection selection;
    std::string message;
  };
  const std::vector<Case> cases = {
      {{.groups = {"doc"}},
       "group 'doc' is not defined in the dependency-groups of the project (did you mean 'docs'?)"},
      {{.only_groups = {"x"}}, "group 'x' is not defined"},
      {{.no_groups = {"x"}}, "group 'x' is not defined"},
      {{.extras = {"gpu"}}, "extra 'gpu' is not defined in the optional-dependencies of 'proj'"},
      {{.packages = {"a"}}, "package 'a' is no member of the workspace"},
  };
  for (const Case& test : cases) {
    Thrown found = thrown(with_groups(), test.selection);
    EXPECT_EQ(found.kind, ErrorKind::usage);
    EXPECT_THAT(found.message, HasSubstr(test.message));
  }
}

TEST(Select, NoDevIsRightWithoutADevGroup) {
  std::string text = uv_head() + uv_tree("proj", "editable = \".\"");
  EXPECT_THAT(selected_names(text, {.no_groups = {"dev"}}), ElementsAre("proj 0.1.0"));
  EXPECT_EQ(thrown(text, {.groups = {"dev"}}).kind, ErrorKind::usage);
}

TEST(Select, AnExtraWithoutDependenciesIsKnown) {
  std::string text =
      uv_head() +
      uv_tree("proj", "editable = \".\"", "\n[package.metadata]\nprovides-extras = [\"none\"]\n");
  EXPECT_THAT(selected_names(text, {.extras = {"none"}}), ElementsAre("proj 0.1.0"));
}

// ---- the target ----

TEST(Select, AnUnsupportedTargetIsRefused) {
  std::string text = uv_head() + uv_tree("proj", "editable = \".\"");
  lock::Lock lock = lock::read("uv.lock", text);
  EXPECT_EQ(select(lock, {}, target_for("linux/amd64", "3.12")).size(), 1U);
  EXPECT_THROW(select(lock, {}, target_for("linux/amd64", "3.10")), Error);
  std::string supported = uv_head(
                              "supported-markers = [\"sys_platform == 'darwin'\", "
                              "\"platform_machine == 'aarch64'\"]\n") +
                          uv_tree("proj", "editable = \".\"");
  EXPECT_THAT(selected_names(supported, {}, "linux/arm64"), ElementsAre("proj 0.1.0"));
  Thrown found = thrown(supported);
  EXPECT_EQ(found.kind, ErrorKind::refused);
  EXPECT_THAT(found.message,
              HasSubstr("it wants 'sys_platform == 'darwin'' or 'platform_machine == 'aarch64''"));
}

// ---- conflicts ----

// torch from three sources: cpu, cu128 and, without either, the index.
std::string conflicting_extras() {
  const std::string cpu = "{ registry = \"https://cpu.test/whl\" }";
  const std::string cuda = "{ registry = \"https://cu128.test/whl\" }";
  auto torch =
      [](const std::string& version, const std::string& source, const std::string& marker) {
        return "    { name = \"torch\", version = \"" + version + "\", source = " + source +
               ", marker = \"" + marker + "\" },\n";
      };
  auto package = [](const std::string& version, const std::string& source) {
    return "\n[[package]]\nname = \"torch\"\nversion = \"" + version + "\"\nsource = " + source +
           "\nwheels = [{ url = \"https://f.test/torch-" + version + "-py3-none-any.whl\" }]\n";
  };
  return uv_head(R"(conflicts = [[
    { package = "proj", extra = "cpu" },
    { package = "proj", extra = "cu128" },
]]
)") +
         uv_package("accelerate",
                    "1",
                    "dependencies = [\n" +
                        torch("2.8.0",
                              kIndex,
                              "extra != 'extra-4-proj-cpu' and extra != 'extra-4-proj-cu128'") +
                        torch("2.8.0+cpu",
                              cpu,
                              "extra == 'extra-4-proj-cpu' or (extra == 'extra-4-proj-cpu' and "
                              "extra == 'extra-4-proj-cu128')") +
                        torch("2.8.0+cu128", cuda, "extra == 'extra-4-proj-cu128'") + "]\n") +
         uv_tree("proj",
                 "editable = \".\"",
                 R"(dependencies = [{ name = "accelerate" }]

[package.optional-dependencies]
cpu = [
)" +
                     torch("2.8.0+cpu",
                           cpu,
                           "sys_platform == 'linux' or (extra == 'extra-4-proj-cpu' and extra == "
                           "'extra-4-proj-cu128')") +
                     R"(]
cu128 = [
)" + torch("2.8.0+cu128", cuda, "sys_platform == 'linux'") +
                     "]\n") +
         package("2.8.0", kIndex) + package("2.8.0+cpu", cpu) + package("2.8.0+cu128", cuda);
}

TEST(Select, ConflictingExtrasChooseTheSource) {
  EXPECT_THAT(selected_names(conflicting_extras()),
              ElementsAre("accelerate 1", "proj 0.1.0", "torch 2.8.0"));
  EXPECT_THAT(selected_names(conflicting_extras(), {.extras = {"cpu"}}),
              ElementsAre("accelerate 1", "proj 0.1.0", "torch 2.8.0+cpu"));
  EXPECT_THAT(selected_names(conflicting_extras(), {.extras = {"cu128"}}),
              ElementsAre("accelerate 1", "proj 0.1.0", "torch 2.8.0+cu128"));
}

TEST(Select, ConflictingExtrasTogetherAreRefused) {
  for (const Selection& selection :
       {Selection{.extras = {"cpu", "cu128"}}, Selection{.all_extras = true}}) {
    Thrown found = thrown(conflicting_extras(), selection);
    EXPECT_EQ(found.kind, ErrorKind::refused);
    EXPECT_THAT(
        found.message,
        HasSubstr("extra 'cpu' of 'proj' and extra 'cu128' of 'proj' are declared as conflicting"));
  }
}

std::string conflicting_groups() {
  return uv_head(R"(conflicts = [[
    { package = "proj", group = "old" },
    { package = "proj", group = "new" },
]]
)") + uv_package("num", "1") +
         uv_package("num", "2") + uv_package("user", "1", R"(dependencies = [
    { name = "num", version = "1", source = { registry = "https://index.test/simple" }, marker = "extra == 'group-4-proj-old'" },
    { name = "num", version = "2", source = { registry = "https://index.test/simple" }, marker = "extra == 'group-4-proj-new' or extra != 'group-4-proj-old'" },
]
)") + uv_tree("proj", "editable = \".\"", R"(dependencies = [{ name = "user" }]

[package.dev-dependencies]
new = [{ name = "num", version = "2", source = { registry = "https://index.test/simple" } }]
old = [{ name = "num", version = "1", source = { registry = "https://index.test/simple" } }]
)");
}

TEST(Select, ConflictingGroupsChooseTheVersion) {
  EXPECT_THAT(selected_names(conflicting_groups()), ElementsAre("num 2", "proj 0.1.0", "user 1"));
  EXPECT_THAT(selected_names(conflicting_groups(), {.groups = {"old"}}),
              ElementsAre("num 1", "proj 0.1.0", "user 1"));
  EXPECT_THAT(selected_names(conflicting_groups(), {.only_groups = {"old"}}), ElementsAre("num 1"));
  Thrown found = thrown(conflicting_groups(), {.all_groups = true});
  EXPECT_EQ(found.kind, ErrorKind::refused);
  EXPECT_THAT(found.message, HasSubstr("group 'old' of 'proj' and group 'new' of 'proj'"));
}

TEST(Select, AProjectConflictsWithAGroup) {
  std::string text =
      uv_head("conflicts = [[{ package = \"proj\" }, { package = \"proj\", group = \"g\" }]]\n") +
      uv_tree("proj",
              "editable = \".\"",
              R"(dependencies = [{ name = "a", marker = "extra == 'project-4-proj'" }]

[package.dev-dependencies]
g = [{ name = "b" }]
)") + uv_package("a", "1") +
      uv_package("b", "1");
  EXPECT_THAT(selected_names(text), ElementsAre("a 1", "proj 0.1.0"));
  EXPECT_THAT(selected_names(text, {.only_groups = {"g"}}), ElementsAre("b 1"));
  EXPECT_EQ(thrown(text, {.groups = {"g"}}).kind, ErrorKind::refused);
}

// Members that ask for conflicting extras of a third one.
std::string conflict_by_dependency(const std::string& marker_of_b) {
  return uv_head(R"(conflicts = [[
    { package = "lib", extra = "x" },
    { package = "lib", extra = "y" },
]]

[manifest]
members = ["lib", "proj"]
)") + uv_package("a", "1", "dependencies = [{ name = \"lib\", extra = [\"x\"] }]\n") +
         uv_package("b", "1", "dependencies = [{ name = \"lib\", extra = [\"y\"] }]\n") +
         uv_tree("lib", "editable = \"lib\"", R"(
[package.optional-dependencies]
x = [{ name = "xs" }]
y = [{ name = "ys" }]
)") +
         uv_tree("proj",
                 "virtual = \".\"",
                 "dependencies = [{ name = \"a\" }, { name = \"b\"" + marker_of_b + " }]\n") +
         uv_package("xs",
                    "1",
                    "dependencies = [{ name = \"one\", marker = \"extra == 'extra-3-lib-x'\" }, { "
                    "name = \"two\", marker = \"extra != 'extra-3-lib-x'\" }]\n") +
         uv_package("ys", "1") + uv_package("one", "1") + uv_package("two", "1");
}

TEST(Select, ExtrasActivatedByDependenciesConflict) {
  Thrown found = thrown(conflict_by_dependency(""));
  EXPECT_EQ(found.kind, ErrorKind::refused);
  EXPECT_THAT(found.message, HasSubstr("dependencies want both 'lib[x]' and 'lib[y]'"));
}

TEST(Select, ExtrasBehindAFalseMarkerDoNotConflict) {
  // b's own edge to lib[y] has no marker: it counts only where b is reached.
  EXPECT_THAT(selected_names(conflict_by_dependency(", marker = \"sys_platform == 'win32'\"")),
              ElementsAre("a 1", "lib 0.1.0", "one 1", "xs 1"));
  EXPECT_THAT(selected_names(conflict_by_dependency(", marker = \"extra == 'extra-3-lib-y'\"")),
              ElementsAre("a 1", "lib 0.1.0", "one 1", "xs 1"));
}

// ---- workspaces ----

std::string workspace() {
  return uv_head("\n[manifest]\nmembers = [\"app\", \"lib\", \"tool\"]\n") +
         uv_tree("app", "editable = \".\"", R"(dependencies = [{ name = "lib" }]

[package.dev-dependencies]
dev = [{ name = "d" }]
ci = [{ name = "c" }]

[package.metadata.requires-dev]
dev = [{ name = "d" }]
ci = [{ name = "c" }]
)") + uv_tree("lib", "editable = \"packages/lib\"", R"(dependencies = [{ name = "a" }]

[package.optional-dependencies]
fast = [{ name = "f" }]

[package.dev-dependencies]
dev = [{ name = "t" }]
)") + uv_tree("tool", "virtual = \"packages/tool\"", "dependencies = [{ name = \"b\" }]\n") +
         uv_package("a", "1") + uv_package("b", "1") + uv_package("c", "1") + uv_package("d", "1") +
         uv_package("f", "1") + uv_package("t", "1");
}

TEST(Select, AWorkspaceInstallsWhatIsAskedFor) {
  struct Case {
    Selection selection;
    std::vector<std::string> names;
  };
  const std::string app = "app 0.1.0", lib = "lib 0.1.0";
  const std::vector<Case> cases = {
      {{}, {"a 1", app, "d 1", lib}},
      {{.packages = {"lib"}}, {"a 1", lib, "t 1"}},
      {{.extras = {"fast"}, .packages = {"lib"}}, {"a 1", "f 1", lib, "t 1"}},
      {{.packages = {"tool"}}, {"b 1"}},
      {{.packages = {"Tool", "lib"}}, {"a 1", "b 1", lib, "t 1"}},
      {{.all_packages = true}, {"a 1", app, "b 1", "d 1", lib, "t 1"}},
      {{.groups = {"ci"}, .packages = {"lib"}},
       {"a 1", "c 1", lib, "t 1"}},  // the workspace root's group
      {{.groups = {"dev"}, .packages = {"lib"}}, {"a 1", lib, "t 1"}},  // its own
      {{.groups = {"dev"}, .packages = {"tool"}}, {"b 1", "d 1"}},      // the root's, named
      {{.only_groups = {"ci"}, .packages = {"tool"}}, {"c 1"}},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    EXPECT_EQ(selected_names(workspace(), cases[i].selection), cases[i].names) << i;
  }
  EXPECT_EQ(thrown(workspace(), {.extras = {"fast"}}).kind, ErrorKind::usage);
  EXPECT_THAT(thrown(workspace(), {.packages = {"tol"}}).message,
              HasSubstr("did you mean 'tool'?"));
}

std::string virtual_workspace() {
  return uv_head(R"(
[manifest]
members = ["lib", "tool"]

[manifest.dependency-groups]
dev = [{ name = "d" }]
ci = [{ name = "c", extras = ["x"], marker = "sys_platform == 'linux'" }, { name = "a", marker = "sys_platform == 'win32'" }]
)") + uv_tree("lib", "editable = \"lib\"", "dependencies = [{ name = \"a\" }]\n") +
         uv_tree("tool", "virtual = \"tool\"", "dependencies = [{ name = \"b\" }]\n") +
         uv_package("a", "1") + uv_package("b", "1") +
         uv_package("c", "1", "[package.optional-dependencies]\nx = [{ name = \"e\" }]\n") +
         uv_package("d", "1") + uv_package("e", "1");
}

TEST(Select, AVirtualRootInstallsEveryMember) {
  EXPECT_THAT(selected_names(virtual_workspace()), ElementsAre("a 1", "b 1", "d 1", "lib 0.1.0"));
  EXPECT_THAT(selected_names(virtual_workspace(), {.groups = {"ci"}, .no_groups = {"dev"}}),
              ElementsAre("a 1", "b 1", "c 1", "e 1", "lib 0.1.0"));
  EXPECT_THAT(selected_names(virtual_workspace(), {.only_groups = {"ci"}}),
              ElementsAre("c 1", "e 1"));
  EXPECT_THAT(selected_names(virtual_workspace(), {.packages = {"tool"}}), ElementsAre("b 1"));
}

TEST(Select, RequirementsOfAScriptChooseByResolutionMarkers) {
  std::string text =
      uv_head(
          "\n[manifest]\nrequirements = [{ name = \"num\" }, { name = \"x\", marker = "
          "\"sys_platform == 'win32'\" }]\n") +
      uv_package("num", "1", "resolution-markers = [\"platform_machine == 'aarch64'\"]\n") +
      uv_package("num", "2", "resolution-markers = [\"platform_machine != 'aarch64'\"]\n");
  EXPECT_THAT(selected_names(text), ElementsAre("num 2"));
  EXPECT_THAT(selected_names(text, {}, "linux/arm64"), ElementsAre("num 1"));
  std::string without_markers = uv_head("\n[manifest]\nrequirements = [{ name = \"num\" }]\n") +
                                uv_package("num", "1") + uv_package("num", "2");
  EXPECT_EQ(thrown(without_markers).kind, ErrorKind::malformed);
}

TEST(Select, TwoEntriesOfOneNameAreRefused) {
  std::string text = uv_head() + uv_tree("proj", "virtual = \".\"", R"(dependencies = [
    { name = "num", version = "1", source = { registry = "https://index.test/simple" } },
    { name = "num", version = "2", source = { registry = "https://index.test/simple" } },
]
)") + uv_package("num", "1") +
                     uv_package("num", "2");
  Thrown found = thrown(text);
  EXPECT_EQ(found.kind, ErrorKind::refused);
  EXPECT_THAT(found.message, HasSubstr("package 'num' is selected twice"));
}

// ---- pylock.toml ----

std::string pylock() {
  auto package =
      [](const std::string& name, const std::string& version, const std::string& marker) {
        return "[[packages]]\nname = \"" + name + "\"\nversion = \"" + version + "\"\n" +
               (marker.empty() ? "" : "marker = \"" + marker + "\"\n") +
               "wheels = [{ url = \"https://f.test/" + name + "-" + version +
               "-py3-none-any.whl\", hashes = { sha256 = \"" + std::string(64, 'a') + "\" } }]\n";
      };
  return "lock-version = \"1.0\"\ncreated-by = \"t\"\nrequires-python = \">=3.9\"\nextras = "
         "[\"web\"]\n"
         "dependency-groups = [\"default\", \"dev\"]\ndefault-groups = [\"default\"]\n" +
         package("base", "1", "'default' in dependency_groups") +
         package("dev", "1", "'dev' in dependency_groups") +
         package("web", "1", "'web' in extras") +
         package("num", "1", "platform_machine == 'x86_64'") +
         package("num", "2", "platform_machine == 'aarch64'");
}

std::vector<std::string> pylock_names(const Selection& selection = {},
                                      const std::string& platform = "linux/amd64") {
  return selected_names(pylock(), selection, platform, "pylock.toml");
}

TEST(SelectPylock, MarkersAreAskedForExtrasGroupsAndTarget) {
  EXPECT_THAT(pylock_names(), ElementsAre("base 1", "num 1"));
  EXPECT_THAT(pylock_names({}, "linux/arm64"), ElementsAre("base 1", "num 2"));
  EXPECT_THAT(pylock_names({.extras = {"Web"}}), ElementsAre("base 1", "num 1", "web 1"));
  EXPECT_THAT(pylock_names({.all_extras = true}), ElementsAre("base 1", "num 1", "web 1"));
  EXPECT_THAT(pylock_names({.groups = {"dev"}}), ElementsAre("base 1", "dev 1", "num 1"));
  EXPECT_THAT(pylock_names({.only_groups = {"dev"}}), ElementsAre("dev 1", "num 1"));
  EXPECT_THAT(pylock_names({.no_default_groups = true}), ElementsAre("num 1"));
  EXPECT_THAT(pylock_names({.all_groups = true}), ElementsAre("base 1", "dev 1", "num 1"));
}

TEST(SelectPylock, UnknownNamesAreRefused) {
  for (const Selection& selection :
       {Selection{.extras = {"x"}}, Selection{.groups = {"x"}}, Selection{.packages = {"x"}}}) {
    Thrown found = thrown(pylock(), selection, "pylock.toml");
    EXPECT_EQ(found.kind, ErrorKind::usage) << found.message;
  }
}

TEST(SelectPylock, TwoActiveEntriesOfOneNameAreRefused) {
  std::string twice = pylock();
  twice.replace(twice.find("== 'aarch64'"), 12, "!= 'aarch64'");
  Thrown found = thrown(twice, {}, "pylock.toml");
  EXPECT_EQ(found.kind, ErrorKind::refused);
  EXPECT_THAT(found.message, HasSubstr("package 'num' is selected twice"));
}

TEST(SelectPylock, UnsupportedPythonIsRefused) {
  std::string text =
      "lock-version = \"1.0\"\ncreated-by = \"t\"\n[[packages]]\nname = \"a\"\nversion = \"1\"\n"
      "requires-python = \">=3.12\"\nwheels = []\n";
  EXPECT_THAT(thrown(text, {}, "pylock.toml").message,
              HasSubstr("package 'a' wants Python >=3.12"));
  std::string whole =
      "lock-version = \"1.0\"\ncreated-by = \"t\"\nrequires-python = \">=3.12\"\npackages = []\n";
  EXPECT_EQ(thrown(whole, {}, "pylock.toml").kind, ErrorKind::refused);
  std::string environments =
      "lock-version = \"1.0\"\ncreated-by = \"t\"\nenvironments = [\"sys_platform == "
      "'win32'\"]\npackages = []\n";
  EXPECT_EQ(thrown(environments, {}, "pylock.toml").kind, ErrorKind::refused);
}

}  // namespace
}  // namespace cartwheel::plan
