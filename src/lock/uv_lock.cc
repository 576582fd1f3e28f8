// uv.lock, version 1, every revision. In two steps: the parts of the text become packages with
// dependencies by name, on several threads; then the names become indices.

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "core/url.h"
#include "lock/artifacts.h"
#include "lock/lock.h"
#include "lock/toml_document.h"
#include "lock/uv_declared.h"
#include "lock/uv_link.h"
#include "python/names.h"
#include "python/version.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::lock {

using util::Error;
using util::ErrorKind;

namespace {

// A source and the text that tells it from others: an identity is (name, version, source).
struct NamedSource {
  Source source;
  std::string identity;
};

struct Part {
  std::vector<NamedPackage> packages;
  std::optional<Lock> head;  // of the part with the top-level keys
};

// ---- sources ----

std::string query_value(std::string_view query, std::string_view key) {
  for (std::string_view pair : util::split(query, '&')) {
    std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == key) {
      return core::percent_decode(pair.substr(equals + 1));
    }
  }
  return "";
}

// "https://host/repo?rev=…&subdirectory=…#COMMIT".
Source git_source(const Table& table, std::string_view text) {
  std::size_t hash = text.find('#');
  std::string_view commit = hash == std::string_view::npos ? "" : text.substr(hash + 1);
  if (commit.size() != 40 || util::from_hex(commit).size() != 20) {
    table.fail_at(
        "git",
        fmt::format("source '{}': wanted '#' and a commit of 40 hex digits at its end", text));
  }
  std::string_view rest = text.substr(0, hash);
  std::size_t question = rest.find('?');
  std::string_view query = question == std::string_view::npos ? "" : rest.substr(question + 1);
  return {.kind = SourceKind::git,
          .location = std::string(rest.substr(0, question)),
          .subdirectory = query_value(query, "subdirectory"),
          .commit = util::lower(commit),
          .path = query_value(query, "path")};
}

NamedSource source_of(const Table& table) {
  constexpr std::pair<std::string_view, SourceKind> kKinds[] = {
      {"registry", SourceKind::registry},
      {"git", SourceKind::git},
      {"url", SourceKind::url},
      {"path", SourceKind::path},
      {"directory", SourceKind::directory},
      {"editable", SourceKind::editable},
      {"virtual", SourceKind::virtual_},
  };
  for (const auto& [key, kind] : kKinds) {
    std::optional<std::string_view> value = table.find_string(key);
    if (!value) {
      continue;
    }
    NamedSource out;
    if (kind == SourceKind::git) {
      out.source = git_source(table, *value);
    } else {
      bool is_path =
          kind != SourceKind::url && !(kind == SourceKind::registry && core::Url::is_url(*value));
      out.source = {.kind = kind,
                    .location = is_path ? tidy_path(*value) : std::string(*value),
                    .subdirectory = table.string_or_empty("subdirectory"),
                    .commit = {}};
    }
    out.identity = fmt::format("{} {} {}", key, *value, out.source.subdirectory);
    return out;
  }
  table.fail("source: wanted one of registry, git, url, path, directory, editable and virtual");
}

bool is_source_tree(SourceKind kind) {
  return kind == SourceKind::directory || kind == SourceKind::editable ||
         kind == SourceKind::virtual_;
}

// ---- files ----

// A table of `wheels`, or `sdist`. Entries of url and path sources may leave out where the file is:
// the source says it. Files of a git source lie in the repository and have no url.
core::Artifact artifact_of(const Table& table, const Source& source) {
  core::Artifact out;
  if (std::optional<std::string_view> url = table.find_string("url")) {
    out.url = *url;
  } else if (std::optional<std::string_view> path = table.find_string("path")) {
    out.url = core::Url::is_url(source.location)
                  ? core::resolve_url(source.location + (source.location.ends_with('/') ? "" : "/"),
                                      *path)
                  : path_below(source.kind == SourceKind::registry ? source.location : "", *path);
  } else if (source.kind != SourceKind::git) {
    out.url = source.location;
  }
  std::optional<std::string_view> filename = table.find_string("filename");
  out.filename = filename ? std::string(*filename)
                          : file_name_of(source.kind == SourceKind::git ? source.path : out.url);
  if (std::optional<std::string_view> hash = table.find_string("hash")) {
    try {
      out.hashes.push_back(hash_of(*hash));
    } catch (const Error& error) {
      throw error.within(table.place().str(table.line()));
    }
  }
  if (std::optional<std::int64_t> size = table.find_integer("size")) {
    if (*size < 0) {
      table.fail_at("size", fmt::format("'size' of '{}' is {}", out.filename, *size));
    }
    out.size = static_cast<std::uint64_t>(*size);
  }
  out.upload_time = table.time(table.has("upload-time") ? "upload-time" : "upload_time");
  return out;
}

