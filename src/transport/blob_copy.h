#pragma once

#include "core/blob.h"
#include "util/progress.h"
#include "util/stream.h"

namespace cartwheel::transport {

// Streams a blob into a sink, hashing what goes by. Throws Error{integrity} at the end when digest
// or size differ: the sink's bytes must not be published then.
void copy_blob(const core::Blob& blob, util::Sink& sink);

}  // namespace cartwheel::transport
