#include "python/tags.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "util/error.h"

namespace cartwheel::python {
namespace {

using core::Architecture;
using core::Platform;
using testing::ElementsAre;

SupportedTags debian(Architecture architecture = Architecture::amd64) {
  return {Platform{architecture}, Glibc{2, 36}, PythonVersion{3, 11, false}};
}

std::size_t index_of(const SupportedTags& tags, const std::string& tag) {
  auto found = std::find(tags.ordered().begin(), tags.ordered().end(), tag);
  EXPECT_NE(found, tags.ordered().end()) << tag;
  return static_cast<std::size_t>(found - tags.ordered().begin());
}

TEST(PythonVersion, AMinorIsTheFirstTwoNumbers) {
  for (const auto& [version, minor] : {std::pair{"3.11.2", "3.11"}, {"3.13", "3.13"}, {"3", "3"}}) {
    EXPECT_EQ(minor_of(version), minor);
  }
}

TEST(SupportedTags, AreAllForASmallTarget) {
  SupportedTags tags(Platform{Architecture::arm64}, Glibc{2, 18}, PythonVersion{3, 3, false});
  EXPECT_THAT(tags.ordered(),
              ElementsAre("cp33-cp33-manylinux_2_18_aarch64",
                          "cp33-cp33-manylinux_2_17_aarch64",
                          "cp33-cp33-manylinux2014_aarch64",
                          "cp33-cp33-linux_aarch64",
                          "cp33-abi3-manylinux_2_18_aarch64",
                          "cp33-abi3-manylinux_2_17_aarch64",
                          "cp33-abi3-manylinux2014_aarch64",
                          "cp33-abi3-linux_aarch64",
                          "cp33-none-manylinux_2_18_aarch64",
                          "cp33-none-manylinux_2_17_aarch64",
                          "cp33-none-manylinux2014_aarch64",
                          "cp33-none-linux_aarch64",
                          "cp32-abi3-manylinux_2_18_aarch64",
                          "cp32-abi3-manylinux_2_17_aarch64",
                          "cp32-abi3-manylinux2014_aarch64",
                          "cp32-abi3-linux_aarch64",
                          "py33-none-manylinux_2_18_aarch64",
                          "py33-none-manylinux_2_17_aarch64",
                          "py33-none-manylinux2014_aarch64",
                          "py33-none-linux_aarch64",
                          "py3-none-manylinux_2_18_aarch64",
                          "py3-none-manylinux_2_17_aarch64",
                          "py3-none-manylinux2014_aarch64",
                          "py3-none-linux_aarch64",
                          "py32-none-manylinux_2_18_aarch64",
                          "py32-none-manylinux_2_17_aarch64",
                          "py32-none-manylinux2014_aarch64",
                          "py32-none-linux_aarch64",
                          "py31-none-manylinux_2_18_aarch64",
                          "py31-none-manylinux_2_17_aarch64",
                          "py31-none-manylinux2014_aarch64",
                          "py31-none-linux_aarch64",
                          "py30-none-manylinux_2_18_aarch64",
                          "py30-none-manylinux_2_17_aarch64",
                          "py30-none-manylinux2014_aarch64",
                          "py30-none-linux_aarch64",
                          "cp33-none-any",
                          "py33-none-any",
                          "py3-none-any",
                          "py32-none-any",
                          "py31-none-any",
                          "py30-none-any"));
}

TEST(SupportedTags, LegacyNamesStandBehindTheirTwins) {
  SupportedTags tags = debian();
  for (auto [twin, legacy] : {std::pair("manylinux_2_17", "manylinux2014"),
                              std::pair("manylinux_2_12", "manylinux2010"),
                              std::pair("manylinux_2_5", "manylinux1")}) {
    std::string prefix = "cp311-cp311-";
    EXPECT_EQ(index_of(tags, prefix + legacy + "_x86_64"),
              index_of(tags, prefix + twin + "_x86_64") + 1);
  }
  EXPECT_EQ(tags.ordered().front(), "cp311-cp311-manylinux_2_36_x86_64");
  EXPECT_EQ(tags.ordered().back(), "py30-none-any");
  EXPECT_EQ(tags.ordered().size(), (1U + 10 + 1 + 13) * 36 + 14);
}

TEST(SupportedTags, FreeThreadedHasItsOwnAbis) {
  SupportedTags tags(Platform{}, Glibc{2, 36}, PythonVersion{3, 13, true});
  EXPECT_EQ(tags.ordered().front(), "cp313-cp313t-manylinux_2_36_x86_64");
  EXPECT_FALSE(tags.priority(WheelFilename::parse("a-1-cp313-cp313-manylinux_2_17_x86_64.whl")));
  EXPECT_FALSE(tags.priority(WheelFilename::parse("a-1-cp39-abi3-manylinux_2_17_x86_64.whl")));
  EXPECT_TRUE(tags.priority(WheelFilename::parse("a-1-cp39-abi3t-manylinux_2_17_x86_64.whl")));
  EXPECT_TRUE(tags.priority(WheelFilename::parse("a-1-py3-none-any.whl")));
}

TEST(SupportedTags, TakeWhatRunsThere) {
  struct Case {
    const char* filename;
    bool amd64;
    bool arm64;
  };
  SupportedTags amd64 = debian();
  SupportedTags arm64 = debian(Architecture::arm64);
  for (const Case& c : std::initializer_list<Case>{
           {"a-1-py3-none-any.whl", true, true},
           {"a-1-py2.py3-none-any.whl", true, true},
           {"a-1-py2-none-any.whl", false, false},
           {"a-1-py312-none-any.whl", false, false},
           {"a-1-cp311-cp311-manylinux1_x86_64.whl", true, false},
           {"a-1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", true, false},
           {"a-1-cp311-cp311-manylinux_2_36_aarch64.whl", false, true},
           {"a-1-cp311-cp311-manylinux_2_37_aarch64.whl", false, false},
           {"a-1-cp311-cp311-manylinux_2_16_aarch64.whl", false, false},
           {"a-1-cp311-cp311-linux_aarch64.whl", false, true},
           {"a-1-cp312-cp312-manylinux_2_17_x86_64.whl", false, false},
           {"a-1-cp38-abi3-manylinux_2_17_x86_64.whl", true, false},
           {"a-1-cp312-abi3-manylinux_2_17_x86_64.whl", false, false},
           {"a-1-cp310-none-manylinux_2_17_x86_64.whl", false, false},
           {"a-1-py3-none-manylinux_2_17_x86_64.whl", true, false},
           {"a-1-cp311-cp311-musllinux_1_2_x86_64.whl", false, false},
           {"a-1-cp311-cp311-macosx_11_0_arm64.whl", false, false},
           {"a-1-cp311-cp311-win_amd64.whl", false, false},
           {"a-1-cp311-cp311-any.whl", false, false},
           {"a-1-pp311-pypy311_pp73-manylinux_2_17_x86_64.whl", false, false}}) {
    WheelFilename wheel = WheelFilename::parse(c.filename);
    EXPECT_EQ(amd64.priority(wheel).has_value(), c.amd64) << c.filename;
    EXPECT_EQ(arm64.priority(wheel).has_value(), c.arm64) << c.filename;
  }
}

TEST(SupportedTags, PreferTheMoreSpecific) {
  SupportedTags tags = debian();
  const char* descending[] = {"a-1-cp311-cp311-manylinux_2_36_x86_64.whl",
                              "a-1-cp311-cp311-manylinux_2_17_x86_64.whl",
                              "a-1-cp311-cp311-manylinux2014_x86_64.whl",
                              "a-1-cp311-cp311-linux_x86_64.whl",
                              "a-1-cp311-abi3-manylinux_2_17_x86_64.whl",
                              "a-1-cp311-none-manylinux_2_17_x86_64.whl",
                              "a-1-cp39-abi3-manylinux_2_28_x86_64.whl",
                              "a-1-py311-none-manylinux_2_17_x86_64.whl",
                              "a-1-py3-none-manylinux_2_17_x86_64.whl",
                              "a-1-py310-none-manylinux_2_17_x86_64.whl",
                              "a-1-cp311-none-any.whl",
                              "a-1-2-py3-none-any.whl",
                              "a-1-1a-py3-none-any.whl",
                              "a-1-1-py3-none-any.whl",
                              "a-1-py3-none-any.whl",
                              "a-1-py30-none-any.whl"};
  for (std::size_t i = 1; i < std::size(descending); ++i) {
    auto better = tags.priority(WheelFilename::parse(descending[i - 1]));
    auto worse = tags.priority(WheelFilename::parse(descending[i]));
    ASSERT_TRUE(better && worse) << descending[i];
    EXPECT_TRUE(*better > *worse) << descending[i - 1] << " " << descending[i];
  }
}

TEST(SupportedTags, BuildNumberIsANumber) {
  SupportedTags tags = debian();
  EXPECT_TRUE(*tags.priority(WheelFilename::parse("a-1-10-py3-none-any.whl")) >
              *tags.priority(WheelFilename::parse("a-1-9-py3-none-any.whl")));
}

TEST(WheelFilename, IsTakenApart) {
  WheelFilename wheel = WheelFilename::parse(
      "Torch_Sparse.X-2.4.0+cu121-3_a.b-cp310.cp311-cp311.abi3-manylinux_2_17_x86_64.linux_x86_64."
      "whl");
  EXPECT_EQ(wheel.name, "torch-sparse-x");
  EXPECT_EQ(wheel.version, "2.4.0+cu121");
  EXPECT_EQ(wheel.build, "3_a.b");
  EXPECT_THAT(wheel.python_tags, ElementsAre("cp310", "cp311"));
  EXPECT_THAT(wheel.abi_tags, ElementsAre("cp311", "abi3"));
  EXPECT_THAT(wheel.platform_tags, ElementsAre("manylinux_2_17_x86_64", "linux_x86_64"));
}

TEST(WheelFilename, UndoesUnderscoresOfTheVersion) {
  EXPECT_EQ(WheelFilename::parse("a-2.4.0_cu121-py3-none-any.whl").version, "2.4.0+cu121");
  EXPECT_EQ(WheelFilename::parse("a-1.0_1-py3-none-any.whl").version, "1.0-1");
  EXPECT_EQ(WheelFilename::parse("a-1.0_rc1-py3-none-any.whl").version, "1.0_rc1");
  EXPECT_EQ(WheelFilename::parse("a-1!1.0-py3-none-any.whl").version, "1!1.0");
}

TEST(WheelFilename, RefusesOthers) {
  for (const char* bad : {"",
                          ".whl",
                          "a.whl",
                          "a-1-py3-none-any",
                          "a-1-py3-none-any.zip",
                          "a-1-py3-none-any.whl.metadata",
                          "a-1-py3-none.whl",
                          "a-1-2-3-py3-none-any.whl",
                          "-1-py3-none-any.whl",
                          "a b-1-py3-none-any.whl",
                          "../a-1-py3-none-any.whl",
                          "a-x-py3-none-any.whl",
                          "a-1--none-any.whl",
                          "a-1-py3.-none-any.whl",
                          "a-1-py3-no/ne-any.whl",
                          "a-1-b1-py3-none-any.whl",
                          "a-1-1%20-py3-none-any.whl",
                          "a-1-99999999999999999999-py3-none-any.whl",
                          "a-1--py3-none-any.whl"}) {
    try {
      WheelFilename::parse(bad);
      ADD_FAILURE() << bad;
    } catch (const util::Error& error) {
      EXPECT_EQ(error.kind(), util::ErrorKind::malformed);
      EXPECT_THAT(error.what(), testing::HasSubstr("is no wheel file name"));
    }
  }
  EXPECT_THROW(WheelFilename::parse("a-1-py3-none-" + std::string(300, 'x') + ".whl"), util::Error);
}

TEST(Glibc, GoesThereAndBack) {
  EXPECT_EQ(Glibc::parse("2.36"), (Glibc{2, 36}));
  EXPECT_EQ(Glibc::parse("2.9").str(), "2.9");
  EXPECT_LT(Glibc::parse("2.9"), Glibc::parse("2.10"));
  for (const char* bad : {"", "2", "2.", ".36", "2.36.1", "2.x", "-2.36", "2.99999", " 2.36"}) {
    EXPECT_THROW(Glibc::parse(bad), util::Error) << bad;
  }
}

TEST(PythonVersion, GoesThereAndBack) {
  EXPECT_EQ(PythonVersion::parse("3.11"), (PythonVersion{3, 11, false}));
  EXPECT_EQ(PythonVersion::parse("3.13t").str(), "3.13t");
  EXPECT_LT(PythonVersion::parse("3.9"), PythonVersion::parse("3.11"));
  for (const char* bad : {"", "t", "3", "3t", "3.", "3.11.2", "3.11tt", "py3.11", "3.1111"}) {
    EXPECT_THROW(PythonVersion::parse(bad), util::Error) << bad;
  }
}

}  // namespace
}  // namespace cartwheel::python
