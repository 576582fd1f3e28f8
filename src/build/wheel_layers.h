#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/artifact.h"
#include "fetch/fetch.h"
#include "layer/collisions.h"
#include "layer/make_wheel_layer.h"
#include "layer/spec.h"
#include "memo/layer_memo.h"

namespace cartwheel::build {

// A wheel of one or more platforms: to be fetched, or in the store already (built here).
struct WheelJob {
  layer::WheelInput input;                 // sha256 is set when it is known, or after fetching
  std::optional<core::Artifact> artifact;  // nothing: in the store already
  std::string place;                       // "uv.lock: torch 2.4.0", for messages
  std::uint64_t size = 0;                  // bytes; 0 when the lock does not say
};

// Wheels that share a layer on one platform.
struct GroupJob {
  std::vector<std::size_t> wheels;  // indices into the WheelJobs, in order of the name
  int bucket = -1;                  // -1: a layer of its own
};

struct PlatformJob {
  std::vector<GroupJob> groups;  // bottom to top
  layer::WheelLayerSpec where;   // prefix, python, compression, parents: what all its layers share
  // WheelJob → globs of what it leaves out, sorted; the same for all wheels of a bucket
  std::map<std::size_t, std::vector<std::string>> exclude;
  std::uint64_t max_layer_size = 512ULL << 20;
};

struct MadeLayer {
  memo::LayerRecord record;
  int bucket = -1;
};

struct WheelLayers {
  std::vector<std::vector<MadeLayer>> platforms;          // as the PlatformJobs, bottom to top
  std::vector<std::vector<layer::Collision>> collisions;  // of each platform
  std::size_t reused = 0, made = 0;                       // layers from the memo, and not
};

// Fetches what is missing and makes every layer; a layer is begun as soon as its wheels are there,
// the largest first, while the others still come. Then it looks for paths that two wheels install,
// and makes those layers again whose files lose. Throws what fetch::fetch and
// layer::make_wheel_layer throw.
WheelLayers make_wheel_layers(std::vector<WheelJob>& wheels,
                              const std::vector<PlatformJob>& platforms,
                              const fetch::Options& options,
                              net::Http& http,
                              const layer::Services& services);

}  // namespace cartwheel::build
