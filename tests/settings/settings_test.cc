#include "settings/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "settings/own.h"
#include "util/error.h"

namespace cartwheel::settings {
namespace {

using util::ErrorKind;

// "KIND: MESSAGE" of the error that load throws, or "".
std::string error_of(const std::optional<std::string>& pyproject,
                     const std::optional<std::string>& cartwheel_toml) {
  try {
    load(pyproject, cartwheel_toml);
  } catch (const util::Error& error) {
    return std::string(util::kind_name(error.kind())) + ": " + error.what();
  }
  return "";
}

TEST(Settings, WithoutFilesAreTheDefaults) {
  Loaded loaded = load(std::nullopt, std::nullopt);
  EXPECT_EQ(loaded.settings_file, "");
  EXPECT_EQ(loaded.settings.base, "debian12-python3.11");
  EXPECT_EQ(loaded.settings.platforms, (std::vector<std::string>{"linux/amd64", "linux/arm64"}));
  EXPECT_EQ(loaded.settings.max_layer_size, 512ULL << 20);
  EXPECT_EQ(loaded.settings.layer_budget, 60);
  EXPECT_EQ(loaded.settings.prefix, "/opt/venv");
  EXPECT_FALSE(loaded.project.has_project_table);
}

TEST(Settings, APyprojectWithoutOurTableLeavesTheDefaults) {
  Loaded loaded = load("[project]\nname = 'x'\n[tool.ruff]\nline-length = 100\n", std::nullopt);
  EXPECT_EQ(loaded.settings_file, "");
  EXPECT_EQ(loaded.project.name, "x");
}

TEST(Settings, EveryKeyIsRead) {
  Loaded loaded = load(R"(
[tool.cartwheel]
base = "oci:base"
platforms = ["aarch64", "linux/amd64"]
python = "3.12.1"
expect = { amd64 = "cuda 12.1", "linux/arm64/v8" = "CPU" }
extras = ["Serve_It"]
groups = ["Docs"]
no-groups = ["dev"]
only-groups = ["a.b"]
all-extras = true
all-groups = true
no-default-groups = true
without = ["OpenCV_Python"]
forbid = ["Nvidia_*"]
on-collision = "last-wins"
entrypoint = ["python", "-m", "app"]
cmd = ["--port", "80"]
user = "1000:0"
workdir = "/srv/app/"
stop-signal = "SIGINT"
healthcheck = "true"
ports = ["8000", "53/udp"]
compression = "zstd"
max-layer-size = "1 GB"
layer-budget = 90
prefix = "/opt/my.venv"
package = false
include = ["*.pem"]
exclude-files = ["docs/**"]
[tool.cartwheel.env]
A = "b=c"
[tool.cartwheel.labels]
"org.example" = "x"
[tool.cartwheel.annotations]
note = "y"
[tool.cartwheel.exclude]
PyTorch_Lightning = ["**/*.a"]
"*" = ["type-stubs", "docs/**"]
[[tool.cartwheel.files]]
from = "conf/"
to = "/etc/app"
include = ["*.toml"]
exclude = ["x*"]
[[tool.cartwheel.files]]
from = "run.sh"
to = "/usr/bin/"
)",
                       std::nullopt);
  const Settings& s = loaded.settings;
  EXPECT_EQ(loaded.settings_file, "pyproject.toml");
  EXPECT_EQ(s.base, "oci:base");
  EXPECT_EQ(s.platforms, (std::vector<std::string>{"linux/arm64", "linux/amd64"}));
  EXPECT_EQ(s.python, "3.12.1");
  EXPECT_EQ(
      s.expect,
      (std::map<std::string, std::string>{{"linux/amd64", "cuda 12.1"}, {"linux/arm64", "cpu"}}));
  EXPECT_EQ(s.extras, (std::vector<std::string>{"serve-it"}));
  EXPECT_EQ(s.groups, (std::vector<std::string>{"docs"}));
  EXPECT_EQ(s.no_groups, (std::vector<std::string>{"dev"}));
  EXPECT_EQ(s.only_groups, (std::vector<std::string>{"a-b"}));
  EXPECT_TRUE(s.all_extras && s.all_groups && s.no_default_groups);
  EXPECT_EQ(s.without, (std::vector<std::string>{"opencv-python"}));
  EXPECT_EQ(s.entrypoint, (std::vector<std::string>{"python", "-m", "app"}));
  EXPECT_EQ(s.cmd, (std::vector<std::string>{"--port", "80"}));
  EXPECT_EQ(s.user, "1000:0");
  EXPECT_EQ(s.workdir, "/srv/app/");
  EXPECT_EQ(s.stop_signal, "SIGINT");
  EXPECT_EQ(s.healthcheck, Healthcheck{.shell = "true"});
  EXPECT_EQ(s.ports, (std::vector<std::string>{"8000", "53/udp"}));
  EXPECT_EQ(s.compression, core::Compression::zstd);
  EXPECT_EQ(s.max_layer_size, 1'000'000'000U);
  EXPECT_EQ(s.layer_budget, 90);
  EXPECT_EQ(s.prefix, "/opt/my.venv");
  EXPECT_EQ(s.package, false);
  EXPECT_EQ(s.project_include, (std::vector<std::string>{"*.pem"}));
  EXPECT_EQ(s.project_exclude, (std::vector<std::string>{"docs/**"}));
  EXPECT_EQ(s.env.at("A"), "b=c");
  EXPECT_EQ(s.labels.at("org.example"), "x");
  EXPECT_EQ(s.annotations.at("note"), "y");
  EXPECT_EQ(s.exclude.at("pytorch-lightning"), (std::vector<std::string>{"**/*.a"}));
  EXPECT_EQ(s.exclude.at("*"), (std::vector<std::string>{"**/*.pyi", "**/py.typed", "docs/**"}));
  EXPECT_EQ(s.forbid, (std::vector<std::string>{"nvidia-*"}));
  EXPECT_TRUE(s.last_wins);
  ASSERT_EQ(s.files.size(), 2U);
  EXPECT_EQ(s.files[0].from, "conf/");
  EXPECT_EQ(s.files[0].to, "/etc/app");
  EXPECT_EQ(s.files[0].include, (std::vector<std::string>{"*.toml"}));
  EXPECT_EQ(s.files[0].exclude, (std::vector<std::string>{"x*"}));
  EXPECT_EQ(s.files[1].to, "/usr/bin/");
}

TEST(Settings, CartwheelTomlIsTheTableItself) {
  Loaded loaded =
      load("[project]\nname = 'x'\n", "base = 'oci:b'\n[[files]]\nfrom = 'a'\nto='/a'\n");
  EXPECT_EQ(loaded.settings_file, "cartwheel.toml");
  EXPECT_EQ(loaded.settings.base, "oci:b");
  EXPECT_EQ(loaded.settings.files.size(), 1U);
}

TEST(Settings, VariantsAreTheTableWithTheirKeysOverIt) {
  Loaded loaded = load(std::nullopt, R"(
base = 'oci:b'
extras = ['serve']
env = { A = '1', B = '2' }
expect = { amd64 = 'cuda' }
healthcheck = 'true'
[[files]]
from = 'a'
to = '/a'
[variants.cpu]
extras = ['cpu']
env = { B = '3' }
expect = { arm64 = 'cpu' }
tag-suffix = '-slim'
[[variants.cpu.files]]
from = 'b'
to = '/b'
[variants.api]
package = 'My.Api'
)");
  ASSERT_EQ(loaded.variants.size(), 2U);
  const Settings& cpu = loaded.variants.at("cpu");
  EXPECT_EQ(cpu.base, "oci:b");
  EXPECT_EQ(cpu.extras, (std::vector<std::string>{"cpu"}));
  EXPECT_EQ(cpu.env, (std::map<std::string, std::string>{{"A", "1"}, {"B", "3"}}));
  EXPECT_EQ(cpu.expect,
            (std::map<std::string, std::string>{{"linux/amd64", "cuda"}, {"linux/arm64", "cpu"}}));
  EXPECT_EQ(cpu.tag_suffix, "-slim");
  ASSERT_EQ(cpu.files.size(), 1U);
  EXPECT_EQ(cpu.files[0].from, "b");
  const Settings& api = loaded.variants.at("api");
  EXPECT_EQ(api.member, "my-api");
  EXPECT_EQ(api.tag_suffix, "-api");
  EXPECT_EQ(api.healthcheck, Healthcheck{.shell = "true"});
  EXPECT_EQ(api.files.size(), 1U);
  EXPECT_EQ(loaded.settings.env.at("B"), "2");
}

TEST(Settings, OnlyATextThatNamesVariantsMayHaveThem) {
  EXPECT_FALSE(may_have_variants("[tool.cartwheel]\nbase = 'x'\n", std::nullopt));
  EXPECT_TRUE(may_have_variants("[tool.cartwheel.variants.a]\n", std::nullopt));
  EXPECT_TRUE(may_have_variants(std::nullopt, "[variants.a]\n"));
}

TEST(Settings, BothFilesHoldingSettingsAreRefused) {
  EXPECT_EQ(
      error_of("\n[tool.cartwheel]\nbase = 'x'\n", ""),
      "usage: pyproject.toml:2: tool.cartwheel: there is a cartwheel.toml as well: keep one of "
      "them");
}

struct Row {
  std::string text, message;
};

// Errors of cartwheel.toml, each with its exact text.
class SettingsError : public testing::TestWithParam<Row> {};

TEST_P(SettingsError, NamesFileLineKeyWantedAndFound) {
  EXPECT_EQ(error_of(std::nullopt, GetParam().text), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Table,
    SettingsError,
    testing::Values(
        Row{"\nentrypont = ['x']\n",
            "usage: cartwheel.toml:2: entrypont: unknown key (did you mean 'entrypoint'?)"},
        Row{"frobnicate = 1\n", "usage: cartwheel.toml:1: frobnicate: unknown key"},
        Row{"[tool.cartwheel]\nbase = 'x'\n",
            "usage: cartwheel.toml:1: tool.cartwheel: in this file the settings stand at the top, "
            "without that table"},
        Row{"[[files]]\nfrom = 'a'\nto = '/a'\nfron = 'b'\n",
            "usage: cartwheel.toml:4: files.fron: unknown key (did you mean 'from'?)"},
        Row{"base = 3\n", "usage: cartwheel.toml:1: base: wanted a string, found an integer"},
        Row{"all-extras = 'yes'\n",
            "usage: cartwheel.toml:1: all-extras: wanted true or false, found a string"},
        Row{"extras = 'a'\n",
            "usage: cartwheel.toml:1: extras: wanted a list of strings, found a string"},
        Row{"extras = ['a', 1.5]\n",
            "usage: cartwheel.toml:1: extras: wanted a list of strings, found a float"},
        Row{"env = ['A=b']\n",
            "usage: cartwheel.toml:1: env: wanted a table of strings, found a list"},
        Row{"env = { A = true }\n",
            "usage: cartwheel.toml:1: env: 'A': wanted a string, found a boolean"},
        Row{"env = { 'A=B' = 'c' }\n",
            "usage: cartwheel.toml:1: env: 'A=B' is no name of a variable"},
        Row{"layer-budget = 1979-05-27\n",
            "usage: cartwheel.toml:1: layer-budget: wanted an integer, found a date or time"},
        Row{"layer-budget = 121\n", "usage: cartwheel.toml:1: layer-budget: 121: wanted 1 to 120"},
        Row{"compression = 'gzip'\n",
            "usage: cartwheel.toml:1: compression: 'gzip': wanted \"splice\" or \"zstd\""},
        Row{"max-layer-size = '12 parsecs'\n",
            "usage: cartwheel.toml:1: max-layer-size: wanted a size as 536870912 or \"512 MiB\", "
            "found a string"},
        Row{"max-layer-size = 0\n",
            "usage: cartwheel.toml:1: max-layer-size: wanted a size as 536870912 or \"512 MiB\", "
            "found an integer"},
        Row{"platforms = []\n", "usage: cartwheel.toml:1: platforms: is empty"},
        Row{"ports = ['70000']\n",
            "usage: cartwheel.toml:1: ports: '70000': wanted a port as \"8000\" or \"53/udp\""},
        Row{"ports = ['80/http']\n",
            "usage: cartwheel.toml:1: ports: '80/http': wanted a port as \"8000\" or \"53/udp\""},
        Row{"workdir = 'app'\n",
            "usage: cartwheel.toml:1: workdir: 'app': wanted an absolute path as /app"},
        Row{"workdir = '/a/../b'\n",
            "usage: cartwheel.toml:1: workdir: '/a/../b': wanted an absolute path as /app"},
        Row{"prefix = '/'\n",
            "usage: cartwheel.toml:1: prefix: '/': wanted an absolute path as /opt/venv"},
        Row{"prefix = '/usr'\n",
            "usage: cartwheel.toml:1: prefix: '/usr': belongs to the system: wanted a folder of "
            "its "
            "own as /opt/venv"},
        Row{"expect = { amd64 = 'gpu' }\n",
            "usage: cartwheel.toml:1: expect: 'gpu' is no accelerator: wanted cpu, cuda, \"cuda "
            "12.1\", rocm or xpu"},
        Row{"[[files]]\nfrom = '/etc'\nto = '/a'\n",
            "usage: cartwheel.toml:2: files.from: '/etc': wanted a path relative to the project"},
        Row{"[[files]]\nfrom = 'a'\nto = '/a/../../b'\n",
            "usage: cartwheel.toml:3: files.to: '/a/../../b': wanted an absolute path in the "
            "image"},
        Row{"files = 'a'\n",
            "usage: cartwheel.toml:1: files: wanted tables as [[files]], found a string"},
        Row{"exclude = { torch = '*.a' }\n",
            "usage: cartwheel.toml:1: exclude.torch: wanted a list of strings, found a string"},
        Row{"exclude = { torch = ['test'] }\n",
            "usage: cartwheel.toml:1: exclude: 'test': wanted a glob as \"**/*.a\", or one of "
            "headers, static-libs, tests, type-stubs (did you mean 'tests'?)"},
        Row{"on-collision = 'first-wins'\n",
            "usage: cartwheel.toml:1: on-collision: 'first-wins': wanted \"refuse\" or "
            "\"last-wins\""},
        Row{"variants = ['cpu']\n",
            "usage: cartwheel.toml:1: variants: wanted tables as [variants.NAME], found a list"},
        Row{"[variants]\ncpu = 1\n",
            "usage: cartwheel.toml:2: variants.cpu: wanted a table, found an integer"},
        Row{"[variants.cpu]\nextra = ['cpu']\n",
            "usage: cartwheel.toml:2: variants.cpu.extra: unknown key (did you mean 'extras'?)"},
        Row{"[variants.cpu]\ntag-suffix = '/x'\n",
            "usage: cartwheel.toml:2: variants.cpu.tag-suffix: '/x': wanted letters, digits, '-', "
            "'_' and '.'"},
        Row{"[variants.a]\ntag-suffix = '-b'\n[variants.b]\n",
            "usage: cartwheel.toml:1: variants: 'a' and 'b' have the same tag-suffix '-b'"}));

TEST(Settings, BytecodeIsCompiledOnRequest) {
  EXPECT_FALSE(load(std::nullopt, "").settings.compile_bytecode);
  EXPECT_TRUE(load(std::nullopt, "compile-bytecode = true\n").settings.compile_bytecode);
  EXPECT_THAT(error_of(std::nullopt, "compile-bytecode = 'yes'\n"),
              testing::HasSubstr("cartwheel.toml:1: compile-bytecode"));
}

TEST(Settings, AptIsAListOrATableByPlatform) {
  Settings settings =
      own("apt = ['git', 'libgl1']\napt-prefer = { mail-transport-agent = 'exim4' }\n"
          "apt-scripts = { foo = 'skip' }\n");
  EXPECT_EQ(settings.apt,
            (std::map<std::string, std::vector<std::string>>{{"all", {"git", "libgl1"}}}));
  EXPECT_EQ(settings.apt_prefer.at("mail-transport-agent"), "exim4");
  EXPECT_EQ(settings.apt_skips_scripts, std::vector<std::string>{"foo"});
  settings = own("[apt]\nall = ['git']\n'linux/aarch64' = ['g++']\n");
  EXPECT_EQ(settings.apt,
            (std::map<std::string, std::vector<std::string>>{{"all", {"git"}},
                                                             {"linux/arm64", {"g++"}}}));
  EXPECT_EQ(error_of(std::nullopt, "apt = 'git'\n"),
            "usage: cartwheel.toml:1: apt: wanted a list of strings, or a table of lists, found a "
            "string");
  EXPECT_EQ(error_of(std::nullopt, "apt = ['Git']\n"),
            "usage: cartwheel.toml:1: apt: 'Git' is no name of a Debian package");
  EXPECT_THAT(error_of(std::nullopt, "[apt]\nsparc = ['git']\n"),
              testing::HasSubstr("apt: wanted 'all' or a platform"));
  EXPECT_EQ(error_of(std::nullopt, "apt-scripts = { foo = 'run' }\n"),
            "usage: cartwheel.toml:1: apt-scripts: 'foo': wanted \"skip\", found \"run\"");
}

TEST(Settings, TheFirstUnknownKeyByLineIsNamed) {
  EXPECT_THAT(error_of(std::nullopt, "zzz = 1\naaa = 2\n"), testing::HasSubstr(":1: zzz"));
}

TEST(Settings, ErrorsInPyprojectNameTheWholePath) {
  EXPECT_EQ(error_of("[project]\nname = 'x'\n[tool.cartwheel]\nbase = 'a'\n\nplatform = 'x'\n",
                     std::nullopt),
            "usage: pyproject.toml:6: tool.cartwheel.platform: unknown key (did you mean "
            "'platforms'?)");
  EXPECT_EQ(error_of("tool.cartwheel = 1\n", std::nullopt),
            "usage: pyproject.toml:1: tool.cartwheel: wanted a table");
}

TEST(Settings, TextThatIsNoTomlIsMalformed) {
  EXPECT_THAT(error_of("[project\n", std::nullopt),
              testing::StartsWith("malformed: pyproject.toml:1: "));
  EXPECT_THAT(error_of(std::nullopt, "a = 1\na = 2\n"),
              testing::StartsWith("malformed: cartwheel.toml:2: "));
}

TEST(Settings, SizesMayHaveUnits) {
  struct Case {
    const char* text;
    std::uint64_t bytes;
  };
  for (const Case& row : std::vector<Case>{{"1048576", 1 << 20},
                                           {"'1048576'", 1 << 20},
                                           {"'512 MiB'", 512ULL << 20},
                                           {"'512MiB'", 512ULL << 20},
                                           {"'2 gb'", 2'000'000'000},
                                           {"'3 KiB'", 3072}}) {
    EXPECT_EQ(own(std::string("max-layer-size = ") + row.text).max_layer_size, row.bytes)
        << row.text;
  }
  for (const char* bad :
       {"-1", "'-1 MiB'", "'99999999999999999999'", "'9999999 GiB'", "''", "1.5"}) {
    EXPECT_THAT(error_of(std::nullopt, std::string("max-layer-size = ") + bad),
                testing::HasSubstr("wanted a size"))
        << bad;
  }
}

TEST(Settings, WhatWheelsNeed) {
  Settings settings =
      own("apt-auto = true\njit = 'gcc'\nprovided-libraries = ['libx.so.*']\n"
          "arm64 = 'jetson'\nexpect-gpu = ['9.0', 'sm_100a']\n");
  EXPECT_TRUE(settings.apt_auto);
  EXPECT_EQ(settings.jit, "gcc");
  EXPECT_EQ(settings.provided_libraries, (std::vector<std::string>{"libx.so.*"}));
  EXPECT_EQ(settings.arm64, "jetson");
  using Gpus = std::map<std::string, std::vector<std::string>>;
  EXPECT_EQ(settings.expect_gpu, (Gpus{{"", {"sm_90", "sm_100a"}}}));
  EXPECT_EQ(own("expect-gpu = { amd64 = ['80'] }").expect_gpu, (Gpus{{"linux/amd64", {"sm_80"}}}));
  EXPECT_EQ(own("").arm64, "sbsa");
  for (const char* bad : {"jit = 'nvcc'",
                          "arm64 = 'orin'",
                          "expect-gpu = ['hopper']",
                          "expect-gpu = ['sm_9']",
                          "expect-gpu = 'sm_90'",
                          "expect-gpu = { riscv = ['sm_90'] }"}) {
    EXPECT_THAT(error_of(std::nullopt, bad), testing::HasSubstr("cartwheel.toml:1")) << bad;
  }
}

TEST(Expectation, HasOneSpelling) {
  struct Case {
    const char *text, *canonical;
  };
  for (const Case& row : std::vector<Case>{{"cpu", "cpu"},
                                           {" CPU ", "cpu"},
                                           {"cuda", "cuda"},
                                           {"cuda12", "cuda 12"},
                                           {"cuda12.1", "cuda 12.1"},
                                           {"CUDA 12.1", "cuda 12.1"},
                                           {"rocm 6.4", "rocm 6.4"},
                                           {"xpu", "xpu"}}) {
    EXPECT_EQ(expected_accelerator(row.text), row.canonical);
  }
  for (const char* bad :
       {"", "gpu", "cuda x", "cuda 12.", "cuda .1", "cuda 12..1", "cuda12 1", "cpu 1"}) {
    EXPECT_THROW(expected_accelerator(bad), util::Error) << bad;
  }
}

}  // namespace
}  // namespace cartwheel::settings
