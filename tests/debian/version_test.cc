#include "debian/version.h"

#include <vector>

#include <gtest/gtest.h>

#include "util/error.h"

namespace cartwheel::debian {
namespace {

TEST(Version, OrderIsDpkgs) {
  // Ascending; every pair was compared by dpkg --compare-versions.
  const std::vector<std::string> ascending = {"0~~",
                                              "0~~a",
                                              "0~",
                                              "0",
                                              "0a",
                                              "0a1",
                                              "0+",
                                              "0.1~rc1-1",
                                              "0.1-0.1",
                                              "0.1-1~bpo1",
                                              "0.1-1",
                                              "0.1-1+b1",
                                              "0.1-1+deb12u1",
                                              "0.1-1+deb12u2",
                                              "0.1-1+deb12u10",
                                              "0.1-1.1",
                                              "0.9",
                                              "0.10",
                                              "1.0",
                                              "1.0a",
                                              "1.0+dfsg-1",
                                              "1.0.1",
                                              "2.36-9+deb12u9",
                                              "2.36-9+deb12u14",
                                              "10",
                                              "1:0~",
                                              "1:0",
                                              "2:0.1"};
  for (std::size_t i = 0; i < ascending.size(); ++i) {
    for (std::size_t j = 0; j < ascending.size(); ++j) {
      const int order = compare_versions(ascending[i], ascending[j]);
      EXPECT_EQ(order < 0, i < j) << ascending[i] << " " << ascending[j];
      EXPECT_EQ(order > 0, i > j) << ascending[i] << " " << ascending[j];
    }
  }
}

TEST(Version, DifferentTextsMayBeEqual) {
  for (const auto& [left, right] : std::vector<std::pair<std::string, std::string>>{
           {"1.0", "0:1.0"},
           {"1.0", "1.0-0"},
           {"1.0", "1.0-"},
           {"1.01", "1.1"},
           {"1.0", "1.00"},
           {"99999999999999999999999", "099999999999999999999999"},
           {"", "0"}}) {
    EXPECT_EQ(compare_versions(left, right), 0) << left << " " << right;
  }
}

TEST(Version, OperatorsOfDependencies) {
  EXPECT_TRUE(version_matches("1", "<<", "2"));
  EXPECT_FALSE(version_matches("2", "<<", "2"));
  EXPECT_TRUE(version_matches("2", "<=", "2"));
  EXPECT_TRUE(version_matches("2", "=", "2"));
  EXPECT_TRUE(version_matches("2", ">=", "2"));
  EXPECT_FALSE(version_matches("2", ">>", "2"));
  EXPECT_TRUE(version_matches("2", ">>", "2~"));
  EXPECT_THROW(version_matches("2", "!=", "2"), util::Error);
}

TEST(Version, UpstreamIsBetweenEpochAndLastDash) {
  EXPECT_EQ(upstream_version("3.11.2-6+deb12u6"), "3.11.2");
  EXPECT_EQ(upstream_version("1:2.3-4-5"), "2.3-4");
  EXPECT_EQ(upstream_version("2026a"), "2026a");
}

}  // namespace
}  // namespace cartwheel::debian
