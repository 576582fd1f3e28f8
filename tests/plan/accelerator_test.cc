#include "plan/accelerator.h"

#include <gtest/gtest.h>

namespace cartwheel::plan {
namespace {

lock::Package package(const std::string& name,
                      const std::string& version,
                      const std::string& index = "") {
  lock::Package out;
  out.name = name;
  out.version = version;
  out.source.location = index;
  return out;
}

std::string answer(const lock::Package& asked,
                   const std::vector<lock::Package>& dependencies = {},
                   const std::string& wheel = "x-1-cp311-cp311-manylinux_2_28_x86_64.whl",
                   const facts::WheelFacts* facts = nullptr) {
  std::vector<const lock::Package*> pointers;
  for (const lock::Package& dependency : dependencies) {
    pointers.push_back(&dependency);
  }
  std::optional<Accelerator> found = accelerator_of(
      {.package = asked, .wheel_filename = wheel, .dependencies = pointers, .facts = facts});
  return found ? found->name : "unknown";
}

TEST(Accelerator, TagsOfIndexesAndLocalVersions) {
  struct Row {
    const char *tag, *name;
  };
  for (const Row& row : std::vector<Row>{{"cu118", "cuda 11.8"},
                                         {"cu121", "cuda 12.1"},
                                         {"cu130", "cuda 13.0"},
                                         {"cu92", "cuda 9.2"},
                                         {"cpu", "cpu"},
                                         {"rocm6.4", "rocm 6.4"},
                                         {"xpu", "xpu"},
                                         {"cu", ""},
                                         {"custom", ""},
                                         {"rocm", ""},
                                         {"cp311", ""}}) {
    EXPECT_EQ(accelerator_of_tag(row.tag).value_or(""), row.name) << row.tag;
  }
}

TEST(Accelerator, LocalVersionTellsFirst) {
  EXPECT_EQ(answer(package("torch", "2.4.0+cu121", "https://i.example/whl/cpu")), "cuda 12.1");
  EXPECT_EQ(answer(package("torch", "2.8.0+rocm6.4")), "rocm 6.4");
  EXPECT_EQ(answer(package("torch", "2.8.0+cpu")), "cpu");
  EXPECT_EQ(answer(package("some", "1.0+abc.cu126")), "cuda 12.6");
}

TEST(Accelerator, NvidiaPackagesTellTheExactVersion) {
  std::vector<lock::Package> nvidia = {package("nvidia-cublas-cu12", "12.1.3.1"),
                                       package("nvidia-cuda-runtime-cu12", "12.1.105")};
  EXPECT_EQ(answer(package("torch", "2.4.0"), nvidia), "cuda 12.1");
  EXPECT_EQ(answer(package("torch", "2.4.0"), {nvidia[0]}), "cuda 12");
  EXPECT_EQ(answer(nvidia[1]), "cuda 12.1");
  EXPECT_EQ(answer(package("nvidia-cuda-runtime", "13.0.48")), "cuda 13.0");
}

TEST(Accelerator, NamesAndIndexes) {
  EXPECT_EQ(answer(package("cupy-cuda12x", "13.0")), "cuda 12");
  EXPECT_EQ(answer(package("jax-cuda12-plugin", "0.5")), "cuda 12");
  EXPECT_EQ(answer(package("onnxruntime-gpu", "1.19.2")), "cuda");
  EXPECT_EQ(answer(package("onnxruntime", "1.19.2")), "cpu");
  EXPECT_EQ(answer(package("torchvision", "0.19.0", "https://i.example/whl/cu124")), "cuda 12.4");
  EXPECT_EQ(answer(package("torch", "2.4.0", "https://i.example/simple")), "cpu");
  EXPECT_EQ(answer(package("numpy", "2.0", "https://i.example/simple")), "unknown");
  EXPECT_EQ(answer(package("cuda-python", "12.0"), {}, "x-1-py3-none-any.whl"), "unknown");
}

TEST(Accelerator, FactsTellWhatTheWheelNeeds) {
  facts::WheelFacts facts;
  facts.elf.push_back({.path = "purelib/a/b.so", .needed = {"libc.so.6"}});
  EXPECT_EQ(answer(package("numpy", "2.0"), {}, "x-1-cp311-cp311-linux_x86_64.whl", &facts), "cpu");
  facts.elf[0].needed.emplace_back("libcudart.so.12");
  EXPECT_EQ(answer(package("thing", "2.0"), {}, "x-1-cp311-cp311-linux_x86_64.whl", &facts),
            "cuda 12");
}

TEST(Accelerator, AnExpectationMatchesWholeParts) {
  EXPECT_TRUE(accelerator_matches("cuda", "cuda 12.1"));
  EXPECT_TRUE(accelerator_matches("cuda 12", "cuda 12.1"));
  EXPECT_TRUE(accelerator_matches("cuda 12.1", "cuda 12.1"));
  EXPECT_FALSE(accelerator_matches("cuda 12.1", "cuda 12"));
  EXPECT_FALSE(accelerator_matches("cuda 1", "cuda 12.1"));
  EXPECT_FALSE(accelerator_matches("cpu", "cuda 12.1"));
}

}  // namespace
}  // namespace cartwheel::plan
