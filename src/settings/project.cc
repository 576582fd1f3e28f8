#include <algorithm>

#include <fmt/format.h>

#include "python/names.h"
#include "settings/read_settings.h"

namespace cartwheel::settings {

using util::Error;
using util::ErrorKind;

namespace {

// Reads what somebody else's table holds: keys that nobody asked for are fine, wrong types are not.
class Foreign {
 public:
  Foreign(const std::string& file, const toml::table& document)
      : file_(file),
        document_(document) {}

  const toml::table* table(const char* path) const { return document_.at_path(path).as_table(); }
  bool has(const char* path) const { return static_cast<bool>(document_.at_path(path)); }
  std::string text(const char* path) const {
    return document_.at_path(path).value_or(std::string());
  }

  std::vector<std::string> texts(const toml::node& node, const std::string& what) const {
    const toml::array* array = node.as_array();
    if (array == nullptr) {
      fail(node, what + ": wanted a list of strings");
    }
    std::vector<std::string> out;
    for (const toml::node& element : *array) {
      if (!element.is_string()) {
        fail(element, what + ": wanted a list of strings");
      }
      out.push_back(element.as_string()->get());
    }
    return out;
  }

  [[noreturn]] void fail(const toml::node& node, const std::string& message) const {
    throw Error(ErrorKind::malformed, place_of(file_, node) + message);
  }

 private:
  const std::string& file_;
  const toml::table& document_;
};

// [dependency-groups] (PEP 735): requirements, and { include-group = "name" }.
class Groups {
 public:
  Groups(const Foreign& reader, const toml::table& table) : reader_(reader) {
    for (const auto& [name, value] : table) {
      tables_.emplace(python::normalized_name(name.str()), &value);
    }
  }

  std::map<std::string, std::vector<std::string>> expanded() const {
    std::map<std::string, std::vector<std::string>> out;
    for (const auto& [name, node] : tables_) {
      std::vector<std::string> path;
      out[name] = expand(name, path);
    }
    return out;
  }

 private:
  std::vector<std::string> expand(const std::string& name, std::vector<std::string>& path) const {
    const toml::node& node = *tables_.at(name);
    if (std::ranges::find(path, name) != path.end()) {
      reader_.fail(node, fmt::format("dependency-groups: '{}' includes itself", name));
    }
    const toml::array* array = node.as_array();
    if (array == nullptr) {
      reader_.fail(node, fmt::format("dependency-groups.{}: wanted a list", name));
    }
    path.push_back(name);
    std::vector<std::string> out;
    for (const toml::node& element : *array) {
      if (element.is_string()) {
        out.push_back(element.as_string()->get());
        continue;
      }
      const toml::table* include = element.as_table();
      std::string other =
          include != nullptr ? (*include)["include-group"].value_or(std::string()) : "";
      other = python::normalized_name(other);
      if (!tables_.contains(other)) {
        reader_.fail(
            element,
            fmt::format(
                "dependency-groups.{}: wanted a requirement or {{ include-group = \"NAME\" }}",
                name));
      }
      std::vector<std::string> included = expand(other, path);
      out.insert(out.end(), included.begin(), included.end());
    }
    path.pop_back();
    return out;
  }

  const Foreign& reader_;
  std::map<std::string, const toml::node*> tables_;
};

void read_project_table(const Foreign& reader, const toml::table& table, Project& project) {
  project.has_project_table = true;
  project.name = python::normalized_name(table["name"].value_or(std::string()));
  project.version = table["version"].value_or(std::string());
  project.requires_python = table["requires-python"].value_or(std::string());
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

// What kind of source an entry of [tool.uv.sources] is; a list of entries counts as its first.
std::string source_kind(const toml::node& node) {
  const toml::node* entry = &node;
  if (const toml::array* list = node.as_array(); list != nullptr && !list->empty()) {
    entry = list->get(0);
  }
  const toml::table* table = entry->as_table();
  for (const char* kind : {"index", "git", "url", "path", "workspace"}) {
    if (table != nullptr && table->contains(kind)) {
      return kind;
    }
  }
  return "";
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

void read_uv_table(const Foreign& reader, const toml::table& uv, Project& project) {
  project.uv_package = uv["package"].value_or(true);
  read_default_groups(reader, uv, project);
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
  if (const toml::table* sources = uv["sources"].as_table()) {
    for (const auto& [name, value] : *sources) {
      project.sources[python::normalized_name(name.str())] = source_kind(value);
    }
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