void require_hash(const Table& table, const Source& source, const core::Artifact& artifact) {
  if ((source.kind == SourceKind::url || source.kind == SourceKind::path) &&
      artifact.hashes.empty()) {
    table.fail(fmt::format("'{}' has no hash, which a {} source must have",
                           artifact.filename,
                           source.kind == SourceKind::url ? "url" : "path"));
  }
}

// ---- packages ----

std::vector<std::string> normalized_names(std::vector<std::string> names) {
  for (std::string& name : names) {
    name = python::normalized_name(name);
  }
  return names;
}

NamedDependency dependency_of(const Table& table) {
  NamedDependency out;
  out.name = python::normalized_name(table.string("name"));
  out.version = table.string_or_empty("version");
  if (std::optional<Table> source = table.find_table("source")) {
    out.source = source_of(*source).identity;
  }
  out.extras = normalized_names(table.strings(table.has("extra") ? "extra" : "extras"));
  out.marker = table.string_or_empty("marker");
  out.line = table.line();
  return out;
}

NamedDependencies dependencies_of(const Table& table, std::string_view key) {
  NamedDependencies out;
  table.for_each_table(key, [&](const Table& entry) { out.push_back(dependency_of(entry)); });
  return out;
}

std::vector<std::pair<std::string, NamedDependencies>> dependency_lists(const Table& table,
                                                                        std::string_view key) {
  std::vector<std::pair<std::string, NamedDependencies>> out;
  if (std::optional<Table> lists = table.find_table(key)) {
    for (const auto& [name, unused] : lists->node()) {
      out.emplace_back(python::normalized_name(name.str()), dependencies_of(*lists, name.str()));
    }
  }
  return out;
}

// A list of names, or "all".
std::optional<std::vector<std::string>> default_groups_of(const Table& table) {
  constexpr std::string_view kKey = "default-groups";
  if (!table.has(kKey)) {
    return std::nullopt;
  }
  if (table.has_string(kKey) && table.string(kKey) == "all") {
    return std::vector<std::string>{"*"};
  }
  return normalized_names(table.strings(kKey));
}

void read_files(const Table& table, Package& package) {
  if (std::optional<Table> sdist = table.find_table("sdist")) {
    package.sdist = artifact_of(*sdist, package.source);
    require_hash(*sdist, package.source, *package.sdist);
  }
  if (const toml::array* wheels = table.find_array("wheels")) {
    package.wheels.reserve(wheels->size());
    table.for_each_table(*wheels, [&](const Table& wheel) {
      package.wheels.push_back(artifact_of(wheel, package.source));
      require_hash(wheel, package.source, package.wheels.back());
    });
  }
}

NamedPackage package_of(const Table& outer) {
  std::string_view name = outer.string("name");
  Place place = outer.place();
  place.package = name;
  Table table = outer.within(place);
  if (!python::is_valid_name(name)) {
    table.fail_at("name", "'name' is no package name");
  }
  NamedPackage out;
  out.line = table.line();
  NamedSource source = source_of(table.table("source"));
  out.source = std::move(source.identity);
  Package& package = out.package;
  package.name = python::normalized_name(name);
  package.source = std::move(source.source);
  package.version = table.string_or_empty("version");
  if (package.version.empty() && !is_source_tree(package.source.kind)) {
    table.fail("has no 'version'");
  }
  if (!package.version.empty() && !python::Version::find(package.version)) {
    table.fail_at("version", fmt::format("'{}' is no version", package.version));
  }
  package.resolution_markers = markers_of(table, "resolution-markers");
  read_files(table, package);
  out.dependencies = dependencies_of(table, "dependencies");
  out.optional_dependencies = dependency_lists(table, "optional-dependencies");
  out.dependency_groups = dependency_lists(
      table, table.has("dev-dependencies") ? "dev-dependencies" : "dependency-groups");
  package.default_groups = default_groups_of(table);
  if (std::optional<Table> metadata = table.find_table("metadata")) {
    package.declared = declared_of(*metadata);
  }
  return out;
}

