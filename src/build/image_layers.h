#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/base.h"
#include "build/assemble.h"
#include "build/bytecode.h"
#include "build/runtime.h"
#include "build/source_trees.h"
#include "build/wheel_layers.h"
#include "lock/base_lock.h"
#include "memo/layer_memo.h"
#include "plan/plan.h"
#include "settings/settings.h"
#include "store/recipe.h"
#include "store/store.h"

namespace cartwheel::build {

// Layers as an image stacks them, with the history and the annotations that name what is in them
// (docs/formats.md section 9). Their blobs are in the store: Error{not_found} when one has gone.

// Bytes that a data layer takes from local files are streamed from `elsewhere`.
StackedLayer stacked(const memo::LayerRecord& record,
                     const std::string& kind,
                     const std::string& created_by,
                     const std::shared_ptr<store::Store>& store,
                     const store::Elsewhere& elsewhere = {});

StackedLayer wheel_layer(const MadeLayer& made, const std::shared_ptr<store::Store>& store);

// A layer of Debian packages on top of the base.
StackedLayer debian_layer(const memo::LayerRecord& record,
                          const std::string& history,
                          const std::vector<std::pair<std::string, std::string>>& packages,
                          const std::shared_ptr<store::Store>& store);

// The prefix, pyvenv.cfg, the links to the base's Python; and what else a process finds
// (runtime.h).
StackedLayer venv_layer(const plan::Plan& plan,
                        const lock::BasePin& pin,
                        const Runtime& runtime,
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
                                         const layer::Bytecode& bytecode,
                                         const settings::Settings& settings,
                                         const std::shared_ptr<store::Store>& store,
                                         const layer::Services& services);

// A static program: tini, or busybox with a shell where what lies below (the base and Debian's
// packages) has none. Made of the pin in cartwheel.lock; `below` is read only for the shell.
StackedLayer tool_layer(const lock::ToolPin& pin,
                        const oci::Image& below,
                        core::Compression compression,
                        const base::Context& context,
                        const std::shared_ptr<store::Store>& store);

// The layers of source trees, the same on every platform whose folders are the same: the project's,
// then the plain files'. python: compiles the project's modules, or null.
std::vector<StackedLayer> source_layers(const std::vector<ScannedTree>& scanned,
                                        const settings::Loaded& loaded,
                                        const std::vector<facts::BaseFacts::Parent>& parents,
                                        const CompilingPython* python,
                                        const std::shared_ptr<store::Store>& store,
                                        memo::LayerMemo& memo);

}  // namespace cartwheel::build
