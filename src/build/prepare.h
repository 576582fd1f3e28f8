#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "build/build.h"
#include "build/inputs.h"
#include "build/options.h"
#include "build/source_trees.h"
#include "lock/base_lock.h"
#include "lock/lock.h"
#include "plan/plan.h"
#include "settings/settings.h"

namespace cartwheel::build {

// Wheels that were made here, by platform and package.
using BuiltByPlatform = std::map<std::pair<std::string, std::string>, core::Artifact>;

// Everything that is decided before a byte is fetched. Made of texts and the memo alone: no socket
// is opened.
struct Prepared {
  settings::Loaded loaded;  // settings with the command line's options put in
  lock::Lock lock;
  plan::Selection selection;
  lock::BaseLock base_lock;
  std::vector<plan::Plan> plans;  // amd64, arm64: as asked for
  // Project trees, then [[files]], the local ones of [[data]], certificates.
  std::vector<SourceTree> sources;
  std::vector<plan::Finding> common_findings;       // that concern all platforms
  BuiltByPlatform built;                            // wheels that build_wheels made, in `plans` too
  std::vector<ScannedTree> built_trees;             // which some of them were made of
  std::vector<std::filesystem::path> output_paths;  // what the build writes: never part of a tree

  std::vector<plan::Finding> findings() const;    // common ones first, then each plan's
  std::vector<core::Platform> platforms() const;  // of the plans
};

// Throws Error{usage}, Error{malformed}, Error{refused}; error findings are values. built: the
// same, with the wheels that were made here since (build_wheels), whose inside then counts as well.
Prepared prepare(const Inputs& inputs,
                 const Options& options,
                 store::Store& store,
                 const Prepared* built = nullptr);

// Layers that hold no wheel, beside the environment, the project and the files: Debian's packages,
// the Python of an archive, the standard library's .pyc files, init, data.
int base_layers(const Prepared& prepared, const core::Platform& platform);

// Whether the whole set must not be built.
bool has_errors(const std::vector<plan::Finding>& findings);

}  // namespace cartwheel::build
