// pylock.toml (PEP 751; https://packaging.python.org/en/latest/specifications/pylock-toml/): a flat
// list of packages, each with a marker of its own.

#include <iterator>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "core/url.h"
#include "lock/artifacts.h"
#include "lock/lock.h"
#include "lock/toml_document.h"
#include "python/names.h"
#include "python/version.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::lock {

using util::Error;
using util::ErrorKind;

namespace {

struct Part {
  std::vector<Package> packages;
  std::optional<Lock> head;
  std::size_t without_hash = 0;
};

std::vector<std::string> normalized_names(std::vector<std::string> names) {
  for (std::string& name : names) {
    name = python::normalized_name(name);
  }
  return names;
}

void check_specifiers(const Table& table, const std::string& text) {
  util::in_context(table.place().str(table.line()), [&] { python::SpecifierSet::parse(text); });
}

python::Marker marker_of(const Table& table, std::string_view text) {
  return util::in_context(table.place().str(table.line()),
                          [&] { return python::Marker::parse(text); });
}

// Hashes of unknown algorithms are passed over when one is known.
std::vector<core::Hash> hashes_of(const Table& table) {
  std::vector<core::Hash> out;
  std::optional<Table> hashes = table.find_table("hashes");
  if (!hashes) {
    return out;
  }
  std::optional<Error> unknown;
  for (const auto& [algorithm, unused] : hashes->node()) {
    try {
      out.push_back(
          hash_of(fmt::format("{}:{}", algorithm.str(), hashes->string(algorithm.str()))));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::unsupported) {
        throw error.within(table.place().str(table.line()));
      }
      unknown = error;
    }
  }
  if (out.empty() && unknown) {
    throw unknown->within(table.place().str(table.line()));
  }
  return out;
}

// `name` counts before the file name of `path`, and `path` before `url`.
core::Artifact artifact_of(const Table& table) {
  core::Artifact out;
  std::optional<std::string_view> path = table.find_string("path");
  std::optional<std::string_view> url = table.find_string("url");
  if (!path && !url) {
    table.fail("has neither 'url' nor 'path'");
  }
  out.url = path ? std::string(*path) : std::string(*url);
  std::optional<std::string_view> name = table.find_string("name");
  out.filename = name ? std::string(*name) : file_name_of(out.url);
  out.hashes = hashes_of(table);
  if (std::optional<std::int64_t> size = table.find_integer("size")) {
    if (*size < 0) {
      table.fail_at("size", fmt::format("'size' of '{}' is {}", out.filename, *size));
    }
    out.size = static_cast<std::uint64_t>(*size);
  }
  out.upload_time = table.time("upload-time");
  return out;
}

Source vcs_source(const Table& vcs) {
  if (std::string_view type = vcs.string("type"); type != "git") {
    throw Error(
        ErrorKind::unsupported,
        fmt::format("{}: version control by '{}': wanted git", vcs.place().str(vcs.line()), type));
  }
  std::string_view commit = vcs.string("commit-id");
  std::optional<std::string_view> path = vcs.find_string("path");
  return {.kind = SourceKind::git,
          .location = std::string(path ? *path : vcs.string("url")),
          .subdirectory = vcs.string_or_empty("subdirectory"),
          .commit = util::lower(commit)};
}

void read_archive(const Table& archive, Package& package) {
  core::Artifact file = artifact_of(archive);
  package.source = {.kind = archive.has("path") ? SourceKind::path : SourceKind::url,
                    .location = file.url,
                    .subdirectory = archive.string_or_empty("subdirectory"),
                    .commit = {}};
  if (file.filename.ends_with(".whl")) {
    package.wheels.push_back(std::move(file));
  } else {
    package.sdist = std::move(file);
  }
}

