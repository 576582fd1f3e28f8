#include "build/image_layers.h"

#include <algorithm>
#include <iterator>
#include <map>

#include <fmt/format.h>

#include "base/base_files.h"
#include "base/stdlib_layer.h"
#include "base/tools.h"
#include "build/loader_layer.h"
#include "layer/tree_layer.h"
#include "memo/layer_memo.h"
#include "store/recipe.h"
#include "util/error.h"

namespace cartwheel::build {

using util::Error;
using util::ErrorKind;

namespace {

oci::Layer to_layer(const memo::LayerRecord& record,
                    const std::shared_ptr<store::Store>& store,
                    const store::Elsewhere& elsewhere) {
  oci::Layer layer{.descriptor = record.blob, .diff_id = record.diff_id};
  layer.blob = store::find_blob(store, record.blob.digest, elsewhere);
  if (!layer.blob) {
    throw Error(ErrorKind::not_found,
                fmt::format("store: layer {} is gone: build again", record.blob.digest.str()));
  }
  return layer;
}

// The skeleton of the environment, and the folders and files of the runtime where it has none.
std::vector<layer::TreeEntry> venv_entries(const lock::BasePin& pin,
                                           const Runtime& runtime,
                                           const settings::Settings& settings) {
  std::map<std::string, layer::TreeEntry> entries;
  for (const facts::BaseFacts::Parent& folder : runtime.folders) {
    entries.emplace(folder.path,
                    layer::directory_entry(folder.path, folder.mode, folder.uid, folder.gid));
  }
  for (const layer::TreeEntry& file : runtime.files) {
    entries.emplace(file.entry.path, file);
  }
  for (layer::TreeEntry& entry : layer::venv_entries(
           settings.prefix.substr(1), pin.facts.python_path, pin.facts.python, pin.facts.parents)) {
    entries.try_emplace(entry.entry.path, std::move(entry));
  }
  std::vector<layer::TreeEntry> out;
  out.reserve(entries.size());
  for (auto& [path, entry] : entries) {
    out.push_back(std::move(entry));
  }
  return out;
}

}  // namespace

StackedLayer stacked(const memo::LayerRecord& record,
                     const std::string& kind,
                     const std::string& created_by,
                     const std::shared_ptr<store::Store>& store,
                     const store::Elsewhere& elsewhere) {
  StackedLayer out{.layer = to_layer(record, store, elsewhere), .created_by = created_by};
  out.layer.descriptor.annotations["dev.cartwheel.kind"] = kind;
  return out;
}

StackedLayer wheel_layer(const MadeLayer& made, const std::shared_ptr<store::Store>& store) {
  std::vector<std::pair<std::string, std::string>> packages;
  packages.reserve(made.record.packages.size());
  for (const memo::LayerRecord::Package& package : made.record.packages) {
    packages.emplace_back(package.name, package.version);
  }
  StackedLayer out =
      stacked(made.record, made.record.kind, layer_history(packages, made.bucket), store);
  out.layer.descriptor.annotations["dev.cartwheel.packages"] = packages_annotation(packages);
  return out;
}

StackedLayer debian_layer(const memo::LayerRecord& record,
                          const std::string& history,
                          const std::vector<std::pair<std::string, std::string>>& packages,
                          const std::shared_ptr<store::Store>& store) {
  StackedLayer out = stacked(record, record.kind, history, store);
  out.layer.descriptor.annotations["dev.cartwheel.packages"] = packages_annotation(packages);
  return out;
}

StackedLayer venv_layer(const plan::Plan& plan,
                        const lock::BasePin& pin,
                        const Runtime& runtime,
                        const settings::Settings& settings,
                        const std::shared_ptr<store::Store>& store) {
  memo::LayerRecord record = layer::make_tree_layer(
      venv_entries(pin, runtime, settings), "venv", settings.compression, *store);
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
                                         const layer::Bytecode& bytecode,
                                         const settings::Settings& settings,
                                         const std::shared_ptr<store::Store>& store,
                                         const layer::Services& services) {
  const std::optional<memo::LayerRecord> record = base::stdlib_layer(base,
                                                                     "base '" + pin.name + "'",
                                                                     pin.facts.python_path,
                                                                     bytecode,
                                                                     settings.compression,
                                                                     services);
  if (!record) {
    return std::nullopt;
  }
  return stacked(*record,
                 "bytecode",
                 fmt::format("cartwheel: bytecode: standard library (Python {})", pin.facts.python),
                 store);
}

StackedLayer tool_layer(const lock::ToolPin& pin,
                        const oci::Image& below,
                        core::Compression compression,
                        const base::Context& context,
                        const std::shared_ptr<store::Store>& store) {
  std::string shell;
  if (pin.package.name == base::kBusybox) {
    const base::BaseFiles files = base::read_base_files(below, "base", *store);
    shell = files.has_shell ? "" : files.bin_folder + "/sh";
  }
  StackedLayer out =
      stacked(base::tool_layer(pin, shell, compression, context),
              "deb",
              fmt::format("cartwheel: debian: {}=={}", pin.package.name, pin.package.version),
              store);
  out.layer.descriptor.annotations["dev.cartwheel.packages"] =
      pin.package.name + "==" + pin.package.version;
  return out;
}

std::vector<StackedLayer> source_layers(const std::vector<ScannedTree>& scanned,
                                        const settings::Loaded& loaded,
                                        const std::vector<facts::BaseFacts::Parent>& parents,
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
        make_source_layer(trees, parents, loaded.settings.compression, *store, memo, python);
    out.push_back(stacked(record, kind, what, store));
  }
  return out;
}

}  // namespace cartwheel::build
