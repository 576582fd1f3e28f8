#include "plan/gpu.h"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cartwheel::plan {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A plan of packages, and what add_gpu() finds in it.
struct Lab {
  explicit Lab(const std::string& platform = "amd64")
      : plan{.target = make_target(core::Platform::parse(platform),
                                   {.major = 2, .minor = 36},
                                   {.major = 3, .minor = 11},
                                   "3.11.2")} {}

  PlannedPackage& add(const std::string& name,
                      const std::string& accelerator = "",
                      std::map<std::string, std::uint64_t> sass = {},
                      std::map<std::string, std::uint64_t> ptx = {}) {
    core::Digest digest = core::Digest::of(name);
    PlannedPackage package{.name = name, .version = "1.0"};
    package.wheel = core::Artifact{.filename = name + "-1.0-cp311-cp311-manylinux_2_28_aarch64.whl",
                                   .url = "https://f.test/" + name,
                                   .hashes = {{"sha256", digest.hex()}}};
    package.inside_known = true;
    if (!accelerator.empty()) {
      package.accelerator = accelerator;
      package.accelerator_reason = "told so";
      plan.accelerator = accelerator;
    }
    wheels[digest].cuda_sass = std::move(sass);
    wheels[digest].cuda_ptx = std::move(ptx);
    plan.packages.push_back(package);
    return plan.packages.back();
  }

  const std::vector<Finding>& findings() {
    add_gpu(plan,
            {.base = base,
             .settings = settings,
             .facts = [this](const core::Digest& digest) -> std::optional<facts::WheelFacts> {
               return wheels.at(digest);
             }});
    return plan.findings;
  }

  facts::BaseFacts base;
  settings::Settings settings;
  Plan plan;
  std::map<core::Digest, facts::WheelFacts> wheels;
};

TEST(Driver, OfEachCuda) {
  EXPECT_EQ(minimum_driver("12.1"), "525.60.13");
  EXPECT_EQ(minimum_driver("12"), "525.60.13");
  EXPECT_EQ(minimum_driver("11.8"), "450.80.02");
  EXPECT_EQ(minimum_driver("13.0"), "580.65.06");
  EXPECT_EQ(minimum_driver("10.2"), "");
  EXPECT_EQ(toolkit_driver("12.1"), "530.30.02");
  EXPECT_EQ(toolkit_driver("13.2"), "595.45.04");
  EXPECT_EQ(toolkit_driver("12"), "") << "the minor is not known";
}

TEST(Code, RunsOnTheSameMajorAndByPtxOnLaterOnes) {
  using List = std::vector<std::string>;
  struct Case {
    const char* gpu;
    List sass, ptx;
    bool runs;
  };
  for (const Case& row : std::vector<Case>{
           {"sm_86", {"sm_80"}, {}, true},
           {"sm_80", {"sm_86"}, {}, false},
           {"sm_90", {"sm_80", "sm_86"}, {}, false},
           {"sm_90", {"sm_80"}, {"compute_80"}, true},
           {"sm_75", {"sm_80"}, {"compute_80"}, false},
           {"sm_90", {"sm_90a"}, {}, true},
           {"sm_103", {"sm_100a"}, {}, false},
           {"sm_103", {"sm_100f"}, {}, true},
           {"sm_120", {"sm_90a"}, {"compute_90a"}, false},
           {"sm_120", {"sm_100"}, {}, false},
           {"sm_120", {}, {"compute_90"}, true},
           {"sm_90", {}, {"compute_90a"}, true},
           {"sm_100", {}, {"compute_90a"}, false},
           {"sm_103", {"sm_100f"}, {}, true},
           {"sm_100", {"sm_103f"}, {}, false},
           {"sm_103", {}, {"compute_100f"}, true},
           {"sm_120", {"sm_100f"}, {"compute_100f"}, false},
           {"sm_90", {}, {}, false},
       }) {
    EXPECT_EQ(has_code_for(row.gpu, {row.sass, row.ptx}), row.runs) << row.gpu;
  }
}

// The numbers of torch 2.4.0+cu121 and nvidia-cublas-cu12 12.1.3.1.
TEST(Code, OfAFewStraysDoesNotCount) {
  GpuArchitectures torch = architectures_of(
      {.package = "torch",
       .sass = {{"sm_50", 444}, {"sm_75", 337}, {"sm_86", 458}, {"sm_89", 1}, {"sm_90", 444}},
       .ptx = {{"compute_52", 1}}});
  EXPECT_THAT(torch.sass, ElementsAre("sm_50", "sm_75", "sm_86", "sm_90"));
  EXPECT_THAT(torch.ptx, IsEmpty());
  EXPECT_FALSE(has_code_for("sm_120", torch));
  GpuArchitectures cublas = architectures_of({.package = "nvidia-cublas-cu12",
                                              .sass = {{"sm_75", 132}, {"sm_90", 935}},
                                              .ptx = {{"compute_90", 286}}});
  EXPECT_TRUE(has_code_for("sm_75", cublas));
  EXPECT_FALSE(has_code_for("sm_120", cublas));
}

TEST(Code, IsListedFromTheOldestGpuOn) {
  GpuArchitectures code = architectures_of(
      {.package = "x",
       .sass = {{"sm_100", 5}, {"sm_100f", 5}, {"sm_75", 5}, {"sm_90", 5}, {"sm_90a", 5}},
       .ptx = {{"compute_120", 5}, {"compute_80", 5}}});
  EXPECT_THAT(code.sass, ElementsAre("sm_75", "sm_90", "sm_90a", "sm_100", "sm_100f"));
  EXPECT_THAT(code.ptx, ElementsAre("compute_80", "compute_120"));
}

