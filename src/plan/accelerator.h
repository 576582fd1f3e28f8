#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "facts/wheel_facts.h"
#include "lock/lock.h"

namespace cartwheel::plan {

// What a package computes on, and how that is known.
struct Accelerator {
  std::string name;    // "cpu", "cuda 12.1", "cuda 12", "rocm 6.4", "xpu"
  std::string reason;  // "local version +cu121"
};

// What is known of the accelerator of a package, in this order: local version (+cu121, +cpu,
// +rocm6.4, +xpu), its own name (nvidia-cuda-runtime-cu12 12.1.105), the nvidia packages among its
// selected dependencies, the index it came from (…/whl/cu121), names of packages that exist for one
// accelerator only (onnxruntime-gpu), and the memo's facts. Nothing when none of them tells; a
// wheel for any machine has none.
struct AcceleratorQuestion {
  const lock::Package& package;
  std::string wheel_filename;                      // or ""
  std::vector<const lock::Package*> dependencies;  // selected ones, direct
  const facts::WheelFacts* facts = nullptr;        // null: not known
};
std::optional<Accelerator> accelerator_of(const AcceleratorQuestion& question);

// "cu121" → "cuda 12.1", "cu130" → "cuda 13.0", "rocm6.4" → "rocm 6.4", "cpu", "xpu"; nothing for
// anything else.
std::optional<std::string> accelerator_of_tag(const std::string& tag);

// Whether `found` is what `wanted` asks for: "cuda" takes every CUDA, "cuda 12" every 12.x.
bool accelerator_matches(const std::string& wanted, const std::string& found);

}  // namespace cartwheel::plan
