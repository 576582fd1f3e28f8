#include "build/image_layers.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "base/stdlib_layer.h"
#include "build/loader_layer.h"
#include "layer/tree_layer.h"
#include "memo/layer_memo.h"
#include "store/recipe.h"
#include "util/error.h"

namespace cartwheel::build {

using util::Error;
using util::ErrorKind;

namespace {

oci::Layer to_layer(const memo::LayerRecord& record, const std::shared_ptr<store::Store>& store) {
  oci::Layer layer{.descriptor = record.blob, .diff_id = record.diff_id};
  layer.blob = store::find_blob(store, record.blob.digest);
  if (!layer.blob) {
    throw Error(ErrorKind::not_found,
                fmt::format("store: layer {} is gone: build again", record.blob.digest.str()));
  }
  return layer;
}

StackedLayer stacked(const memo::LayerRecord& record,
                     const std::string& kind,
                     const std::string& created_by,
                     const std::shared_ptr<store::Store>& store) {
  StackedLayer out{.layer = to_layer(record, store), .created_by = created_by};
  out.layer.descriptor.annotations["dev.cartwheel.kind"] = kind;
  return out;
}

}  // namespace

StackedLayer wheel_layer(const MadeLayer& made, const std::shared_ptr<store::Store>& store) {
  std::vector<std::pair<std::string, std::string>> packages;
  for (const memo::LayerRecord::Package& package : made.record.packages) {
    packages.emplace_back(package.name, package.version);
  }
  StackedLayer out =
      stacked(made.record, made.record.kind, layer_history(packages, made.bucket), store);
  out.layer.descriptor.annotations["dev.cartwheel.packages"] = packages_annotation(packages);
  return out;
}

StackedLayer venv_layer(const plan::Plan& plan,
                        const lock::BasePin& pin,
                        const settings::Settings& settings,
                        const std::shared_ptr<store::Store>& store) {
  memo::LayerRecord record = layer::make_tree_layer(
      layer::venv_entries(
          settings.prefix.substr(1), pin.facts.python_path, pin.facts.python, pin.facts.parents),
      "venv",
      settings.compression,
      *store);
  return stacked(
      record,
      "venv",
      fmt::format("cartwheel: venv {} (Python {})", settings.prefix, plan.target.python.str()),
      store);
}

std::optional<StackedLayer> loader_layer(const plan::Plan& plan,
                                         const oci::Image& base,
                                         const lock::BasePin& pin,
                                         const settings::Settings& settings,
                                         const std::shared_ptr<store::Store>& store) {
  std::optional<memo::LayerRecord> record =
      make_loader_layer(plan, base, pin.facts.parents, settings.compression, *store);
  if (!record) {
    return std::nullopt;
  }
  return stacked(*record, "loader", loader_history(plan.needs), store);
}

std::optional<StackedLayer> stdlib_layer(const oci::Image& base,
                                         const lock::BasePin& pin,
                                         const CompilingPython& python,
                                         const settings::Settings& settings,
                                         std::size_t threads,
                                         const std::shared_ptr<store::Store>& store,
                                         memo::LayerMemo& memo) {
  const std::optional<memo::LayerRecord> record = base::stdlib_layer(base,
                                                                     "base '" + pin.name + "'",
                                                                     pin.facts.python_path,
                                                                     python.bytecode,
                                                                     *python.interpreter,
                                                                     settings.compression,
                                                                     threads,
                                                                     *store,
                                                                     memo);
  if (!record) {
    return std::nullopt;
  }
  return stacked(*record,
                 "bytecode",
                 fmt::format("cartwheel: bytecode: standard library (Python {})", pin.facts.python),
                 store);
}

std::vector<StackedLayer> source_layers(const std::vector<ScannedTree>& scanned,
                                        const settings::Loaded& loaded,
                                        const CompilingPython* python,
                                        const std::shared_ptr<store::Store>& store,
                                        memo::LayerMemo& memo) {
  std::vector<StackedLayer> out;
  for (const char* kind : {"project", "files"}) {
    std::vector<ScannedTree> trees;
    std::ranges::copy_if(scanned, std::back_inserter(trees), [&](const ScannedTree& tree) {
      return tree.source.kind == kind && !tree.tree.files.empty();
    });
    if (trees.empty()) {
      continue;
    }
    std::string what =
        kind == std::string("project")
            ? fmt::format("cartwheel: project: {} {}", trees[0].source.name, loaded.project.version)
            : std::string("cartwheel: files");
    while (what.ends_with(' ')) {
      what.pop_back();
    }
    memo::LayerRecord record =
        make_source_layer(trees, loaded.settings.compression, *store, memo, python);
    out.push_back(stacked(record, kind, what, store));
  }
  return out;
}

}  // namespace cartwheel::build
