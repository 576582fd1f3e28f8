#pragma once

#include <memory>
#include <string>

#include "oci/image.h"
#include "transport/container.h"

namespace cartwheel::transport {

// The image of an archive as `docker save` writes it: manifest.json names config, layers (plain
// tars, or compressed ones as they are in a layout) and tags. A plain layer's digest is its
// diff_id; a compressed one outside of blobs/ is hashed here.
oci::Image read_docker_archive(const std::shared_ptr<const Container>& container,
                               const std::string& tag);

}  // namespace cartwheel::transport