// ---- the top of the file ----

std::vector<ConflictItem> conflict_set(const Place& place, const toml::node& node) {
  const toml::array* items = node.as_array();
  if (items == nullptr) {
    place.fail(node, "'conflicts': wanted a list of lists of tables");
  }
  std::vector<ConflictItem> out;
  for (const toml::node& item : *items) {
    if (!item.is_table()) {
      place.fail(item, "'conflicts': wanted a list of lists of tables");
    }
    Table table(*item.as_table(), place);
    out.push_back({python::normalized_name(table.string("package")),
                   python::normalized_name(table.string_or_empty("extra")),
                   python::normalized_name(table.string_or_empty("group"))});
  }
  return out;
}

RootRequirement root_requirement(const Table& table) {
  RootRequirement out;
  out.name = python::normalized_name(table.string("name"));
  out.extras = normalized_names(table.strings(table.has("extras") ? "extras" : "extra"));
  if (std::optional<std::string_view> marker = table.find_string("marker")) {
    out.marker = marker_of(std::string(*marker), table.place().str(table.line()));
  }
  return out;
}

std::vector<RootRequirement> root_requirements(const Table& table, std::string_view key) {
  std::vector<RootRequirement> out;
  table.for_each_table(key, [&](const Table& entry) { out.push_back(root_requirement(entry)); });
  return out;
}

void read_manifest(const Table& manifest, Lock& lock) {
  lock.members = normalized_names(manifest.strings("members"));
  lock.root_requirements = root_requirements(manifest, "requirements");
  if (std::optional<Table> groups = manifest.find_table("dependency-groups")) {
    for (const auto& [group, unused] : groups->node()) {
      lock.root_groups[python::normalized_name(group.str())] =
          root_requirements(*groups, group.str());
    }
  }
}

Lock head_of(const Table& table) {
  std::optional<std::int64_t> version = table.find_integer("version");
  if (!version) {
    table.fail("has no 'version'");
  }
  if (*version != 1) {
    throw Error(ErrorKind::unsupported,
                fmt::format("{}: version {} of the format: wanted 1; it was made by a newer uv",
                            table.place().file,
                            *version));
  }
  Lock out;
  out.revision = static_cast<int>(
      std::clamp<std::int64_t>(table.find_integer("revision").value_or(0), 0, 1 << 30));
  out.requires_python = table.string_or_empty("requires-python");
  util::in_context(table.place().str(table.line()),
                   [&] { python::SpecifierSet::parse(out.requires_python); });
  out.supported_markers = markers_of(table, "supported-markers");
  if (const toml::array* conflicts = table.find_array("conflicts")) {
    for (const toml::node& set : *conflicts) {
      out.conflicts.push_back(conflict_set(table.place(), set));
    }
  }
  if (std::optional<Table> manifest = table.find_table("manifest")) {
    read_manifest(*manifest, out);
  }
  out.manner = manner_of(table);
  return out;
}

Part part_of(const Table& table) {
  Part out;
  if (table.place().lines_before == 0) {
    out.head = head_of(table);
  }
  for (const char* key : {"package", "distribution"}) {
    table.for_each_table(key,
                         [&](const Table& entry) { out.packages.push_back(package_of(entry)); });
  }
  return out;
}

}  // namespace

Lock read_uv(std::string_view filename, std::string_view text) {
  std::vector<Part> parts = read_parts<Part>(filename, text, "package", part_of);
  Lock lock = std::move(*parts.front().head);
  std::vector<NamedPackage> named = std::move(parts.front().packages);
  for (std::size_t i = 1; i < parts.size(); ++i) {
    std::move(parts[i].packages.begin(), parts[i].packages.end(), std::back_inserter(named));
  }
  link(filename, lock, named);
  return lock;
}

}  // namespace cartwheel::lock
