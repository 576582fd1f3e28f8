#include "plan/layers.h"

#include <algorithm>
#include <numeric>

#include <gtest/gtest.h>

#include "core/digest.h"
#include "util/error.h"

namespace cartwheel::plan {
namespace {

constexpr std::uint64_t kMiB = 1ULL << 20;

// Each group as the names in it, own layers in brackets.
std::vector<std::string> names(const std::vector<LayerInput>& wheels,
                               const std::vector<LayerGroup>& groups) {
  std::vector<std::string> out;
  for (const LayerGroup& group : groups) {
    std::string text = group.kind == LayerGroup::Kind::wheel ? "own" : "bucket";
    for (std::size_t member : group.members) {
      text += " " + wheels[member].name;
    }
    out.push_back(text);
  }
  return out;
}

TEST(Layers, LargeWheelsComeByMagnitudeThenName) {
  std::vector<LayerInput> wheels = {
      {"b", 3 * kMiB}, {"a", 2 * kMiB}, {"huge", 700 * kMiB}, {"z", kMiB}};
  EXPECT_EQ(names(wheels, group_layers(wheels, {.max_layer_size = 1ULL << 40})),
            (std::vector<std::string>{"own huge", "own a", "own b", "own z"}));
}

TEST(Layers, SmallWheelsAndUnknownSizesGoToBuckets) {
  std::vector<LayerInput> wheels = {{"six", kMiB - 1}, {"idna", std::nullopt}};
  for (const LayerGroup& group : group_layers(wheels, {})) {
    EXPECT_EQ(group.kind, LayerGroup::Kind::bucket);
    for (std::size_t member : group.members) {
      EXPECT_EQ(group.bucket, bucket_of(wheels[member].name));
    }
  }
}

TEST(Layers, ABucketIsTheFirstByteOfTheNamesHash) {
  EXPECT_EQ(bucket_of("numpy"),
            std::to_integer<int>(core::Digest::of(std::string_view("numpy")).bytes()[0]) % 16);
}

TEST(Layers, BeyondTheBudgetTheSmallestLargeOnesGoToBuckets) {
  std::vector<LayerInput> wheels;
  for (int i = 0; i < 60; ++i) {
    wheels.push_back({"p" + std::to_string(i), kMiB * static_cast<std::uint64_t>(i + 1)});
  }
  std::vector<LayerGroup> groups = group_layers(wheels, {.budget = 30, .other_layers = 4});
  auto own = std::ranges::count(groups, LayerGroup::Kind::wheel, &LayerGroup::kind);
  EXPECT_EQ(own, 30 - 4 - 16);
  EXPECT_EQ(groups[0].members,
            (std::vector<std::size_t>{50}));  // p50 … p59 are left; the first by magnitude and name
}

TEST(Layers, ABudgetWithoutRoomIsRefusedWithTheSetting) {
  try {
    group_layers({}, {.budget = 20, .other_layers = 4});
    FAIL() << "no error";
  } catch (const util::Error& error) {
    EXPECT_EQ(error.kind(), util::ErrorKind::refused);
    EXPECT_NE(std::string(error.what()).find("layer-budget = 21"), std::string::npos)
        << error.what();
  }
}

std::string refusal(const std::vector<LayerInput>& wheels, const LayerLimits& limits) {
  try {
    group_layers(wheels, limits);
  } catch (const util::Error& error) {
    EXPECT_EQ(error.kind(), util::ErrorKind::refused);
    return error.what();
  }
  return "no error";
}

TEST(Layers, PartsCountAgainstTheBudget) {
  std::vector<LayerInput> wheels = {{"huge", 200 * kMiB}, {"b", 2 * kMiB}, {"a", 3 * kMiB}};
  LayerLimits limits{.budget = 4 + 16 + 3, .max_layer_size = 100 * kMiB};
  std::vector<LayerGroup> groups = group_layers(wheels, limits);
  EXPECT_EQ(groups[0].parts, 2);
  EXPECT_EQ(names(wheels, groups), (std::vector<std::string>{"own huge", "own a", "bucket b"}));
}

TEST(Layers, AWheelThatMustBeCutHasItsOwnLayersOrTheSettingIsNamed) {
  std::vector<LayerInput> wheels = {{"huge", 9 * kMiB}};
  EXPECT_EQ(refusal(wheels, {.budget = 25, .other_layers = 4, .max_layer_size = kMiB}),
            "layers: a budget of 25 does not suffice for 4 other layers, 16 buckets and 9 layers "
            "of large wheels: set layer-budget = 30 or more");
  EXPECT_EQ(
      group_layers(wheels, {.budget = 30, .other_layers = 4, .max_layer_size = kMiB})[0].parts, 9);
  wheels[0].size = 200 * kMiB;
  EXPECT_EQ(refusal(wheels, {.max_layer_size = kMiB}),
            "layers: a budget of 60 does not suffice for 4 other layers, 16 buckets and 200 "
            "layers of large wheels: set max-layer-size = \"1 GiB\" and layer-budget = 60 or "
            "more");
}

TEST(Layers, WhatLeavesPathsOutIsAloneAndTheProjectIsLast) {
  std::vector<LayerInput> wheels = {{"app", 5 * kMiB, LayerInput::Place::last},
                                    {"b", 2 * kMiB},
                                    {"c", 10, LayerInput::Place::alone},
                                    {"d", 10}};
  EXPECT_EQ(names(wheels, group_layers(wheels, {})),
            (std::vector<std::string>{"own b", "own c", "bucket d", "own app"}));
}

// Bumping, adding or removing one small package changes its bucket alone.
TEST(Layers, ASmallChangeTouchesOneBucket) {
  std::vector<LayerInput> wheels;
  for (int i = 0; i < 100; ++i) {
    wheels.push_back({"package-" + std::to_string(i), static_cast<std::uint64_t>(i) * 1000});
  }
  std::vector<std::string> before = names(wheels, group_layers(wheels, {}));
  for (std::size_t removed : {std::size_t{3}, std::size_t{42}, std::size_t{99}}) {
    std::vector<LayerInput> fewer = wheels;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(removed));
    std::vector<std::string> after = names(fewer, group_layers(fewer, {}));
    auto changed = std::ranges::count_if(before, [&](const std::string& group) {
      return std::ranges::find(after, group) == after.end();
    });
    EXPECT_EQ(changed, 1) << wheels[removed].name;
  }
}

}  // namespace
}  // namespace cartwheel::plan
