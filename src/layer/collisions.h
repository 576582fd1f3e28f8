#pragma once

#include <string>
#include <vector>

#include "facts/wheel_facts.h"
#include "layer/spec.h"

namespace cartwheel::layer {

// A path that two wheels install (docs/formats.md section 7, "Collisions").
struct Collision {
  std::string path;                 // tar path
  std::vector<std::string> wheels;  // names, in order; the last one wins
  bool same_bytes = false;
};

struct CollisionResult {
  std::vector<std::vector<std::string>> omit;  // per wheel, sorted tar paths
  std::vector<Collision> collisions;  // in order of the path; those with the same bytes as well
};

// paths[i] belongs to wheels[i]; layer_of[i] tells which wheels share a layer (same bytes within
// one bucket: the first name's copy stays). Throws Error{refused} for a file against a directory.
CollisionResult find_collisions(const std::vector<WheelInput>& wheels,
                                const std::vector<std::vector<facts::InstalledPath>>& paths,
                                const std::vector<std::size_t>& layer_of,
                                const WheelLayerSpec& where);

// "purelib/x" → "opt/venv/lib/python3.11/site-packages/x" and so on.
std::string tar_path(const std::string& installed_path,
                     const std::string& name,
                     const WheelLayerSpec& where);

}  // namespace cartwheel::layer
