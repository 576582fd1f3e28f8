#pragma once

#include <memory>

#include "transport/transport.h"

namespace cartwheel::transport {

// oci-archive: a tar of a layout, and docker-archive: a tar with manifest.json, config and layers
// (one platform). With one platform both hold both, so that podman, skopeo, containerd and dockerd
// load either. Written beside its name and renamed at the end.
std::unique_ptr<ImageSink> make_archive_sink(const Reference& reference, util::Progress& progress);

}  // namespace cartwheel::transport
