#include "build/tree_choice.h"

#include "base/base.h"
#include "build/data_layers.h"
#include "plan/roots.h"

namespace cartwheel::build {

bool is_copied(const settings::Loaded& loaded, const lock::Package& package) {
  if (loaded.settings.package) {
    return !*loaded.settings.package;
  }
  return package.source.kind == lock::SourceKind::virtual_ ||
         (package.source.location == "." &&
          !loaded.project.uv_package.value_or(loaded.project.has_build_system));
}

std::vector<SourceTree> source_trees(const Prepared& prepared) {
  std::vector<SourceTree> out;
  const settings::Settings& settings = prepared.loaded.settings;
  // Data lies in the project's folder more often than not, and is large: once is enough.
  std::vector<std::string> elsewhere = settings.ca_certificates;
  for (const settings::DataEntry& entry : settings.data) {
    if (entry.url.empty()) {
      elsewhere.push_back(entry.from);
    }
  }
  bool without_project =
      !prepared.selection.only_groups.empty() || prepared.selection.no_install_project;
  std::vector<std::size_t> roots;
  if (prepared.lock.kind == lock::LockKind::uv && !without_project) {
    roots = plan::find_roots(prepared.lock, prepared.selection).packages;
  }
  for (std::size_t index : roots) {
    const lock::Package& package = prepared.lock.packages[index];
    if (is_copied(prepared.loaded, package)) {
      bool single = roots.size() == 1;
      out.push_back({.kind = "project",
                     .name = package.name,
                     .from = package.source.location,
                     .to = single || package.source.location == "."
                               ? settings.workdir
                               : settings.workdir + "/" + package.source.location,
                     .include = settings.project_include,
                     .exclude = settings.project_exclude,
                     .without = elsewhere});
    }
  }
  bool lock_has_no_project =
      prepared.lock.kind == lock::LockKind::pylock && prepared.loaded.project.has_project_table;
  if (lock_has_no_project && !without_project) {
    out.push_back({.kind = "project",
                   .name = prepared.loaded.project.name,
                   .from = ".",
                   .to = settings.workdir,
                   .include = settings.project_include,
                   .exclude = settings.project_exclude,
                   .without = elsewhere});
  }
  for (const settings::FilesEntry& entry : settings.files) {
    out.push_back({.kind = "files",
                   .name = entry.from,
                   .from = entry.from,
                   .to = entry.to,
                   .include = entry.include,
                   .exclude = entry.exclude});
  }
  for (const settings::DataEntry& entry : settings.data) {
    if (entry.url.empty()) {
      out.push_back(data_tree(entry));
    }
  }
  for (const std::string& path : settings.ca_certificates) {
    out.push_back({.kind = std::string(kCertificates), .name = path, .from = path, .to = "/"});
  }
  if (base::is_definition_file(settings.base)) {
    out.push_back({.kind = std::string(kBaseDefinition),
                   .name = settings.base,
                   .from = settings.base,
                   .to = "/"});
  }
  return out;
}

}  // namespace cartwheel::build
