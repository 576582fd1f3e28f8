#include <algorithm>

#include <fmt/format.h>

#include "python/names.h"
#include "settings/foreign.h"
#include "settings/read_settings.h"
#include "util/text.h"

namespace cartwheel::settings {

namespace {

// [dependency-groups] (PEP 735): requirements, and { include-group = "name" }. Each group is
// expanded once, and a requirement stands in it once, so that groups that include each other many
// times over cost nothing.
class Groups {
 public:
  Groups(const Foreign& reader, const toml::table& table) : reader_(reader) {
    for (const auto& [name, value] : table) {
      std::string normalized = python::normalized_name(name.str());
      if (!tables_.emplace(normalized, &value).second) {
        reader_.fail(value, fmt::format("dependency-groups: '{}' is there twice", normalized));
      }
    }
  }

  std::map<std::string, std::vector<std::string>> expanded() {
    for (const auto& [name, node] : tables_) {
      expand(name);
    }
    return std::move(expanded_);
  }

 private:
  const std::vector<std::string>& expand(const std::string& name) {
    const toml::node& node = *tables_.at(name);
    if (auto known = expanded_.find(name); known != expanded_.end()) {
      return known->second;
    }
    if (std::ranges::find(path_, name) != path_.end()) {
      reader_.fail(node, fmt::format("dependency-groups: '{}' includes itself", name));
    }
    constexpr std::size_t kDeepest = 500;
    if (path_.size() > kDeepest) {
      reader_.fail(node, "dependency-groups: they include each other too deeply");
    }
    const toml::array* array = node.as_array();
    if (array == nullptr) {
      reader_.fail(
          node,
          fmt::format(
              "dependency-groups.{}: wanted a list, found {}", name, util::type_name(node)));
    }
    path_.push_back(name);
    std::vector<std::string> out;
    for (const toml::node& element : *array) {
      if (element.is_string()) {
        add(out, element.as_string()->get());
        continue;
      }
      for (const std::string& requirement : expand(included(name, element))) {
        add(out, requirement);
      }
    }
    path_.pop_back();
    return expanded_[name] = std::move(out);
  }

  static void add(std::vector<std::string>& list, const std::string& requirement) {
    if (std::ranges::find(list, requirement) == list.end()) {
      list.push_back(requirement);
    }
  }

  // The group that { include-group = "…" } names.
  std::string included(const std::string& group, const toml::node& element) const {
    const toml::table* table = element.as_table();
    const toml::node* other = table != nullptr ? table->get("include-group") : nullptr;
    if (other == nullptr || !other->is_string() || table->size() != 1) {
      reader_.fail(element,
                   fmt::format("dependency-groups.{}: wanted a requirement or {{ include-group = "
                               "\"NAME\" }}, found {}",
                               group,
                               util::type_name(element)));
    }
    std::string name = python::normalized_name(other->as_string()->get());
    if (!tables_.contains(name)) {
      std::vector<std::string> known;
      known.reserve(tables_.size());
      for (const auto& [each, node] : tables_) {
        known.push_back(each);
      }
      reader_.fail(element,
                   fmt::format("dependency-groups.{}: includes '{}', which is no group{}",
                               group,
                               name,
                               util::did_you_mean(name, known)));
    }
    return name;
  }

