#include "plan/jit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cartwheel::plan {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

std::vector<Finding> found(const std::vector<std::string>& packages,
                           const std::vector<std::string>& programs,
                           const settings::Settings& settings = {}) {
  Plan plan{.target = make_target(core::Platform::parse("amd64"),
                                  {.major = 2, .minor = 36},
                                  {.major = 3, .minor = 11},
                                  "3.11.2")};
  for (const std::string& name : packages) {
    plan.packages.push_back({.name = name, .version = "1.0"});
  }
  facts::BaseFacts base;
  base.libraries = {"libc.so.6"};
  base.programs = programs;
  add_jit(plan, base, settings);
  return plan.findings;
}

TEST(Jit, TritonWantsACompilerAndLdconfig) {
  std::vector<Finding> none = found({"triton"}, {});
  ASSERT_EQ(none.size(), 1U);
  EXPECT_EQ(none[0].code, "jit-compiler-missing");
  EXPECT_EQ(none[0].severity, Severity::info);
  EXPECT_THAT(none[0].message, HasSubstr("a C compiler and ldconfig"));
  EXPECT_THAT(none[0].remedy, HasSubstr("jit = \"gcc\""));
  EXPECT_THAT(found({"triton"}, {"ldconfig"})[0].message, HasSubstr("wants a C compiler at run"));
  EXPECT_THAT(found({"triton"}, {"clang", "ldconfig"}), IsEmpty());
  EXPECT_THAT(found({"numpy"}, {}), IsEmpty());
}

TEST(Jit, TheAddOnIsACompiler) {
  settings::Settings settings;
  EXPECT_THAT(jit_packages(settings), IsEmpty());
  settings.jit = "gcc";
  EXPECT_THAT(jit_packages(settings), testing::ElementsAre("gcc", "libc6-dev"));
  EXPECT_THAT(found({"triton"}, {"ldconfig"}, settings), IsEmpty());
}

TEST(Jit, FlashinferWantsNvccOrItsKernels) {
  ASSERT_EQ(found({"flashinfer-python"}, {}).size(), 1U);
  EXPECT_EQ(found({"flashinfer-python"}, {})[0].severity, Severity::warning);
  EXPECT_THAT(found({"flashinfer-python"}, {"nvcc"}), IsEmpty());
  EXPECT_THAT(found({"flashinfer-jit-cache", "flashinfer-python"}, {}), IsEmpty());
}

}  // namespace
}  // namespace cartwheel::plan
