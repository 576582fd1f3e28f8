#include "plan/needs.h"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cartwheel::plan {
namespace {

using facts::ElfFacts;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A plan of packages with these ELF files, and what a base with libc, libm and libstdc++ lets of
// it.
struct Lab {
  Lab() {
    base.glibc = "2.36";
    base.libstdcxx = "3.4.30";
    base.cxxabi = "1.3.13";
    base.libraries = {"libc.so.6", "libm.so.6", "libstdc++.so.6"};
  }

  // Names in order.
  void add(const std::string& name,
           std::vector<ElfFacts> elf,
           std::vector<std::string> requires_dist = {},
           const std::string& tag = "cp311-cp311-manylinux_2_28_x86_64") {
    core::Digest digest = core::Digest::of(name);
    PlannedPackage package{.name = name, .version = "1.0"};
    package.wheel = core::Artifact{.filename = name + "-1.0-" + tag + ".whl",
                                   .url = "https://f.test/" + name,
                                   .hashes = {{"sha256", digest.hex()}}};
    plan.packages.push_back(package);
    facts::WheelFacts& known = wheels[digest];
    for (ElfFacts& one : elf) {
      one.path = "purelib/" + one.path;
      one.machine = one.machine.empty() ? "x86_64" : one.machine;
    }
    known.elf = std::move(elf);
    known.requires_dist = std::move(requires_dist);
  }

  const Needs& needs() {
    add_needs(plan,
              {.base = base,
               .settings = settings,
               .facts = [this](const core::Digest& digest) -> std::optional<facts::WheelFacts> {
                 auto found = wheels.find(digest);
                 return found == wheels.end() ? std::nullopt : std::optional(found->second);
               },
               .debian_package =
                   [](const std::string& soname) {
                     static const std::map<std::string, std::string> kPackages = {
                         {"libGL.so.1", "libgl1"},
                         {"libgthread-2.0.so.0", "libglib2.0-0"},
                         {"libsndfile.so.1", "libsndfile1"}};
                     auto found = kPackages.find(soname);
                     return found == kPackages.end() ? "" : found->second;
                   },
               .adds_packages = adds_packages});
    return plan.needs;
  }

  std::vector<std::string> missing() {
    std::vector<std::string> out;
    for (const MissingLibrary& one : needs().missing) {
      out.push_back(one.package + " " + one.soname + (one.required ? " required" : ""));
    }
    return out;
  }