void read_source(const Table& table, Package& package) {
  std::optional<Table> vcs = table.find_table("vcs");
  std::optional<Table> directory = table.find_table("directory");
  std::optional<Table> archive = table.find_table("archive");
  std::optional<Table> sdist = table.find_table("sdist");
  const toml::array* wheels = table.find_array("wheels");
  int kinds = (vcs ? 1 : 0) + (directory ? 1 : 0) + (archive ? 1 : 0) +
              (sdist || wheels != nullptr ? 1 : 0);
  if (kinds != 1) {
    table.fail(kinds == 0
                   ? "has no source: wanted wheels, sdist, archive, directory or vcs"
                   : "has several of vcs, directory, archive, and sdist or wheels: wanted one");
  }
  if (vcs) {
    package.source = vcs_source(*vcs);
  } else if (directory) {
    bool editable = directory->find_bool("editable").value_or(false);
    package.source = {.kind = editable ? SourceKind::editable : SourceKind::directory,
                      .location = tidy_path(directory->string("path")),
                      .subdirectory = directory->string_or_empty("subdirectory"),
                      .commit = {}};
  } else if (archive) {
    read_archive(*archive, package);
  } else {
    package.source = {
        .kind = SourceKind::registry, .location = package.index, .subdirectory = {}, .commit = {}};
    if (sdist) {
      package.sdist = artifact_of(*sdist);
    }
    if (wheels != nullptr) {
      table.for_each_table(
          *wheels, [&](const Table& wheel) { package.wheels.push_back(artifact_of(wheel)); });
    }
  }
}

Package package_of(const Table& outer) {
  std::string_view name = outer.string("name");
  Place place = outer.place();
  place.package = name;
  Table table = outer.within(place);
  if (!python::is_valid_name(name)) {
    table.fail_at("name", "'name' is no package name");
  }
  Package out;
  out.name = python::normalized_name(name);
  out.version = table.string_or_empty("version");
  if (!out.version.empty() && !python::Version::find(out.version)) {
    table.fail_at("version", fmt::format("'{}' is no version", out.version));
  }
  if (std::optional<std::string_view> marker = table.find_string("marker")) {
    out.marker = marker_of(table, *marker);
  }
  out.requires_python = table.string_or_empty("requires-python");
  check_specifiers(table, out.requires_python);
  out.index = table.string_or_empty("index");
  read_source(table, out);
  return out;
}

void read_version(const Table& table, Lock& lock) {
  std::string_view version = table.string("lock-version");
  std::size_t dot = version.find('.');
  if (version.substr(0, dot) != "1" || dot == std::string_view::npos) {
    throw Error(ErrorKind::unsupported,
                fmt::format("{}: lock-version '{}': wanted 1.0", table.place().file, version));
  }
  if (version != "1.0") {
    lock.warnings.push_back(fmt::format(
        "{}: lock-version '{}' is newer than 1.0: keys that it added are not understood",
        table.place().file,
        version));
  }
}

Lock head_of(const Table& table) {
  Lock out;
  out.kind = LockKind::pylock;
  read_version(table, out);
  table.string("created-by");
  out.requires_python = table.string_or_empty("requires-python");
  check_specifiers(table, out.requires_python);
  for (const std::string& text : table.strings("environments")) {
    out.supported_markers.push_back(marker_of(table, text));
  }
  out.extras = normalized_names(table.strings("extras"));
  out.dependency_groups = normalized_names(table.strings("dependency-groups"));
  out.default_groups = normalized_names(table.strings("default-groups"));
  if (!table.has("packages")) {
    table.fail("has no 'packages'");
  }
  return out;
}

Part part_of(const Table& table) {
  Part out;
  if (table.place().lines_before == 0) {
    out.head = head_of(table);
  }
  table.for_each_table("packages", [&](const Table& entry) {
    Package package = package_of(entry);
    out.without_hash += package.sdist && package.sdist->hashes.empty() ? 1U : 0U;
    for (const core::Artifact& wheel : package.wheels) {
      out.without_hash += wheel.hashes.empty() ? 1U : 0U;
    }
    out.packages.push_back(std::move(package));
  });
  return out;
}

}  // namespace

Lock read_pylock(std::string_view filename, std::string_view text) {
  std::vector<Part> parts = read_parts<Part>(filename, text, "packages", part_of);
  Lock lock = std::move(*parts.front().head);
  std::size_t without_hash = 0;
  for (Part& part : parts) {
    without_hash += part.without_hash;
    std::move(part.packages.begin(), part.packages.end(), std::back_inserter(lock.packages));
  }
  if (without_hash > 0) {
    lock.warnings.push_back(
        fmt::format("{}: {} file(s) have no hash, which PEP 751 wants", filename, without_hash));
  }
  return lock;
}

}  // namespace cartwheel::lock
