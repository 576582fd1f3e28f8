#include "plan/layers.h"

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>

#include <fmt/format.h>

#include "core/digest.h"
#include "util/error.h"

namespace cartwheel::plan {

namespace {

constexpr int kBuckets = 16;
constexpr std::uint64_t kLarge = 1ULL << 20;

std::uint64_t size_of(const LayerInput& wheel) { return wheel.size.value_or(0); }

// Indices of the wheels that have a layer of their own: at least 1 MiB and among the most largest.
std::vector<std::size_t> large_wheels(const std::vector<LayerInput>& wheels, std::size_t most) {
  std::vector<std::size_t> large;
  for (std::size_t i = 0; i < wheels.size(); ++i) {
    if (size_of(wheels[i]) >= kLarge) {
      large.push_back(i);
    }
  }
  std::ranges::sort(large, [&](std::size_t a, std::size_t b) {
    return size_of(wheels[a]) != size_of(wheels[b]) ? size_of(wheels[a]) > size_of(wheels[b])
                                                    : wheels[a].name < wheels[b].name;
  });
  large.resize(std::min(large.size(), most));
  return large;
}

}  // namespace

int bucket_of(const std::string& name) {
  return std::to_integer<int>(core::Digest::of(name).bytes()[0]) % kBuckets;
}

std::vector<LayerGroup> group_layers(const std::vector<LayerInput>& wheels,
                                     const LayerLimits& limits) {
  int most = limits.budget - limits.other_layers - kBuckets;
  if (most < 1) {
    throw util::Error(
        util::ErrorKind::refused,
        fmt::format(
            "layers: a budget of {} leaves none for large wheels beside {} other layers and {} "
            "buckets: set layer-budget = {} or more",
            limits.budget,
            limits.other_layers,
            kBuckets,
            limits.other_layers + kBuckets + 1));
  }
  std::vector<std::size_t> large = large_wheels(wheels, static_cast<std::size_t>(most));
  // by the order of magnitude, so that a bump of a small wheel does not change the chain under big
  // ones
  std::ranges::sort(large, [&](std::size_t a, std::size_t b) {
    auto magnitude_a = std::bit_width(size_of(wheels[a]));
    auto magnitude_b = std::bit_width(size_of(wheels[b]));
    return magnitude_a != magnitude_b ? magnitude_a > magnitude_b : wheels[a].name < wheels[b].name;
  });
  std::vector<LayerGroup> groups;
  for (std::size_t i : large) {
    std::uint64_t parts = (size_of(wheels[i]) + limits.max_layer_size - 1) / limits.max_layer_size;
    groups.push_back({.kind = LayerGroup::Kind::wheel,
                      .members = {i},
                      .parts = static_cast<int>(std::max<std::uint64_t>(parts, 1))});
  }
  std::array<std::vector<std::size_t>, kBuckets> buckets;
  for (std::size_t i = 0; i < wheels.size(); ++i) {
    if (std::ranges::find(large, i) == large.end()) {
      buckets[static_cast<std::size_t>(bucket_of(wheels[i].name))].push_back(i);
    }
  }
  for (int bucket = 0; bucket < kBuckets; ++bucket) {
    std::vector<std::size_t>& members = buckets[static_cast<std::size_t>(bucket)];
    if (!members.empty()) {
      std::ranges::sort(members, {}, [&](std::size_t i) { return wheels[i].name; });
      groups.push_back(
          {.kind = LayerGroup::Kind::bucket, .bucket = bucket, .members = std::move(members)});
    }
  }
  int total = limits.other_layers +
              std::transform_reduce(
                  groups.begin(), groups.end(), 0, std::plus<>(), [](const LayerGroup& group) {
                    return group.parts;
                  });
  if (total > limits.hard_limit) {
    throw util::Error(
        util::ErrorKind::refused,
        fmt::format(
            "layers: {} in all, and more than {} do not run everywhere: raise max-layer-size or "
            "lower layer-budget",
            total,
            limits.hard_limit));
  }
  return groups;
}

}  // namespace cartwheel::plan
