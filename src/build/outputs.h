#pragma once

#include <filesystem>
#include <vector>

#include "build/build.h"
#include "oci/image.h"
#include "transport/transport.h"

namespace cartwheel::build {

// The folders and files that the build itself writes: never part of a project's tree.
std::vector<std::filesystem::path> output_paths(const std::vector<transport::Reference>& outputs);

// Puts the index and its blobs into every output; counts what was written into the outcome.
void write_outputs(const oci::BuiltIndex& index,
                   const std::vector<transport::Reference>& references,
                   const Options& options,
                   const Ports& ports,
                   Outcome& outcome);

// Digests, layers and sizes of the images, for the summary.
void describe(const oci::BuiltIndex& index, Outcome& outcome);

}  // namespace cartwheel::build
