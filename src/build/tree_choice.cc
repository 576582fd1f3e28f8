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

namespace {

// A project's own code, which lies at `from` and goes to `to`. What goes into the image elsewhere
// is left out.
SourceTree project_tree(const std::string& name,
                        const std::string& from,
                        const std::string& to,
                        const settings::Settings& settings) {
  // Data lies in the project's folder more often than not, and is large: once is enough.
  std::vector<std::string> elsewhere = settings.ca_certificates;
  for (const settings::DataEntry& entry : settings.data) {
    if (entry.url.empty()) {
      elsewhere.push_back(entry.from);
    }
  }
  return {.kind = "project",
          .name = name,
          .from = from,
          .to = to,
          .include = settings.project_include,
          .exclude = settings.project_exclude,
          .without = elsewhere};
}

std::vector<SourceTree> project_trees(const Prepared& prepared) {
  const settings::Settings& settings = prepared.loaded.settings;
  if (!prepared.selection.only_groups.empty() || prepared.selection.no_install_project) {
    return {};
  }
  if (prepared.lock.kind == lock::LockKind::pylock) {
    const settings::Project& project = prepared.loaded.project;
    if (!project.has_project_table) {
      return {};
    }
    return {project_tree(project.name, ".", settings.workdir, settings)};
  }
  const std::vector<std::size_t> roots =
      plan::find_roots(prepared.lock, prepared.selection).packages;
  std::vector<SourceTree> out;
  for (std::size_t index : roots) {
    const lock::Package& package = prepared.lock.packages[index];
    if (is_copied(prepared.loaded, package)) {
      const std::string& from = package.source.location;
      const bool is_at_top = roots.size() == 1 || from == ".";
      out.push_back(project_tree(package.name,
                                 from,
                                 is_at_top ? settings.workdir : settings.workdir + "/" + from,
                                 settings));
    }
  }
  return out;
}

}  // namespace

std::vector<SourceTree> source_trees(const Prepared& prepared) {
  std::vector<SourceTree> out = project_trees(prepared);
  const settings::Settings& settings = prepared.loaded.settings;
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
