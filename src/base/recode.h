#pragma once

#include "core/format.h"
#include "oci/image.h"
#include "store/store.h"
#include "util/progress.h"

namespace cartwheel::base {

// The layer in the compression of this build: as it is when it has it already (gzip for splice),
// else its tar coded anew by our own encoder or zstd, put into the store and remembered; the tar,
// and so the diff_id, stays the same. Throws Error{integrity} when the layer's bytes do not have
// its diff_id.
oci::Layer in_compression(oci::Layer layer,
                          core::Compression compression,
                          store::Store& store,
                          util::Progress& progress,
                          bool verify_memo = false);

}  // namespace cartwheel::base
