#include "lock/uv_declared.h"

#include <fmt/format.h>

#include "lock/declared.h"
#include "lock/uv_link.h"
#include "python/names.h"
#include "util/text.h"

namespace cartwheel::lock {

namespace {

std::string source_of(const Table& table) {
  if (std::optional<std::string_view> index = table.find_string("index")) {
    return index_source(*index);
  }
  if (std::optional<std::string_view> git = table.find_string("git")) {
    return git_source(*git);
  }
  if (std::optional<std::string_view> url = table.find_string("url")) {
    return url_source(*url, table.string_or_empty("subdirectory"));
  }
  if (std::optional<std::string_view> path = table.find_string("path")) {
    return path_source(*path);
  }
  for (const char* key : {"directory", "editable", "virtual"}) {
    // {editable = true} of a requirement is no folder
    if (table.has_string(key)) {
      return tree_source(table.string(key));
    }
  }
  return "";
}

// {name, extras, specifier, marker, …}.
DeclaredRequirement requirement_of(const Table& table) {
  std::string out(table.string("name"));
  std::vector<std::string> extras = table.strings(table.has("extras") ? "extras" : "extra");
  if (!extras.empty()) {
    out += "[" + util::join(extras, ",") + "]";
  }
  if (std::optional<std::string_view> specifier = table.find_string("specifier");
      specifier && *specifier != "*") {
    out += *specifier;
  }
  if (std::optional<std::string_view> marker = table.find_string("marker")) {
    out += fmt::format(" ; {}", *marker);
  }
  return {.text = std::move(out), .source = source_of(table)};
}

std::vector<DeclaredRequirement> requirements(const Table& table, std::string_view key) {
  std::vector<DeclaredRequirement> out;
  table.for_each_table(key, [&](const Table& entry) { out.push_back(requirement_of(entry)); });
  return out;
}

std::map<std::string, std::vector<DeclaredRequirement>> groups_of(const Table& table,
                                                                  std::string_view key) {
  std::map<std::string, std::vector<DeclaredRequirement>> out;
  if (std::optional<Table> groups = table.find_table(key)) {
    for (const auto& [group, unused] : groups->node()) {
      out[python::normalized_name(group.str())] = requirements(*groups, group.str());
    }
  }
  return out;
}

void read_manifest(const Table& manifest, Manner& manner) {
  manner.constraints = requirements(manifest, "constraints");
  manner.overrides = requirements(manifest, "overrides");
  manner.build_constraints = requirements(manifest, "build-constraints");
  for (const std::string& name : manifest.strings("excludes")) {
    manner.excludes.push_back(python::normalized_name(name));
  }
  manner.groups = groups_of(manifest, "dependency-groups");
  manifest.for_each_table("dependency-metadata", [&](const Table& entry) {
    manner.dependency_metadata.push_back(fmt::format(
        "{} {}", python::normalized_name(entry.string("name")), entry.string_or_empty("version")));
  });
}

void read_options(const Table& options, Manner& manner) {
  manner.resolution = options.string_or_empty("resolution-mode");
  manner.prerelease = options.string_or_empty("prerelease-mode");
  manner.fork_strategy = options.string_or_empty("fork-strategy");
  // a span stands beside a date that means nothing
  manner.exclude_newer = options.has("exclude-newer-span")
                             ? options.string_or_empty("exclude-newer-span")
                             : options.time("exclude-newer");
}

}  // namespace

Package::Declared declared_of(const Table& metadata) {
  Package::Declared out;
  out.requires_dist = requirements(metadata, "requires-dist");
  for (const std::string& extra : metadata.strings("provides-extras")) {
    out.provides_extras.push_back(python::normalized_name(extra));
  }
  out.groups =
      groups_of(metadata, metadata.has("requires-dev") ? "requires-dev" : "dependency-groups");
  return out;
}

Manner manner_of(const Table& document) {
  Manner out;
  out.required_markers = markers_of(document, "required-markers");
  if (std::optional<Table> manifest = document.find_table("manifest")) {
    read_manifest(*manifest, out);
  }
  if (std::optional<Table> options = document.find_table("options")) {
    read_options(*options, out);
  }
  return out;
}

std::vector<python::Marker> markers_of(const Table& table, std::string_view key) {
  std::vector<python::Marker> out;
  for (const std::string& text : table.strings(key)) {
    out.push_back(marker_of(text, table.place().str(table.line())));
  }
  return out;
}

}  // namespace cartwheel::lock