  facts::BaseFacts base;
  settings::Settings settings;
  bool adds_packages = false;
  Plan plan{.target = make_target(core::Platform::parse("amd64"),
                                  {.major = 2, .minor = 36},
                                  {.major = 3, .minor = 11},
                                  "3.11.2")};
  std::map<core::Digest, facts::WheelFacts> wheels;
};

ElfFacts opencv_module() {
  return {.path = "cv2/cv2.abi3.so",
          .needed = {"libavcodec-1.so.59", "libGL.so.1", "libgthread-2.0.so.0", "libc.so.6"},
          .rpath = {"$ORIGIN/../opencv_python.libs"}};
}
ElfFacts opencv_library() {
  return {.path = "opencv_python.libs/libavcodec-1.so.59", .soname = "libavcodec-1.so.59"};
}

TEST(Needs, WhatAnExtensionModuleLacksIsAnErrorThatNamesThePackages) {
  Lab lab;
  lab.add("opencv-python", {opencv_module(), opencv_library()});
  EXPECT_TRUE(lab.needs().checked);
  EXPECT_THAT(lab.plan.needs.apt, ElementsAre("libgl1", "libglib2.0-0"));
  ASSERT_EQ(lab.plan.findings.size(), 1U);
  const Finding& finding = lab.plan.findings[0];
  EXPECT_EQ(finding.code, "library-missing");
  EXPECT_EQ(finding.severity, Severity::error);
  EXPECT_EQ(finding.message,
            "opencv-python: cv2/cv2.abi3.so needs libGL.so.1 (package libgl1), "
            "libgthread-2.0.so.0 (package libglib2.0-0), which the loader does not find");
  EXPECT_EQ(finding.remedy, "add apt = [\"libgl1\", \"libglib2.0-0\"], or apt-auto = true");
}

TEST(Needs, WhatWillBeAddedIsNoError) {
  Lab lab;
  lab.adds_packages = true;
  lab.add("opencv-python", {opencv_module(), opencv_library()});
  EXPECT_THAT(lab.needs().apt, ElementsAre("libgl1", "libglib2.0-0"));
  EXPECT_THAT(lab.plan.findings, IsEmpty());
}

TEST(Needs, ABaseThatHasThemIsEnough) {
  Lab lab;
  lab.base.libraries = {"libGL.so.1", "libc.so.6", "libgthread-2.0.so.0"};
  lab.add("opencv-python", {opencv_module(), opencv_library()});
  EXPECT_TRUE(lab.needs().checked);
  EXPECT_THAT(lab.plan.findings, IsEmpty());
}

TEST(Needs, NothingIsClaimedOfWhatIsNotKnown) {
  Lab unknown_base;
  unknown_base.base.libraries.clear();
  unknown_base.add("opencv-python", {opencv_module()});
  EXPECT_FALSE(unknown_base.needs().checked);
  EXPECT_THAT(unknown_base.plan.findings, IsEmpty());
  Lab unknown_wheel;
  unknown_wheel.add("opencv-python", {opencv_module()});
  unknown_wheel.add("torch", {});
  unknown_wheel.wheels.erase(core::Digest::of(std::string_view("torch")));
  EXPECT_FALSE(unknown_wheel.needs().checked);
  EXPECT_THAT(unknown_wheel.plan.findings, IsEmpty());
}

TEST(Needs, APlugInThatLacksSomethingIsAWarning) {
  Lab lab;
  lab.add("onnxruntime-gpu",
          {{.path = "onnxruntime/capi/libonnxruntime_providers_tensorrt.so",
            .needed = {"libnvinfer.so.10", "libc.so.6"}},
           {.path = "onnxruntime/capi/state.cpython-311-x86_64-linux-gnu.so",
            .needed = {"libc.so.6"}}});
  EXPECT_THAT(lab.missing(), ElementsAre("onnxruntime-gpu libnvinfer.so.10"));
  ASSERT_EQ(lab.plan.findings.size(), 1U);
  EXPECT_EQ(lab.plan.findings[0].severity, Severity::warning);
  EXPECT_THAT(lab.plan.findings[0].message, HasSubstr("wheel tensorrt-cu12"));
  EXPECT_THAT(lab.plan.needs.apt, IsEmpty());
}

TEST(Needs, PlugInsOfNvidiasWheelsAreOnlyAnInfo) {
  Lab lab;
  lab.add("nvidia-cufile-cu12",
          {{.path = "nvidia/cufile/lib/libcufile_rdma.so.1", .needed = {"libibverbs.so.1"}}},
          {},
          "py3-none-manylinux2014_x86_64");
  lab.needs();
  ASSERT_EQ(lab.plan.findings.size(), 1U);
  EXPECT_EQ(lab.plan.findings[0].severity, Severity::info);
}

TEST(Needs, WhatALibraryOfAModuleLacksIsTheModulesProblem) {
  Lab lab;
  lab.add("x",
          {{.path = "x/m.abi3.so", .needed = {"liba.so"}, .runpath = {"$ORIGIN/l"}},
           {.path = "x/l/liba.so", .soname = "liba.so", .needed = {"libsndfile.so.1"}}});
  EXPECT_THAT(lab.missing(), ElementsAre("x libsndfile.so.1 required"));
}

TEST(Needs, OptionalModulesDoNotStopTheBuild) {
  Lab lab;
  lab.add("cupy-cuda12x",
          {{.path = "cupy_backends/cuda/libs/nccl.cpython-311-x86_64-linux-gnu.so",
            .needed = {"libnccl.so.2"}},
           {.path = "cupy_backends/cuda/libs/cublas.cpython-311-x86_64-linux-gnu.so",
            .needed = {"libcublas.so.12"}}});
  EXPECT_THAT(lab.missing(),
              ElementsAre("cupy-cuda12x libcublas.so.12 required", "cupy-cuda12x libnccl.so.2"));
}

TEST(Needs, TheDriverAndTheUserBringSome) {
  Lab lab;
  lab.settings.provided_libraries = {"libhost*.so.*"};
  lab.add(
      "x",
      {{.path = "x/m.abi3.so",
        .needed = {"libcuda.so.1", "libnvidia-ml.so.1", "libnvcuvid.so.1", "libhostlib.so.2"}}});
  EXPECT_THAT(lab.missing(), IsEmpty());
}

TEST(Needs, LibrariesOfARequiredPackageAreLoadedByIt) {
  Lab lab;
  lab.add("nvidia-cuda-runtime-cu12",
          {{.path = "nvidia/cuda_runtime/lib/libcudart.so.12", .soname = "libcudart.so.12"}},
          {},
          "py3-none-manylinux1_x86_64");
  lab.add("torch",
          {{.path = "torch/lib/libtorch.so",
            .soname = "libtorch.so",
            .needed = {"libcudart.so.12"},
            .rpath = {"$ORIGIN/../../nvidia/cuda_runtime/lib"}}},
          {"nvidia-cuda-runtime-cu12"});
  lab.add("torchvision",
          {{.path = "torchvision/_C.cpython-311-x86_64-linux-gnu.so",
            .needed = {"libtorch.so", "libcudart.so.12"}}},
          {"torch (==1.0)"});
  EXPECT_TRUE(lab.needs().checked);
  EXPECT_THAT(lab.plan.needs.missing, IsEmpty());
  EXPECT_THAT(lab.plan.needs.folders, IsEmpty()) << "torch's own paths lead there";
}

TEST(Needs, LibrariesOfAPackageThatIsNotRequiredAreAWarning) {
  Lab lab;
  lab.add("detectron2",
          {{.path = "detectron2/_C.cpython-311-x86_64-linux-gnu.so", .needed = {"libtorch.so"}}});
  lab.add("torch", {{.path = "torch/lib/libtorch.so", .soname = "libtorch.so"}});
  EXPECT_THAT(lab.missing(), ElementsAre("detectron2 libtorch.so"));
  ASSERT_EQ(lab.plan.findings.size(), 1U);
  EXPECT_EQ(lab.plan.findings[0].severity, Severity::warning);
  EXPECT_THAT(lab.plan.findings[0].message, HasSubstr("libtorch.so (in torch)"));
}

TEST(Needs, LibrariesThatOnlyNvidiasWheelsHaveGetAFolder) {
  Lab lab;
  lab.add("nvidia-cublas-cu12",
          {{.path = "nvidia/cublas/lib/libcublas.so.12",
            .soname = "libcublas.so.12",
            .needed = {"libcublasLt.so.12"}},
           {.path = "nvidia/cublas/lib/libcublasLt.so.12", .soname = "libcublasLt.so.12"}},
          {},
          "py3-none-manylinux1_x86_64");
  lab.add("nvidia-cudnn-cu12",
          {{.path = "nvidia/cudnn/lib/libcudnn.so.9", .soname = "libcudnn.so.9"}},
          {},
          "py3-none-manylinux1_x86_64");
  lab.add("onnxruntime-gpu",
          {{.path = "onnxruntime/capi/libonnxruntime_providers_cuda.so",
            .needed = {"libcublasLt.so.12", "libcublas.so.12"},
            .runpath = {"/usr/local/cuda-12.2/lib", ""}}});
  ASSERT_EQ(lab.needs().folders.size(), 2U);
  const LibraryFolder& cublas = lab.plan.needs.folders[0];
  EXPECT_EQ(cublas.path, "/opt/venv/lib/python3.11/site-packages/nvidia/cublas/lib");
  EXPECT_THAT(cublas.wanted_by, ElementsAre("onnxruntime-gpu"));
  ASSERT_EQ(cublas.libraries.size(), 2U);
  EXPECT_EQ(cublas.libraries[0].soname, "libcublas.so.12");
  EXPECT_THAT(lab.plan.needs.folders[1].path, HasSubstr("nvidia/cudnn/lib"))
      << "opened by name, as the table says";
  EXPECT_THAT(lab.plan.findings, IsEmpty());
}

TEST(Needs, LibrariesOpenedByNameCountUnlessTheWheelBringsThem) {
  Lab lab;
  lab.add("soundfile", {}, {}, "py2.py3-none-any");
  EXPECT_THAT(lab.missing(), ElementsAre("soundfile libsndfile.so.1 required"));
  EXPECT_THAT(lab.plan.needs.apt, ElementsAre("libsndfile1"));
  Lab own;
  own.add("soundfile", {{.path = "_soundfile_data/libsndfile_x86_64.so"}});
  EXPECT_THAT(own.missing(), IsEmpty());
}

TEST(Needs, AnOlderLibstdcxxInTheBase) {
  Lab lab;
  lab.add("x",
          {{.path = "x/m.abi3.so",
            .needed = {"libstdc++.so.6"},
            .versions = {{"libstdc++.so.6", {{"GLIBCXX", "3.4.32"}, {"CXXABI", "1.3.9"}}}}},
           {.path = "x/plugin.so",
            .needed = {"libstdc++.so.6"},
            .versions = {{"libstdc++.so.6", {{"CXXABI", "1.3.15"}}}}}});
  lab.needs();
  ASSERT_EQ(lab.plan.findings.size(), 2U);
  EXPECT_EQ(lab.plan.findings[0].code, "libstdcxx-too-old");
  EXPECT_EQ(lab.plan.findings[0].severity, Severity::error);
  EXPECT_THAT(lab.plan.findings[0].message, HasSubstr("GLIBCXX_3.4.32"));
  EXPECT_EQ(lab.plan.findings[1].severity, Severity::warning);
}

TEST(Needs, AnOwnLibstdcxxCounts) {
  Lab lab;
  lab.add("x",
          {{.path = "x/m.abi3.so",
            .needed = {"libstdc++.so.6"},
            .runpath = {"$ORIGIN"},
            .versions = {{"libstdc++.so.6", {{"GLIBCXX", "3.4.99"}}}}},
           {.path = "x/libstdc++.so.6", .soname = "libstdc++.so.6"}});
  lab.needs();
  EXPECT_THAT(lab.plan.findings, IsEmpty());
}

TEST(Needs, ExcludedFilesNeedNothing) {
  Lab lab;
  lab.settings.exclude = {{"opencv-python", {"cv2/*.so"}}};
  lab.add("opencv-python", {opencv_module()});
  EXPECT_THAT(lab.missing(), IsEmpty());
}

}  // namespace
}  // namespace cartwheel::plan
