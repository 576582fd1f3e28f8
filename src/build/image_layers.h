#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "build/assemble.h"
#include "build/bytecode.h"
#include "build/source_trees.h"
#include "build/wheel_layers.h"
#include "lock/base_lock.h"
#include "plan/plan.h"
#include "settings/settings.h"
#include "store/store.h"

namespace cartwheel::build {

// Layers as an image stacks them, with the history and the annotations that name what is in them
// (docs/formats.md section 9). Their blobs are in the store: Error{not_found} when one has gone.

StackedLayer wheel_layer(const MadeLayer& made, const std::shared_ptr<store::Store>& store);

// The prefix, pyvenv.cfg, the links to the base's Python.
StackedLayer venv_layer(const plan::Plan& plan,
                        const lock::BasePin& pin,
                        const settings::Settings& settings,
                        const std::shared_ptr<store::Store>& store);

// What tells ld.so of folders of wheels; nothing when it need not be told.
std::optional<StackedLayer> loader_layer(const plan::Plan& plan,
                                         const oci::Image& base,
                                         const lock::BasePin& pin,
                                         const settings::Settings& settings,
                                         const std::shared_ptr<store::Store>& store);

// The .pyc files of the base's standard library; nothing when it has its own.
std::optional<StackedLayer> stdlib_layer(const oci::Image& base,
                                         const lock::BasePin& pin,
                                         const CompilingPython& python,
                                         const settings::Settings& settings,
                                         std::size_t threads,
                                         const std::shared_ptr<store::Store>& store,
                                         memo::LayerMemo& memo);

// The layers of source trees, the same on every platform: the project's, then the plain files'.
// python: compiles the project's modules, or null.
std::vector<StackedLayer> source_layers(const std::vector<ScannedTree>& scanned,
                                        const settings::Loaded& loaded,
                                        const CompilingPython* python,
                                        const std::shared_ptr<store::Store>& store,
                                        memo::LayerMemo& memo);

}  // namespace cartwheel::build
