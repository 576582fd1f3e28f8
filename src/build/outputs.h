#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "build/build.h"
#include "oci/image.h"
#include "transport/transport.h"

namespace cartwheel::build {

// The folders and files that the build itself writes: never part of a project's tree.
std::vector<std::filesystem::path> output_paths(const std::vector<transport::Reference>& outputs);

// Where an index goes.
struct Output {
  std::string name;  // as it was given
  std::unique_ptr<transport::ImageSink> sink;
};

// Throws what can be known of an output before anything is made for it: a folder that is no layout,
// two platforms for what takes one.
std::vector<Output> open_outputs(const std::vector<transport::Reference>& references,
                                 std::size_t platforms,
                                 const Options& options,
                                 const Ports& ports);

// Puts the index and its blobs into every output; counts what was written into the outcome.
void write_outputs(const oci::BuiltIndex& index,
                   const std::vector<Output>& outputs,
                   const Options& options,
                   const Ports& ports,
                   Outcome& outcome);

// Digests, layers and sizes of the images, for the summary.
void describe(const oci::BuiltIndex& index, Outcome& outcome);

}  // namespace cartwheel::build
