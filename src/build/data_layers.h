#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "build/assemble.h"
#include "build/build.h"
#include "build/inputs.h"
#include "build/source_trees.h"
#include "facts/base_facts.h"
#include "layer/data_layer.h"
#include "memo/layer_memo.h"
#include "plan/report.h"
#include "settings/settings.h"

namespace cartwheel::build {

// The layers of [[data]] (docs/formats.md section 6), the same on every platform whose folders are
// the same: each entry's own, in the settings' order, from the memo or made. What a url names is
// fetched only when a layer is to be made of it, or streamed from it. Local bytes that do not
// compress stay where they are: whoever streams such a layer reads the files, and its digest is
// checked then. Throws Error{not_found} for an entry without any file, Error{io} when a file
// changes while its layer is made, and what fetch::fetch throws.
std::vector<StackedLayer> data_layers(const settings::Settings& settings,
                                      const std::vector<ScannedTree>& scanned,
                                      const std::vector<facts::BaseFacts::Parent>& parents,
                                      const Options& options,
                                      const Ports& ports,
                                      memo::LayerMemo& memo);

// How many layers an entry's listed files make.
std::size_t data_layer_count(const ScannedTree& listed, const settings::Settings& settings);

// The entry as a tree to be listed; not of a url.
SourceTree data_tree(const settings::DataEntry& entry);

// What the plan tells of each entry, in the settings' order. Folders are listed, nothing is hashed
// or fetched.
std::vector<plan::PlannedData> planned_data(const settings::Settings& settings,
                                            const Inputs& inputs,
                                            store::Store& store);

}  // namespace cartwheel::build
