#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "build/build.h"
#include "build/inputs.h"
#include "build/source_trees.h"
#include "oci/image.h"
#include "transport/transport.h"

namespace cartwheel::build {

// The whole-build memo (docs/formats.md section 8): an unchanged build whose outputs are there
// parses nothing and makes nothing.
class BuildRecords {
 public:
  BuildRecords(store::Store& store, std::vector<std::filesystem::path> outputs)
      : store_(store),
        outputs_(std::move(outputs)) {}

  // Whether a record of the same inputs holds: each source tree has its digest still, and each
  // output has every blob. Fills the outcome then. Never an error: a record that does not read is
  // none.
  bool answers(const Inputs& inputs,
               const Options& options,
               const std::vector<transport::Reference>& references,
               const Ports& ports,
               Outcome& outcome) const;

  void keep(const Inputs& inputs,
            const Options& options,
            const std::vector<ScannedTree>& trees,
            const oci::BuiltIndex& index,
            const Outcome& outcome) const;

 private:
  store::Store& store_;
  std::vector<std::filesystem::path> outputs_;
};

}  // namespace cartwheel::build