TEST(Gpu, ExpectedOnesMustHaveCodeInEveryWheelThatHasSome) {
  Lab lab;
  lab.settings.expect_gpu = {{"", {"sm_90", "sm_120"}}};
  lab.add("plain");
  lab.add("torch", "cuda 12.1", {{"sm_80", 9}, {"sm_90", 9}}, {{"compute_90", 9}});
  lab.add("xformers", "cuda 12.1", {{"sm_80", 9}, {"sm_90", 9}}, {{"compute_52", 1}});
  ASSERT_EQ(lab.findings().size(), 1U);
  EXPECT_EQ(lab.plan.findings[0].code, "gpu-unsupported");
  EXPECT_EQ(lab.plan.findings[0].severity, Severity::error);
  EXPECT_EQ(lab.plan.findings[0].message,
            "xformers has no code for sm_120: machine code for sm_80, sm_90, PTX for none");
  EXPECT_EQ(lab.plan.gpu.driver, "525.60.13");
  EXPECT_EQ(lab.plan.gpu.driver_for_ptx, "530.30.02");
  EXPECT_EQ(lab.plan.gpu.code.size(), 2U);
}

TEST(Gpu, APlatformWithoutCodeIsToldWhenOneIsExpectedOfIt) {
  Lab lab;
  lab.settings.expect_gpu = {{"", {"sm_90"}}};
  lab.add("numpy", "cpu");
  EXPECT_THAT(lab.findings(), IsEmpty()) << "what is said for all concerns those with CUDA";
  lab.settings.expect_gpu = {{"linux/amd64", {"sm_90"}}};
  ASSERT_EQ(lab.findings().size(), 1U);
  EXPECT_THAT(lab.plan.findings[0].message, HasSubstr("no wheel holds code"));
  Lab unknown;
  unknown.settings = lab.settings;
  unknown.add("numpy").inside_known = false;
  EXPECT_THAT(unknown.findings(), IsEmpty());
}

TEST(Gpu, JetsonWheelsAreTold) {
  Lab lab("arm64");
  PlannedPackage& package = lab.add("torch", "cuda 12.6");
  EXPECT_EQ(jetson_reason(package), std::nullopt);
  package.version = "2.5.0a0+872d972e41.nv24.08";
  EXPECT_EQ(jetson_reason(package), std::nullopt) << "a manylinux wheel";
  package.source.location = "https://pypi.jetson-ai-lab.io/jp6/cu126";
  EXPECT_THAT(*jetson_reason(package), HasSubstr("jetson"));
  package.source.location = "https://mirror.test/jp6/cu126";
  EXPECT_EQ(jetson_reason(package), "index jp6");
  package.source.location = "https://mirror.test/simple";
  package.version = "2.5.0+nv24.08";
  package.wheel->filename = "torch-2.5.0+nv24.08-cp310-cp310-linux_aarch64.whl";
  EXPECT_THAT(*jetson_reason(package), HasSubstr("+nv24.08"));
}

TEST(Gpu, AJetsonWheelOnAServerAndTheOtherWayRound) {
  Lab server("arm64");
  server.add("torch", "cuda 12.6").source.location = "https://mirror.test/jp6/cu126";
  ASSERT_EQ(server.findings().size(), 1U);
  EXPECT_EQ(server.plan.findings[0].code, "gpu-system-differs");
  EXPECT_EQ(server.plan.findings[0].severity, Severity::error);

  Lab jetson("arm64");
  jetson.settings.arm64 = "jetson";
  jetson.add("numpy");
  jetson.add("torch", "cuda 12.6");
  ASSERT_EQ(jetson.findings().size(), 1U);
  EXPECT_THAT(jetson.plan.findings[0].message, HasSubstr("for servers (told so)"));
  EXPECT_EQ(jetson.plan.gpu.driver, "") << "JetPack's";

  Lab newer("arm64");
  newer.settings.arm64 = "jetson";
  newer.add("torch", "cuda 13.0");
  EXPECT_THAT(newer.findings(), IsEmpty()) << "from CUDA 13 on they are the same";
}

TEST(Gpu, CudaInTheBaseIsThereTwice) {
  Lab lab;
  lab.base.cuda = "12.4";
  lab.base.cuda_size = 3'100'000'000;
  lab.base.library_path = "/usr/local/cuda/lib64";
  EXPECT_THAT(lab.findings(), IsEmpty()) << "without wheels that bring it";
  lab.add("nvidia-cublas-cu12", "cuda 12");
  ASSERT_EQ(lab.findings().size(), 2U);
  EXPECT_EQ(lab.plan.findings[0].code, "cuda-twice");
  EXPECT_EQ(lab.plan.findings[0].message,
            "the base carries CUDA 12.4 in 3.1 GB, and the wheels bring their own (cuda 12)");
  EXPECT_EQ(lab.plan.findings[1].code, "library-path");
  Lab unset = lab;
  unset.plan.findings.clear();
  unset.base.cuda = "";
  unset.settings.env["LD_LIBRARY_PATH"] = "";
  EXPECT_THAT(unset.findings(), IsEmpty());
}

}  // namespace
}  // namespace cartwheel::plan
