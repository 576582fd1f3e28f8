#include "plan/make_plan.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "plan/lock_text.h"
#include "plan/report.h"
#include "util/error.h"

namespace cartwheel::plan {
namespace {

constexpr const char* kHash =
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

struct Made {
  settings::Loaded loaded;
  lock::Lock lock;
  std::vector<Plan> plans;
};

std::string root(const std::string& dependencies, const std::string& more = "") {
  return "\n[[package]]\nname = \"app\"\nversion = \"1.0\"\nsource = { virtual = \".\" "
         "}\ndependencies = [" +
         dependencies + "]\n" + more;
}

std::string wheel(const std::string& filename, const std::string& hash = kHash) {
  std::string text = "{ url = \"https://user:secret@f.test/" + filename + "\"";
  return text + (hash.empty() ? "" : ", hash = \"" + hash + "\", size = 5000000") + " }";
}

std::string package(const std::string& name,
                    const std::string& version,
                    const std::string& wheels,
                    const std::string& more = "") {
  return "\n[[package]]\nname = \"" + name + "\"\nversion = \"" + version +
         "\"\nsource = " + kIndex + "\nwheels = [" + wheels + "]\n" + more;
}

Made make(const std::string& lock_text,
          const std::optional<std::string>& pyproject = std::nullopt,
          const std::optional<facts::WheelFacts>& facts = std::nullopt,
          const std::vector<facts::InstalledPath>& paths = {},
          const Selection& selection = {},
          const std::optional<GivenWheel>& given = std::nullopt) {
  Made made;
  made.loaded = settings::load(pyproject, std::nullopt);
  made.lock = lock::read("uv.lock", uv_head() + lock_text);
  PlanInput input;
  input.loaded = &made.loaded;
  input.facts = [facts](const core::Digest&) { return facts; };
  input.paths = [paths](const core::Digest&) {
    return paths.empty() ? std::nullopt : std::optional(paths);
  };
  input.is_copied = [](const lock::Package& asked) {
    return asked.source.kind == lock::SourceKind::virtual_;
  };
  input.given = [given](const lock::Package&) { return given; };
  for (core::Architecture architecture : {core::Architecture::amd64, core::Architecture::arm64}) {
    Target target =
        make_target({architecture}, {.major = 2, .minor = 36}, {.major = 3, .minor = 11}, "3.11.2");
    made.plans.push_back(make_plan(made.lock, selection, target, input));
  }
  return made;
}

std::vector<std::string> codes(const std::vector<Finding>& findings) {
  std::vector<std::string> out;
  for (const Finding& finding : findings) {
    out.push_back(finding.code);
  }
  return out;
}

const std::string kTorch =
    root("{ name = \"torch\" }") +
    package("torch",
            "2.4.0",
            wheel("torch-2.4.0-cp311-cp311-manylinux1_x86_64.whl") + ", " +
                wheel("torch-2.4.0-cp311-cp311-manylinux2014_aarch64.whl"),
            "dependencies = [{ name = \"nvidia-cuda-runtime-cu12\", marker = \"platform_machine == "
            "'x86_64'\" }]\n") +
    package("nvidia-cuda-runtime-cu12",
            "12.1.105",
            wheel("nvidia_cuda_runtime_cu12-12.1.105-py3-none-manylinux1_x86_64.whl"));

TEST(MakePlan, ThePlatformsDifferInAcceleratorAndAreToldSo) {
  Made made = make(kTorch);
  EXPECT_EQ(made.plans[0].accelerator, "cuda 12.1");
  EXPECT_EQ(made.plans[1].accelerator, "cpu");
  EXPECT_EQ(made.plans[0].packages.size(), 2U);
  EXPECT_EQ(made.plans[1].packages.size(), 1U);
  EXPECT_EQ(codes(common_findings(made.lock, made.loaded, {}, made.plans)),
            (std::vector<std::string>{"accelerator-differs"}));
}

TEST(MakePlan, ADifferenceThatIsExpectedIsNoFinding) {
  Made made = make(kTorch, "[tool.cartwheel]\nexpect = { amd64 = \"cuda 12\", arm64 = \"cpu\" }\n");
  EXPECT_TRUE(common_findings(made.lock, made.loaded, {}, made.plans).empty());
  EXPECT_TRUE(made.plans[0].findings.empty());
  Made wrong = make(kTorch, "[tool.cartwheel]\nexpect = { amd64 = \"cuda\", arm64 = \"cuda\" }\n");
  ASSERT_EQ(codes(wrong.plans[1].findings), (std::vector<std::string>{"expectation-failed"}));
  EXPECT_EQ(wrong.plans[1].findings[0].severity, Severity::error);
}

TEST(MakePlan, NamesOfSettingsThatNoPackageHasAreToldOnce) {
  Made made = make(
      root("{ name = \"greet\" }") + package("greet", "1.0", wheel("greet-1.0-py3-none-any.whl")),
      "[tool.cartwheel]\nexclude = { greed = [\"tests\"], Greet = [\"headers\"], "
      "\"*\" = [\"tests\"] }\nwithout = [\"numpy\", \"greet\"]\n");
  std::vector<Finding> found = common_findings(made.lock, made.loaded, {}, made.plans);
  ASSERT_EQ(codes(found), (std::vector<std::string>{"without-unknown", "exclude-unknown"}));
  EXPECT_EQ(found[0].message, "without has 'numpy', and the lock has no such package");
  EXPECT_EQ(found[1].message,
            "exclude has 'greed', and the lock has no such package (did you mean 'greet'?)");
}

TEST(MakePlan, APackageWithoutWheelAndSdistIsAnError) {
  Made made = make(root("{ name = \"triton\" }") +
                   package("triton", "3.0", wheel("triton-3.0-cp311-cp311-manylinux1_x86_64.whl")));
  EXPECT_TRUE(made.plans[0].findings.empty());
  ASSERT_EQ(codes(made.plans[1].findings), (std::vector<std::string>{"wheel-missing"}));
  EXPECT_EQ(made.plans[1].findings[0].platform, "linux/arm64");
  EXPECT_EQ(made.plans[1].packages[0].origin, Origin::missing);
}

TEST(MakePlan, APythonThatNoWheelFitsIsToldWhichOnesDo) {
  std::string wheels = wheel("x-1.0-cp38-cp38-manylinux1_x86_64.whl") + ", " +
                       wheel("x-1.0-cp310-cp310-manylinux1_x86_64.whl") + ", " +
                       wheel("x-1.0-cp312-abi3-manylinux1_x86_64.whl") + ", " +
                       wheel("x-1.0-cp313-cp313-macosx_11_0_arm64.whl") + ", " +
                       wheel("x-1.0-cp311-cp311-win_amd64.whl");
  Made made = make(root("{ name = \"x\" }") + package("x", "1.0", wheels));
  ASSERT_EQ(codes(made.plans[0].findings), (std::vector<std::string>{"wheel-missing"}));
  EXPECT_EQ(made.plans[0].findings[0].message,
            "x 1.0 has neither a wheel for Python 3.11 on x86_64 with glibc 2.36 nor an sdist: the "
            "lock has 5 wheels, those for x86_64 are for Python 3.8, 3.10, 3.12, 3.13");
  EXPECT_EQ(made.plans[0].findings[0].remedy,
            "choose a base with Python 3.13 ('cartwheel base list' shows what there is), or a "
            "version of x that has a wheel for 3.11");
  EXPECT_EQ(made.plans[1].findings[0].message,
            "x 1.0 has neither a wheel for Python 3.11 on aarch64 with glibc 2.36 nor an sdist: "
            "the lock has 5 wheels, none for it");
}

TEST(MakePlan, AWheelForANewerGlibcBlamesTheBase) {
  Made made = make(root("{ name = \"new\" }") +
                   package("new", "1.0", wheel("new-1.0-cp311-cp311-manylinux_2_39_x86_64.whl")));
  EXPECT_EQ(codes(made.plans[0].findings),
            (std::vector<std::string>{"glibc-too-old", "wheel-missing"}));
  EXPECT_EQ(codes(made.plans[1].findings), (std::vector<std::string>{"wheel-missing"}));
}

TEST(ExpectGpu, OfTheCommandLine) {
  using Gpus = std::map<std::string, std::vector<std::string>>;
  EXPECT_EQ(parse_expect_gpu({"sm_90", "8.0", "arm64=87"}),
            (Gpus{{"", {"sm_90", "sm_80"}}, {"linux/arm64", {"sm_87"}}}));
  EXPECT_THROW(parse_expect_gpu({"hopper"}), util::Error);
  EXPECT_THROW(parse_expect_gpu({"riscv=sm_90"}), util::Error);
}

TEST(MakePlan, NoBinaryPackageTakesTheSource) {
  const std::string lock =
      root("{ name = \"x\" }, { name = \"y\" }") +
      package("x",
              "1.0",
              wheel("x-1.0-py3-none-any.whl"),
              "sdist = { url = \"https://f.test/x-1.0.tar.gz\", hash = \"sha256:" +
                  std::string(64, 'a') + "\" }\n") +
      package("y", "1.0", wheel("y-1.0-py3-none-any.whl"));
  Made made = make(lock, "[tool.uv]\nno-binary-package = [\"X\"]\n");
  EXPECT_FALSE(made.plans[0].packages[0].wheel.has_value());
  EXPECT_EQ(made.plans[0].packages[0].origin, Origin::sdist);
  EXPECT_TRUE(made.plans[0].packages[1].wheel.has_value());
  EXPECT_EQ(codes(made.plans[0].findings), (std::vector<std::string>{"sdist"}));
  Made all = make(lock, "[tool.uv]\nno-binary = true\n");
  EXPECT_EQ(codes(all.plans[0].findings), (std::vector<std::string>{"sdist", "wheel-missing"}));
}

TEST(MakePlan, AnSdistIsSaid) {
  Made made = make(
      root("{ name = \"docopt\" }") +
      package("docopt",
              "0.6.2",
              "",
              std::string("sdist = { url = \"https://f.test/docopt-0.6.2.tar.gz\", hash = \"") +
                  kHash + "\" }\n"));
  ASSERT_EQ(codes(made.plans[0].findings), (std::vector<std::string>{"sdist"}));
  EXPECT_EQ(made.plans[0].findings[0].severity, Severity::info);
  EXPECT_EQ(made.plans[0].packages[0].origin, Origin::sdist);
}

// A wheel that the lock does not have is in the plan like any other: its inside is checked.
TEST(MakePlan, AWheelThatIsAtHandIsTaken) {
  GivenWheel given;
  given.wheel.filename = "triton-3.0-cp311-cp311-linux_aarch64.whl";
  given.wheel.hashes = {{"sha256", std::string(kHash).substr(7)}};
  given.wheel.size = 7;
  facts::WheelFacts facts;
  facts.glibc = "2.38";
  const std::string sdist = package("triton",
                                    "3.0",
                                    "",
                                    std::string("sdist = { url = \"https://f.test/t-3.0.tar.gz\", "
                                                "hash = \"") +
                                        kHash + "\" }\n");
  Made built = make(root("{ name = \"triton\" }") + sdist, std::nullopt, facts, {}, {}, given);
  EXPECT_EQ(built.plans[1].packages[0].wheel->filename, given.wheel.filename);
  EXPECT_EQ(built.plans[1].packages[0].origin, Origin::sdist);
  EXPECT_TRUE(built.plans[1].packages[0].inside_known);
  EXPECT_EQ(codes(built.plans[1].findings), (std::vector<std::string>{"sdist", "glibc-too-old"}));
  given.is_offered = true;
  Made offered = make(root("{ name = \"triton\" }") +
                          package("triton", "3.0", wheel("triton-3.0-cp39-cp39-win_amd64.whl")),
                      std::nullopt,
                      std::nullopt,
                      {},
                      {},
                      given);
  EXPECT_EQ(offered.plans[1].packages[0].wheel->size, 7U);
  EXPECT_TRUE(offered.plans[1].findings.empty());
}

TEST(MakePlan, AWheelWithoutHashIsSaid) {
  Made made =
      make(root("{ name = \"x\" }") + package("x", "1.0", wheel("x-1.0-py3-none-any.whl", "")));
  EXPECT_EQ(codes(made.plans[0].findings), (std::vector<std::string>{"wheel-unhashed"}));
}

TEST(MakePlan, TheWheelsOwnMetadataIsHeldAgainstTheLock) {
  facts::WheelFacts facts;
  facts.requires_dist = {"nvidia-cudnn-cu12==9.1; platform_machine == \"x86_64\"",
                         "nvidia-cuda-runtime-cu12",
                         "filelock"};
  Made made = make(kTorch, std::nullopt, facts);
  // torch's facts are given for every wheel here; cudnn is missing on x86_64, the run time's
  // package on aarch64
  EXPECT_EQ(made.plans[0].findings[0].code, "cuda-incomplete");
  EXPECT_NE(made.plans[0].findings[0].message.find("nvidia-cudnn-cu12"), std::string::npos);
  EXPECT_NE(made.plans[1].findings[0].message.find("nvidia-cuda-runtime-cu12"), std::string::npos);
}

TEST(MakePlan, AnOldLibrarysGlibcHasThreeNumbers) {
  facts::WheelFacts facts;
  facts.glibc = "2.2.5";
  EXPECT_TRUE(make(root("{ name = \"x\" }") +
                       package("x", "1.0", wheel("x-1.0-cp311-cp311-manylinux1_x86_64.whl")),
                   std::nullopt,
                   facts)
                  .plans[0]
                  .findings.empty());
}

TEST(MakePlan, ALibraryThatWantsANewerGlibcIsAnError) {
  facts::WheelFacts facts;
  facts.glibc = "2.38";
  Made made = make(root("{ name = \"x\" }") + package("x", "1.0", wheel("x-1.0-py3-none-any.whl")),
                   std::nullopt,
                   facts);
  EXPECT_EQ(codes(made.plans[0].findings), (std::vector<std::string>{"glibc-too-old"}));
  EXPECT_TRUE(made.plans[0].packages[0].inside_known);
}

TEST(MakePlan, WhatIsOddInAWheelIsSaidOnceForEachKind) {
  facts::WheelFacts facts;
  facts.findings = {{"case-twins", "purelib/X.py"},
                    {"elf-broken", "purelib/x.so"},
                    {"record-missing", "purelib/a.py"},
                    {"record-size", "purelib/b.py"},
                    {"tags-differ", ""}};
  Made made = make(root("{ name = \"x\" }") + package("x", "1.0", wheel("x-1.0-py3-none-any.whl")),
                   std::nullopt,
                   facts);
  ASSERT_EQ(codes(made.plans[0].findings),
            (std::vector<std::string>{"wheel-tags", "wheel-record", "wheel-case-twins"}));
  EXPECT_EQ(made.plans[0].findings[0].message,
            "x-1.0-py3-none-any.whl: its WHEEL file has other tags than its name");
  EXPECT_EQ(made.plans[0].findings[1].message,
            "x-1.0-py3-none-any.whl: its RECORD is not true of its files: 'purelib/a.py' and 1 "
            "more");
  for (const Finding& finding : made.plans[0].findings) {
    EXPECT_EQ(finding.severity, Severity::warning);
  }
}

TEST(MakePlan, WhatIsForbiddenIsAnErrorThatSaysWhoWantsIt) {
  Made made = make(kTorch, "[tool.cartwheel]\nforbid = [\"nvidia-*\"]\n");
  ASSERT_EQ(codes(made.plans[0].findings), (std::vector<std::string>{"package-forbidden"}));
  const Finding& finding = made.plans[0].findings[0];
  EXPECT_EQ(finding.severity, Severity::error);
  EXPECT_EQ(finding.message,
            "nvidia-cuda-runtime-cu12 12.1.105 is selected, and forbid has \"nvidia-*\": app -> "
            "torch -> nvidia-cuda-runtime-cu12");
  EXPECT_NE(finding.remedy.find("without = [\"nvidia-cuda-runtime-cu12\"]"), std::string::npos);
  EXPECT_TRUE(made.plans[1].findings.empty());  // only x86_64 selects it
}

TEST(MakePlan, WhatWithoutDropsIsKept) {
  Made made =
      make(kTorch, std::nullopt, std::nullopt, {}, {.without = {"nvidia-cuda-runtime-cu12"}});
  EXPECT_EQ(made.plans[0].packages.size(), 1U);
  EXPECT_EQ(made.plans[0].without,
            (std::vector<Dropped>{{"nvidia-cuda-runtime-cu12", "12.1.105"}}));
  EXPECT_TRUE(made.plans[1].without.empty());
  nlohmann::json json = nlohmann::json::parse(plan_json({.plans = made.plans}));
  EXPECT_EQ(json["platforms"][0]["without"][0]["name"], "nvidia-cuda-runtime-cu12");
  EXPECT_NE(plan_text({.plans = made.plans}, false)
                .find("dropped by without: nvidia-cuda-runtime-cu12 12.1.105"),
            std::string::npos);
}

facts::InstalledPath installed(const std::string& path, std::uint64_t size) {
  facts::InstalledPath out{.path = path};
  out.size = size;
  return out;
}

TEST(MakePlan, WhatExcludeLeavesOutIsCountedWhereTheInsideIsKnown) {
  const std::string lock = root("{ name = \"x\" }, { name = \"y\" }") +
                           package("x", "1.0", wheel("x-1.0-py3-none-any.whl")) +
                           package("y", "1.0", wheel("y-1.0-py3-none-any.whl"));
  const std::string settings = "[tool.cartwheel.exclude]\nx = [\"**/*.a\"]\n\"*\" = [\"tests\"]\n";
  Made unknown = make(lock, settings);
  EXPECT_EQ(unknown.plans[0].packages[0].exclude,
            (std::vector<std::string>{"**/*.a", "**/tests/**"}));
  EXPECT_EQ(unknown.plans[0].packages[1].exclude, (std::vector<std::string>{"**/tests/**"}));
  EXPECT_FALSE(unknown.plans[0].packages[0].left_out.has_value());
  EXPECT_NE(
      plan_text({.plans = unknown.plans}, false).find("x leaves out **/*.a **/tests/**: not known"),
      std::string::npos);
  Made known = make(lock,
                    settings,
                    std::nullopt,
                    {installed("purelib/x/a.py", 1),
                     installed("purelib/x/lib/b.a", 2000),
                     installed("purelib/x/tests/c.py", 300)});
  EXPECT_EQ(known.plans[0].packages[0].left_out->files, 2U);
  EXPECT_EQ(known.plans[0].packages[0].left_out->bytes, 2300U);
  EXPECT_EQ(known.plans[0].packages[1].left_out->bytes, 300U);
  nlohmann::json json = nlohmann::json::parse(plan_json({.plans = known.plans}));
  EXPECT_EQ(json["platforms"][0]["packages"][0]["left_out"]["bytes"], 2300);
  EXPECT_NE(plan_text({.plans = known.plans}, false).find("2 files, 2.3 kB unpacked"),
            std::string::npos);
  // Only what leaves out more than the others has a layer of its own: y is large as well.
  EXPECT_EQ(known.plans[0].layers.size(), 2U);
}

TEST(MakePlan, ABudgetThatDoesNotSufficeIsAFinding) {
  Made made = make(kTorch, "[tool.cartwheel]\nlayer-budget = 18\n");
  ASSERT_EQ(codes(made.plans[0].findings), (std::vector<std::string>{"layer-budget"}));
  EXPECT_EQ(made.plans[0].findings[0].severity, Severity::error);
  EXPECT_NE(made.plans[0].findings[0].message.find("set layer-budget = 22 or more"),
            std::string::npos);
}

TEST(PlanJson, UnknownThingsAreNullAndCredentialsAreGone) {
  Made made =
      make(root("{ name = \"x\" }") + package("x", "1.0", wheel("x-1.0-py3-none-any.whl", "")));
  nlohmann::json json = nlohmann::json::parse(plan_json({.plans = made.plans}));
  const nlohmann::json& first = json["platforms"][0]["packages"][0];
  EXPECT_EQ(json["platforms"][0]["platform"], "linux/amd64");
  EXPECT_EQ(json["platforms"][0]["python"], "3.11");
  EXPECT_EQ(first["name"], "x");
  EXPECT_TRUE(first["accelerator"].is_null());
  EXPECT_TRUE(first["wheel"]["sha256"].is_null());
  EXPECT_TRUE(first["wheel"]["size"].is_null());
  EXPECT_EQ(first["wheel"]["url"], "https://f.test/x-1.0-py3-none-any.whl");
  EXPECT_EQ(plan_json({.plans = made.plans}).find("secret"), std::string::npos);
  EXPECT_EQ(json["platforms"][1]["findings"][0]["code"], "wheel-unhashed");
}

TEST(PlanJson, ASourceTreeHasNoWheel) {
  Made made =
      make("\n[[package]]\nname = \"app\"\nversion = \"1.0\"\nsource = { editable = \".\" }\n");
  nlohmann::json json = nlohmann::json::parse(plan_json({.plans = made.plans}));
  EXPECT_TRUE(json["platforms"][0]["packages"][0]["wheel"].is_null());
  EXPECT_EQ(json["platforms"][0]["packages"][0]["origin"], "directory");
}

TEST(PlanText, SaysWhatWasNotChecked) {
  Made made = make(kTorch);
  std::string text = plan_text({.plans = made.plans}, false);
  EXPECT_NE(text.find("inside not checked: 2"), std::string::npos) << text;
  EXPECT_EQ(text.find("secret"), std::string::npos);
  EXPECT_EQ(text.find('\033'), std::string::npos);
}

TEST(Expect, PairsAreParsed) {
  EXPECT_EQ(
      parse_expect("amd64=cuda 12.1,aarch64=cpu"),
      (std::map<std::string, std::string>{{"linux/amd64", "cuda 12.1"}, {"linux/arm64", "cpu"}}));
  EXPECT_THROW(parse_expect("amd64"), util::Error);
  EXPECT_THROW(parse_expect("s390x=cpu"), util::Error);
}

}  // namespace
}  // namespace cartwheel::plan
