#include "plan/target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cartwheel::plan {
namespace {

TEST(Target, EnvironmentIsThatOfUvsCrossTargets) {
  Target target =
      make_target(core::Platform::parse("linux/arm64"), {2, 36}, {3, 11, false}, "3.11.2");
  EXPECT_THAT(target.environment.variables,
              testing::ElementsAre(testing::Pair("implementation_name", "cpython"),
                                   testing::Pair("implementation_version", "3.11.2"),
                                   testing::Pair("os_name", "posix"),
                                   testing::Pair("platform_machine", "aarch64"),
                                   testing::Pair("platform_python_implementation", "CPython"),
                                   testing::Pair("platform_release", ""),
                                   testing::Pair("platform_system", "Linux"),
                                   testing::Pair("platform_version", ""),
                                   testing::Pair("python_full_version", "3.11.2"),
                                   testing::Pair("python_version", "3.11"),
                                   testing::Pair("sys_platform", "linux")));
  EXPECT_TRUE(target.environment.extras.empty());
  EXPECT_EQ(target.tags.ordered().front(), "cp311-cp311-manylinux_2_36_aarch64");
}

TEST(Target, PatchLevelIsZeroWhenNotKnown) {
  Target target = make_target(core::Platform::parse("linux/amd64"), {2, 28}, {3, 13, true}, "");
  EXPECT_EQ(target.environment.variables.at("python_full_version"), "3.13.0");
  EXPECT_EQ(target.environment.variables.at("platform_machine"), "x86_64");
  EXPECT_EQ(target.tags.ordered().front(), "cp313-cp313t-manylinux_2_28_x86_64");
}

}  // namespace
}  // namespace cartwheel::plan