  const Foreign& reader_;
  std::map<std::string, const toml::node*> tables_;
  std::map<std::string, std::vector<std::string>> expanded_;
  std::vector<std::string> path_;
};

void read_project_table(const Foreign& reader, const toml::table& table, Project& project) {
  project.has_project_table = true;
  project.name = python::normalized_name(reader.text(table, "name", "project"));
  project.version = reader.text(table, "version", "project");
  project.requires_python = reader.text(table, "requires-python", "project");
  if (const toml::node* dynamic = table.get("dynamic")) {
    project.dynamic = reader.texts(*dynamic, "project.dynamic");
  }
  if (const toml::node* dependencies = table.get("dependencies")) {
    project.dependencies = reader.texts(*dependencies, "project.dependencies");
  }
  const toml::node* optional = table.get("optional-dependencies");
  if (optional != nullptr && !optional->is_table()) {
    reader.fail(*optional, "project.optional-dependencies: wanted a table");
  }
  if (optional != nullptr) {
    for (const auto& [extra, value] : *optional->as_table()) {
      project.optional_dependencies[python::normalized_name(extra.str())] = reader.texts(
          value, fmt::format("project.optional-dependencies.{}", std::string(extra.str())));
    }
  }
}

// One entry of [tool.uv.sources].
ProjectSource read_source(const Foreign& reader, const toml::node& node, const std::string& name) {
  const std::string what = "tool.uv.sources." + name;
  const toml::table* table = node.as_table();
  if (table == nullptr) {
    reader.fail(node, fmt::format("{}: wanted a table, found {}", what, util::type_name(node)));
  }
  ProjectSource source;
  for (const char* kind : {"index", "git", "url", "path", "workspace"}) {
    if (const toml::node* value = table->get(kind)) {
      source.kind = kind;
      source.location = value->value_or(std::string());
      break;
    }
  }
  for (const char* kind : {"rev", "tag", "branch"}) {
    if (table->contains(kind)) {
      source.reference = fmt::format("{}={}", kind, reader.text(*table, kind, what));
    }
  }
  source.subdirectory = reader.text(*table, "subdirectory", what);
  if (source.kind == "git") {
    source.path = reader.text(*table, "path", what);
    source.lfs = (*table)["lfs"].value_or(false);
  }
  source.marker = reader.text(*table, "marker", what);
  source.extra = python::normalized_name(reader.text(*table, "extra", what));
  source.group = python::normalized_name(reader.text(*table, "group", what));
  return source;
}

void read_sources(const Foreign& reader, const toml::table& table, Project& project) {
  for (const auto& [key, value] : table) {
    std::string name(key.str());
    std::vector<ProjectSource>& sources = project.sources[python::normalized_name(name)];
    if (const toml::array* list = value.as_array()) {
      for (const toml::node& element : *list) {
        sources.push_back(read_source(reader, element, name));
      }
    } else {
      sources.push_back(read_source(reader, value, name));
    }
  }
}

void read_default_groups(const Foreign& reader, const toml::table& uv, Project& project) {
  const toml::node* node = uv.get("default-groups");
  if (node == nullptr) {
    return;
  }
  if (node->is_string() && node->as_string()->get() == "all") {
    project.default_groups = {"*"};
    return;
  }
  project.default_groups.clear();
  for (const std::string& name : reader.texts(*node, "tool.uv.default-groups")) {
    project.default_groups.push_back(python::normalized_name(name));
  }
}

// [tool.uv.dependency-groups] NAME = { requires-python = "…" }.
void read_group_settings(const Foreign& reader, Project& project) {
  const toml::table* groups = reader.table("tool.uv.dependency-groups");
  if (groups == nullptr) {
    return;
  }
  for (const auto& [name, node] : *groups) {
    if (const toml::table* group = node.as_table()) {
      std::string python = reader.text(
          *group, "requires-python", "tool.uv.dependency-groups." + std::string(name.str()));
      if (!python.empty()) {
        project.group_requires_python[python::normalized_name(name.str())] = python;
      }
    }
  }
}

void read_uv_table(const Foreign& reader, const toml::table& uv, Project& project) {
  project.uv_package = uv["package"].value<bool>();
  project.no_binary = uv["no-binary"].value<bool>().value_or(false);
  if (const toml::node* packages = uv.get("no-binary-package")) {
    project.no_binary_packages = reader.texts(*packages, "tool.uv.no-binary-package");
    std::ranges::transform(project.no_binary_packages,
                           project.no_binary_packages.begin(),
                           [](const std::string& name) { return python::normalized_name(name); });
  }
  read_default_groups(reader, uv, project);
  read_group_settings(reader, project);
  if (const toml::array* indexes = uv["index"].as_array()) {
    for (const toml::node& node : *indexes) {
      if (const toml::table* index = node.as_table()) {
        project.indexes.emplace_back((*index)["name"].value_or(std::string()),
                                     (*index)["url"].value_or(std::string()));
      }
    }
  }
  if (const toml::node* members = uv.at_path("workspace.members").node()) {
    project.workspace_members = reader.texts(*members, "tool.uv.workspace.members");
  }
  if (const toml::node* excluded = uv.at_path("workspace.exclude").node()) {
    project.workspace_exclude = reader.texts(*excluded, "tool.uv.workspace.exclude");
  }
  project.resolution = read_resolution(reader, uv);
  if (const toml::table* sources = reader.table("tool.uv.sources")) {
    read_sources(reader, *sources, project);
  }
  if (const toml::node* legacy = uv.get("dev-dependencies")) {
    std::vector<std::string> more = reader.texts(*legacy, "tool.uv.dev-dependencies");
    std::vector<std::string>& dev = project.dependency_groups["dev"];
    dev.insert(dev.end(), more.begin(), more.end());
  }
}

}  // namespace

Project read_project(const std::string& file, const toml::table& document) {
  Project project;
  Foreign reader(file, document);
  if (const toml::table* table = reader.table("project")) {
    read_project_table(reader, *table, project);
  }
  project.has_build_system = reader.table("build-system") != nullptr;
  if (const toml::table* groups = reader.table("dependency-groups")) {
    project.dependency_groups = Groups(reader, *groups).expanded();
  }
  if (const toml::table* uv = reader.table("tool.uv")) {
    read_uv_table(reader, *uv, project);
  }
  return project;
}

}  // namespace cartwheel::settings
