#pragma once

#include <map>
#include <string>
#include <vector>

#include "build/runtime.h"
#include "oci/image.h"
#include "plan/plan.h"
#include "settings/settings.h"

namespace cartwheel::build {

// A layer of ours on top of a base, with what the config's history says of it.
struct StackedLayer {
  oci::Layer layer;
  std::string created_by;  // "cartwheel: torch 2.4.0+cu121"
};

// What one platform's image is made of.
struct ImageParts {
  oci::Image base;
  const plan::Plan* plan = nullptr;
  const Runtime* runtime = nullptr;
  std::vector<StackedLayer> layers;  // bottom to top
  std::string base_name;             // "debian12-python3.11", "oci:DIR"
  std::string base_digest;           // "sha256:…", or ""
  bool debug = false;                // busybox is there: its folder goes to the end of PATH
};

// What all platforms share.
struct ImageSettings {
  const settings::Settings& settings;
  std::string title, version;     // of the project, or ""
  std::string lock_digest;        // "sha256:…" of the lock's bytes
  std::string source_date_epoch;  // digits, or ""
};

// `created` of an image (docs/formats.md section 9): SOURCE_DATE_EPOCH, else the latest of the
// base's and every upload-time of a selected artifact, in whole seconds; 1980-01-02T00:00:00Z when
// there is none.
std::string created_time(const ImageParts& parts, const std::string& source_date_epoch);

// The base with our layers, environment, user, history and annotations on top.
oci::Image assemble(const ImageParts& parts, const ImageSettings& shared);

// The index over these images, with the annotations that concern all of them.
oci::BuiltIndex index_of(std::vector<oci::Image> images, const ImageSettings& shared);

// "cartwheel: bucket 3: attrs 24.2.0, idna 3.8" …
std::string layer_history(const std::vector<std::pair<std::string, std::string>>& packages,
                          int bucket);

// The value of the layer annotation dev.cartwheel.packages: "name==version,…", or "N packages"
// beyond 4,096 bytes.
std::string packages_annotation(const std::vector<std::pair<std::string, std::string>>& packages);

}  // namespace cartwheel::build
