#include "plan/package_layers.h"

#include <algorithm>
#include <set>
#include <utility>

namespace cartwheel::plan {

namespace {

bool is_source_tree(const PlannedPackage& package) {
  return package.source.kind == lock::SourceKind::directory ||
         package.source.kind == lock::SourceKind::editable;
}

}  // namespace

std::vector<std::string> exclude_globs(const std::string& name,
                                       const settings::Settings& settings) {
  std::set<std::string> globs;
  for (const std::string& key : {std::string("*"), name}) {
    if (auto found = settings.exclude.find(key); found != settings.exclude.end()) {
      globs.insert(found->second.begin(), found->second.end());
    }
  }
  return {globs.begin(), globs.end()};
}

std::vector<LayerGroup> layers_of(const std::vector<PlannedPackage>& packages,
                                  const settings::Settings& settings,
                                  int base_layers) {
  std::vector<std::string> common = exclude_globs("", settings);
  std::vector<LayerInput> inputs;
  constexpr int kAbove = 3;  // environment, project, plain files
  LayerLimits limits{.budget = settings.layer_budget,
                     .other_layers = base_layers + kAbove,
                     .max_layer_size = settings.max_layer_size};
  // The loader's layer, of which is known only later whether it is there.
  bool may_have_loader = std::ranges::any_of(
      packages, [](const auto& package) { return package.name.starts_with("nvidia-"); });
  limits.other_layers += may_have_loader ? 1 : 0;
  for (const PlannedPackage& package : packages) {
    LayerInput input{.name = package.name,
                     .size = package.wheel ? package.wheel->size : std::nullopt};
    if (is_source_tree(package)) {
      input.place = LayerInput::Place::last;
    } else if (package.exclude != common) {
      input.place = LayerInput::Place::alone;
    }
    inputs.push_back(std::move(input));
  }
  return group_layers(inputs, limits);
}

}  // namespace cartwheel::plan
