#include "build/planned_trees.h"

#include "build/data_layers.h"

namespace cartwheel::build {

std::vector<plan::PlannedTree> planned_trees(const Prepared& prepared, const Inputs& inputs) {
  std::vector<plan::PlannedTree> out;
  for (const SourceTree& source : prepared.sources) {
    if (source.kind == kCertificates || source.kind == kBaseDefinition) {
      continue;
    }
    const ScannedTree scanned = list(source, inputs.folder, {});
    plan::PlannedTree planned{.kind = source.kind, .name = source.name, .to = source.to};
    for (const tree::TreeFile& file : scanned.tree.files) {
      planned.bytes += file.size;
      planned.files.push_back(file.path);
    }
    if (source.kind == "data") {
      planned.layers = data_layer_count(scanned, prepared.loaded.settings);
    }
    planned.remarks = remarks(scanned);
    out.push_back(std::move(planned));
  }
  return out;
}

}  // namespace cartwheel::build
