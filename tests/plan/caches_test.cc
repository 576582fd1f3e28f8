#include "plan/caches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cartwheel::plan {
namespace {

using testing::ElementsAre;
using testing::Pair;

Plan plan_of(const std::vector<std::string>& names) {
  Plan plan{.target = make_target(core::Platform::parse("linux/amd64"),
                                  python::Glibc::parse("2.36"),
                                  python::PythonVersion::parse("3.11"),
                                  "3.11.2")};
  for (const std::string& name : names) {
    plan.packages.push_back({.name = name});
  }
  return plan;
}

TEST(Caches, OfAnyClosureIsXdgsOwn) {
  EXPECT_THAT(cache_variables(plan_of({"attrs"}), "/tmp/cache"),
              ElementsAre(Pair("XDG_CACHE_HOME", "/tmp/cache")));
}

TEST(Caches, FollowThePackages) {
  EXPECT_THAT(
      cache_variables(plan_of({"matplotlib", "numba", "torch", "transformers", "triton"}), "/c"),
      ElementsAre(Pair("HF_HOME", "/c/huggingface"),
                  Pair("MPLCONFIGDIR", "/c/matplotlib"),
                  Pair("NUMBA_CACHE_DIR", "/c/numba"),
                  Pair("TORCHINDUCTOR_CACHE_DIR", "/c/torchinductor"),
                  Pair("TORCH_HOME", "/c/torch"),
                  Pair("TRITON_CACHE_DIR", "/c/triton"),
                  Pair("XDG_CACHE_HOME", "/c")));
}

TEST(Caches, OneVariableOfSeveralPackagesComesOnce) {
  EXPECT_THAT(cache_variables(plan_of({"datasets", "huggingface-hub"}), "/c"),
              ElementsAre(Pair("HF_HOME", "/c/huggingface"), Pair("XDG_CACHE_HOME", "/c")));
}

TEST(Caches, NamesOfAFamilyMatchByTheirBeginning) {
  EXPECT_THAT(cache_variables(plan_of({"cupy-cuda12x", "pytorch-triton-rocm"}), "/c"),
              ElementsAre(Pair("CUPY_CACHE_DIR", "/c/cupy"),
                          Pair("TRITON_CACHE_DIR", "/c/triton"),
                          Pair("XDG_CACHE_HOME", "/c")));
  EXPECT_THAT(cache_variables(plan_of({"torch-geometric", "matplotlib-inline"}), "/c"),
              ElementsAre(Pair("XDG_CACHE_HOME", "/c")));
}

}  // namespace
}  // namespace cartwheel::plan
