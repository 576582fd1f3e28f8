#include <gtest/gtest.h>

#include "settings/settings.h"
#include "util/error.h"

namespace cartwheel::settings {
namespace {

Settings read(const std::string& text) { return load(std::nullopt, text).settings; }

// The error that a cartwheel.toml gives, with its kind in front.
std::string error_of(const std::string& text) {
  try {
    read(text);
  } catch (const util::Error& error) {
    return std::string(util::kind_name(error.kind())) + ": " + error.what();
  }
  return "no error";
}

TEST(Settings, DefaultsHoldWithoutAnyFile) {
  Loaded loaded = load(std::nullopt, std::nullopt);
  EXPECT_EQ(loaded.settings.base, "debian12-python3.11");
  EXPECT_EQ(loaded.settings.platforms, (std::vector<std::string>{"linux/amd64", "linux/arm64"}));
  EXPECT_EQ(loaded.settings.prefix, "/opt/venv");
  EXPECT_EQ(loaded.settings_file, "");
}

TEST(Settings, AreReadFromPyproject) {
  Loaded loaded = load(R"([project]
name = "Some.App"
version = "1.2"
[tool.cartwheel]
platforms = ["arm64"]
expect = { aarch64 = "cpu" }
extras = ["Serve_It"]
compression = "zstd"
max-layer-size = "256 MiB"
ports = ["8000"]
[tool.cartwheel.exclude]
Torch = ["**/*.a"]
[[tool.cartwheel.files]]
from = "conf/"
to = "/etc/app"
)",
                       std::nullopt);
  EXPECT_EQ(loaded.settings_file, "pyproject.toml");
  EXPECT_EQ(loaded.settings.platforms, (std::vector<std::string>{"linux/arm64"}));
  EXPECT_EQ(loaded.settings.expect.at("linux/arm64"), "cpu");
  EXPECT_EQ(loaded.settings.extras, (std::vector<std::string>{"serve-it"}));
  EXPECT_EQ(loaded.settings.compression, core::Compression::zstd);
  EXPECT_EQ(loaded.settings.max_layer_size, 256ULL << 20);
  EXPECT_EQ(loaded.settings.exclude.at("torch"), (std::vector<std::string>{"**/*.a"}));
  ASSERT_EQ(loaded.settings.files.size(), 1U);
  EXPECT_EQ(loaded.settings.files[0].to, "/etc/app");
  EXPECT_EQ(loaded.project.name, "some-app");
}

TEST(Settings, ErrorsNameLineAndNearestKey) {
  struct Row {
    const char *text, *error;
  };
  for (const Row& row : std::vector<Row>{
           {"base = \"x\"\nentrypont = [\"a\"]\n",
            "usage: cartwheel.toml:2: cartwheel.entrypont: unknown key (did you mean "
            "'entrypoint'?)"},
           {"zzzzzz = 1\n", "usage: cartwheel.toml:1: cartwheel.zzzzzz: unknown key"},
           {"platforms = \"linux/amd64\"\n",
            "usage: cartwheel.toml:1: cartwheel.platforms: wanted a list of strings, found a "
            "string"},
           {"\nplatforms = [\"linux/s390x\"]\n",
            "usage: cartwheel.toml:2: cartwheel.platforms: platform 'linux/s390x': wanted "
            "linux/amd64 or linux/arm64"},
           {"platforms = []\n", "usage: cartwheel.toml:1: cartwheel.platforms: is empty"},
           {"env = { A = 1 }\n",
            "usage: cartwheel.toml:1: cartwheel.env: 'A': wanted a string, found an integer"},
           {"compression = \"lz4\"\n",
            "usage: cartwheel.toml:1: cartwheel.compression: 'lz4': wanted \"splice\" or \"zstd\""},
           {"max-layer-size = \"big\"\n",
            "usage: cartwheel.toml:1: cartwheel.max-layer-size: wanted a size as 536870912 or "
            "\"512 MiB\", found a string"},
           {"layer-budget = 121\n",
            "usage: cartwheel.toml:1: cartwheel.layer-budget: 121: wanted 1 to 120"},
           {"workdir = \"app\"\n",
            "usage: cartwheel.toml:1: cartwheel.workdir: 'app': wanted an absolute path"},
           {"prefix = \"/opt/../x\"\n",
            "usage: cartwheel.toml:1: cartwheel.prefix: '/opt/../x': wanted an absolute path as "
            "/opt/venv"},
           {"[[files]]\nfrom = \"a\"\nto = \"b\"\n",
            "usage: cartwheel.toml:3: cartwheel.files.to: wanted an absolute path in the image"},
           {"apt = [\"git\"]\n",
            "unsupported: cartwheel.toml:1: cartwheel.apt: this version cannot do that yet"},
       }) {
    EXPECT_EQ(error_of(row.text), row.error);
  }
}

TEST(Settings, TomlErrorsNameTheLine) {
  std::string error = error_of("base = \"x\"\nplatforms = [\n");
  EXPECT_TRUE(error.starts_with("malformed: cartwheel.toml:")) << error;
}

TEST(Settings, TwoPlacesAreRefused) {
  EXPECT_THROW(load("[tool.cartwheel]\nbase = \"x\"\n", "base = \"y\"\n"), util::Error);
}

}  // namespace
}  // namespace cartwheel::settings
