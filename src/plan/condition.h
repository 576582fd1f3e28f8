#pragma once

// Internal to the walk: markers as functions of which extras and groups are active, for one
// platform.

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "python/marker.h"

namespace cartwheel::plan {

using ActiveNames = std::set<std::string, std::less<>>;

// Conditions over names ("extra-4-proj-cpu") that are active or not, as reduced ordered binary
// decision diagrams: equal functions have equal ids, so that a walk along conditions that only grow
// sees when it comes to an end.
class Conditions {
 public:
  using Id = std::uint32_t;
  static constexpr Id kNever = 0;
  static constexpr Id kAlways = 1;

  // All of the marker but comparisons of `extra` is decided by the environment.
  Id of(const python::Marker& marker, const python::MarkerEnvironment& environment);
  Id both(Id a, Id b) { return combined(a, b, true); }
  Id either(Id a, Id b) { return combined(a, b, false); }
  bool holds(Id id, const ActiveNames& active) const;

 private:
  class Parser;
  struct Node {
    std::uint32_t name;  // into names_
    Id without, with;
  };

  Id node(std::uint32_t name, Id without, Id with);
  Id active(std::string_view name, bool wanted);
  Id combined(Id a, Id b, bool both);

  std::vector<std::string> names_;
  std::map<std::string, std::uint32_t, std::less<>> name_ids_;
  std::vector<Node> nodes_ = {{0, kNever, kNever}, {0, kAlways, kAlways}};
  std::map<std::tuple<std::uint32_t, Id, Id>, Id> ids_;
  std::unordered_map<std::uint64_t, Id> memo_[2];
};

}  // namespace cartwheel::plan
