#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cartwheel::plan {

// docs/formats.md section 6: which wheels share a layer, and in which order the layers lie.
struct LayerInput {
  // Where a wheel lies: as its size says; in a layer of its own whatever its size (it leaves paths
  // out); the same, above the buckets (the project's own).
  enum class Place { by_size, alone, last };

  std::string name;                   // normalised
  std::optional<std::uint64_t> size;  // bytes of the wheel file; unknown counts as 0 (small)
  Place place = Place::by_size;
};

struct LayerGroup {
  enum class Kind { wheel, bucket } kind = Kind::wheel;
  int bucket = -1;                   // 0 … 15
  std::vector<std::size_t> members;  // indices into the input, by name; one for Kind::wheel
  int parts = 1;  // at least; a very large wheel is cut when its content is known
};

struct LayerLimits {
  int budget = 60;  // layers in all
  int hard_limit = 120;
  int other_layers = 4;  // neither wheels nor buckets: base, debian, venv, project, plain files
  std::uint64_t max_layer_size = 512ULL << 20;  // bytes of a wheel's files before it is cut
};

// Own layers by falling floor(log2(size)), then name; the filled buckets 0 … 15; the last ones by
// name. A wheel above max_layer_size has a layer of its own in any case; its parts count against
// the budget. Throws Error{refused} with the settings line that repairs it when the budget does not
// suffice.
std::vector<LayerGroup> group_layers(const std::vector<LayerInput>& wheels,
                                     const LayerLimits& limits);

// First byte of SHA-256 of the name, mod 16.
int bucket_of(const std::string& name);

}  // namespace cartwheel::plan
