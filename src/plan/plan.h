#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/artifact.h"
#include "core/format.h"
#include "lock/lock.h"
#include "plan/layers.h"
#include "plan/select.h"
#include "plan/target.h"

namespace cartwheel::plan {

enum class Severity { info, warning, error };

// Something that the user should know, or that must not be built. docs/findings.md lists the codes.
struct Finding {
  std::string code;  // "wheel-missing", "sdist", "accelerator-differs", "cuda-incomplete",
                     // "glibc-too-old", "lock-stale" …
  Severity severity = Severity::warning;
  std::string platform;  // "linux/amd64", or "" when it concerns all
  std::string package;   // "torch", or ""
  std::string message;   // what is so
  std::string remedy;    // what to do, or ""
  bool operator==(const Finding&) const = default;
};

// How the wheel of a package gets into the store.
enum class Origin { wheel, sdist, git, archive, directory, missing };

struct PlannedPackage {
  std::string name, version;
  Origin origin = Origin::wheel;
  std::optional<core::Artifact> wheel;  // chosen, or built (then url is "")
  std::optional<core::Artifact> sdist;  // what a wheel is to be built from
  lock::Source source;
  std::optional<std::string>
      accelerator;  // "cpu", "cuda 12.1", "rocm 6.4", "xpu"; nothing: not known
  std::string
      accelerator_reason;  // "local version +cu121", "nvidia-cuda-runtime-cu12 12.1.105", "memo"
  std::vector<std::string> extras;
  bool is_root = false;
  bool inside_known = false;         // whether the memo knows the wheel's inside
  std::optional<std::size_t> layer;  // index into Plan::layers
};

struct Plan {
  std::string variant;  // of the settings, or ""
  Target target;
  std::vector<PlannedPackage> packages;  // in order of the name
  std::string accelerator;         // of the image: "cuda 12.1" when any package has it, else "cpu"
  std::vector<LayerGroup> layers;  // of wheels only: own layers, then buckets
  std::vector<Finding> findings;
};

}  // namespace cartwheel::plan
