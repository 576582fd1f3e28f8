#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "build/options.h"
#include "core/blob.h"
#include "net/http.h"
#include "plan/plan.h"
#include "store/store.h"
#include "util/progress.h"

namespace cartwheel::build {

// What a build needs of the world.
struct Ports {
  net::Http& http;
  std::shared_ptr<store::Store> store;
  util::Progress& progress;
};

struct BuiltPlatform {
  std::string platform;     // "linux/amd64"
  std::string manifest;     // "sha256:…"
  std::string accelerator;  // "cuda 12.1"
  std::size_t layers = 0;
  std::uint64_t size = 0;  // bytes to pull: all blobs
};

struct Outcome {
  std::string variant;  // its name, or ""
  bool debug = false;   // of the image with the shell
  std::string index;    // "sha256:…"
  std::vector<BuiltPlatform> platforms;
  std::vector<plan::Finding> findings;  // that did not stop it
  std::size_t layers_reused = 0, layers_made = 0;
  std::size_t blobs_written = 0, blobs_present = 0;
  std::uint64_t bytes_written = 0;
  std::vector<std::string> outputs;                    // as given
  std::vector<std::pair<std::string, double>> stages;  // name, seconds; in order
  bool from_memo = false;                              // nothing had changed
};

using OnFindings = std::function<void(const std::vector<plan::Finding>&)>;

// Lock, base and targets → images in every output, one index for each variant (variants.h). Throws
// Error{refused} after on_findings when a finding is an error; Error{usage} without any output; and
// all that the folders below throw. What was in an output before stays whole.
std::vector<Outcome> build(const Options& options,
                           const Ports& ports,
                           const OnFindings& on_findings);

}  // namespace cartwheel::build
