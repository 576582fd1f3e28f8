#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/blob.h"
#include "oci/image.h"
#include "transport/new_file.h"
#include "util/progress.h"

namespace cartwheel::transport {

// Writes the blob's bytes into the file from offset on, hashing them on the way unless this process
// has just done so (core::Blob::give_pieces), and advances the progress of writing that output.
// Throws Error{integrity} when size or digest is another: then what was written must not be
// published.
void stream_blob(const core::Blob& blob,
                 NewFile& file,
                 std::uint64_t offset,
                 util::Progress& progress,
                 const std::string& output);

// Every blob of the index but its own, each digest once: layers base first, then config, then
// manifest, of one image after the other. Calls oci::check().
std::vector<const core::Blob*> blobs_of(const oci::BuiltIndex& index);

// The same blobs, the largest first: with several threads no large one is begun last.
std::vector<const core::Blob*> largest_first(std::vector<const core::Blob*> blobs);

}  // namespace cartwheel::transport
