#include "core/platform.h"

#include <gtest/gtest.h>

#include "util/error.h"

namespace cartwheel::core {
namespace {

TEST(Platform, IsReadInEachSpelling) {
  for (const char* text : {"linux/amd64", "amd64", "x86_64", "linux/x86_64"}) {
    EXPECT_EQ(Platform::parse(text).architecture, Architecture::amd64) << text;
  }
  for (const char* text : {"linux/arm64", "linux/arm64/v8", "arm64", "aarch64"}) {
    EXPECT_EQ(Platform::parse(text).architecture, Architecture::arm64) << text;
  }
}

TEST(Platform, RefusesOthersAsUsage) {
  for (const char* bad : {"",
                          "linux",
                          "linux/",
                          "windows/amd64",
                          "linux/arm/v7",
                          "linux/amd64/v3",
                          "AMD64",
                          "arm64/v9"}) {
    try {
      Platform::parse(bad);
      ADD_FAILURE() << bad;
    } catch (const util::Error& error) {
      EXPECT_EQ(error.kind(), util::ErrorKind::usage) << bad;
    }
  }
}

TEST(Platform, HasItsNamesEverywhere) {
  Platform amd64{Architecture::amd64};
  Platform arm64{Architecture::arm64};
  EXPECT_EQ(amd64.str(), "linux/amd64");
  EXPECT_EQ(arm64.str(), "linux/arm64");
  EXPECT_EQ(amd64.oci_variant(), "");
  EXPECT_EQ(arm64.oci_variant(), "v8");
  EXPECT_EQ(amd64.machine(), "x86_64");
  EXPECT_EQ(arm64.machine(), "aarch64");
  EXPECT_EQ(amd64.triplet(), "x86_64-linux-gnu");
  EXPECT_EQ(arm64.triplet(), "aarch64-linux-gnu");
  EXPECT_LT(amd64, arm64);
}

}  // namespace
}  // namespace cartwheel::core
