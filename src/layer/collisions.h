#pragma once

#include <functional>
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
  // What two of them claim for themselves: "extension module 'cv2/cv2.abi3.so'", "import package
  // 'cv2'". Nothing when it is no more than a stray file (tests, licences).
  std::string claim;
};

struct CollisionResult {
  std::vector<std::vector<std::string>> omit;  // per wheel, sorted tar paths
  std::vector<Collision> collisions;  // in order of the path; those with the same bytes as well
};

// Whether the __init__.py that this wheel (index) installs there claims nothing
// (python::is_namespace_init); asked only where two wheels have one with a statement in it and
// bytes differ.
using IsNamespaceInit = std::function<bool(std::size_t wheel, const std::string& installed_path)>;

// paths[i] belongs to wheels[i]; layer_of[i] tells which wheels share a layer (same bytes within
// one bucket: the first name's copy stays). Throws Error{refused} for a file against a directory.
CollisionResult find_collisions(const std::vector<WheelInput>& wheels,
                                const std::vector<std::vector<facts::InstalledPath>>& paths,
                                const std::vector<std::size_t>& layer_of,
                                const WheelLayerSpec& where,
                                const IsNamespaceInit& is_namespace_init);

// "purelib/x" → "opt/venv/lib/python3.11/site-packages/x" and so on.
std::string tar_path(const std::string& installed_path,
                     const std::string& name,
                     const WheelLayerSpec& where);

}  // namespace cartwheel::layer
