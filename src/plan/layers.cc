#include "plan/layers.h"

#include <algorithm>
#include <array>
#include <bit>
#include <iterator>
#include <tuple>

#include <fmt/format.h>

#include "core/digest.h"
#include "util/error.h"

namespace cartwheel::plan {

namespace {

constexpr int kBuckets = 16;
constexpr std::uint64_t kLarge = 1ULL << 20;

std::uint64_t size_of(const LayerInput& wheel) { return wheel.size.value_or(0); }

int parts_of(const LayerInput& wheel, std::uint64_t max_layer_size) {
  std::uint64_t parts = (size_of(wheel) + max_layer_size - 1) / max_layer_size;
  return static_cast<int>(std::clamp<std::uint64_t>(parts, 1, 1U << 20));
}

// Whether a wheel must have its own layer: no bucket is cut into parts.
bool is_alone(const LayerInput& wheel, std::uint64_t max_layer_size) {
  return wheel.place != LayerInput::Place::by_size || size_of(wheel) > max_layer_size;
}

// Layers of the wheels that must have their own.
int forced_layers(const std::vector<LayerInput>& wheels, std::uint64_t max_layer_size) {
  int layers = 0;
  for (const LayerInput& wheel : wheels) {
    layers += is_alone(wheel, max_layer_size) ? parts_of(wheel, max_layer_size) : 0;
  }
  return layers;
}

// The settings line that gives the wheels enough layers.
std::string repair(const std::vector<LayerInput>& wheels, const LayerLimits& limits) {
  const int others = limits.other_layers + kBuckets + 1;
  if (int wanted = others + forced_layers(wheels, limits.max_layer_size);
      wanted <= limits.hard_limit) {
    return fmt::format("set layer-budget = {} or more", wanted);
  }
  constexpr std::uint64_t kGiB = 1ULL << 30;
  for (std::uint64_t size = kGiB; size <= 1024 * kGiB; size *= 2) {
    if (int wanted = others + forced_layers(wheels, size); wanted <= limits.hard_limit) {
      return fmt::format("set max-layer-size = \"{} GiB\" and layer-budget = {} or more",
                         size / kGiB,
                         std::max(wanted, limits.budget));
    }
  }
  return "set exclude for fewer packages: each of them has a layer of its own (\"*\" takes all "
         "and leaves them together)";
}

[[noreturn]] void refuse(const std::vector<LayerInput>& wheels, const LayerLimits& limits) {
  throw util::Error(
      util::ErrorKind::refused,
      fmt::format("layers: a budget of {} does not suffice for {} other layers, {} buckets and {} "
                  "layers of large wheels: {}",
                  limits.budget,
                  limits.other_layers,
                  kBuckets,
                  std::max(1, forced_layers(wheels, limits.max_layer_size)),
                  repair(wheels, limits)));
}

// Indices of the wheels that have layers of their own: those that must, and of those of at least
// 1 MiB the largest, as long as there are layers.
std::vector<std::size_t> own_layers(const std::vector<LayerInput>& wheels,
                                    const LayerLimits& limits) {
  int left = limits.budget - limits.other_layers - kBuckets;
  std::vector<std::size_t> own;
  std::vector<std::size_t> large;
  for (std::size_t i = 0; i < wheels.size(); ++i) {
    if (is_alone(wheels[i], limits.max_layer_size)) {
      own.push_back(i);
      left -= parts_of(wheels[i], limits.max_layer_size);
    } else if (size_of(wheels[i]) >= kLarge) {
      large.push_back(i);
    }
  }
  if (left < (own.empty() ? 1 : 0)) {
    refuse(wheels, limits);
  }
  std::ranges::sort(large, [&](std::size_t a, std::size_t b) {
    return size_of(wheels[a]) != size_of(wheels[b]) ? size_of(wheels[a]) > size_of(wheels[b])
                                                    : wheels[a].name < wheels[b].name;
  });
  large.resize(std::min(large.size(), static_cast<std::size_t>(left)));
  own.insert(own.end(), large.begin(), large.end());
  return own;
}

// By the order of magnitude, so that a bump of a small wheel does not change the chain under big
// ones; the last ones by name.
void sort_own(std::vector<std::size_t>& own, const std::vector<LayerInput>& wheels) {
  auto key = [&](std::size_t i) {
    bool last = wheels[i].place == LayerInput::Place::last;
    return std::tuple(last, last ? 0 : -std::bit_width(size_of(wheels[i])), wheels[i].name);
  };
  std::ranges::sort(own, [&](std::size_t a, std::size_t b) { return key(a) < key(b); });
}

}  // namespace

int bucket_of(const std::string& name) {
  return std::to_integer<int>(core::Digest::of(name).bytes()[0]) % kBuckets;
}

std::vector<LayerGroup> group_layers(const std::vector<LayerInput>& wheels,
                                     const LayerLimits& limits) {
  std::vector<std::size_t> own = own_layers(wheels, limits);
  sort_own(own, wheels);
  std::vector<bool> is_own(wheels.size());
  std::vector<LayerGroup> groups;
  std::vector<LayerGroup> last;
  for (std::size_t i : own) {
    is_own[i] = true;
    bool above = wheels[i].place == LayerInput::Place::last;
    (above ? last : groups)
        .push_back({.members = {i}, .parts = parts_of(wheels[i], limits.max_layer_size)});
  }
  std::array<std::vector<std::size_t>, kBuckets> buckets;
  for (std::size_t i = 0; i < wheels.size(); ++i) {
    if (!is_own[i]) {
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
  std::ranges::move(last, std::back_inserter(groups));
  return groups;
}

}  // namespace cartwheel::plan
