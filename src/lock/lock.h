#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/artifact.h"
#include "python/marker.h"

namespace cartwheel::lock {

enum class SourceKind {
  registry,
  git,
  url,
  path,
  directory,
  editable,
  virtual_,  // NOLINT(readability-identifier-naming): the word is taken
};

// Where a package comes from.
struct Source {
  SourceKind kind = SourceKind::registry;
  std::string location;      // URL, or path relative to the lock's folder
  std::string subdirectory;  // or ""
  std::string commit;        // git: 40 hex digits
  std::string path = {};     // git: of the archive or wheel in the repository, or ""

  std::string str() const;  // "registry https://…" for messages, redacted
  auto operator<=>(const Source&) const = default;
};

// An edge of the graph (uv.lock) or nothing (pylock.toml, which has none).
struct Dependency {
  static constexpr std::size_t kNoMarkerId = static_cast<std::size_t>(-1);

  std::size_t package = 0;          // index into Lock::packages
  std::vector<std::string> extras;  // of that package
  python::Marker marker;
  // Below Lock::marker_count; dependencies of equal id have equal markers, so that whoever walks
  // the graph evaluates each once. kNoMarkerId: the marker has not been compared with others.
  std::size_t marker_id = kNoMarkerId;
};

// A requirement as a pyproject.toml stated it when the lock was made: for the question whether the
// lock is out of date.
struct DeclaredRequirement {
  std::string text;    // PEP 508 without a URL
  std::string source;  // "" or "index URL", "git URL?QUERY", "url URL", "path FILE", "tree FOLDER"
  bool operator==(const DeclaredRequirement&) const = default;
};

struct Package {
  std::string name;     // normalised
  std::string version;  // "" for dynamic source trees
  Source source;
  std::vector<python::Marker>
      resolution_markers;  // uv.lock: only when the name has several entries
  std::vector<Dependency> dependencies;
  std::map<std::string, std::vector<Dependency>> optional_dependencies;  // by extra
  std::map<std::string, std::vector<Dependency>> dependency_groups;      // by group
  // Of [tool.uv] default-groups, where it differs from {"dev"} (uv.lock since revision 5); {"*"} =
  // all.
  std::optional<std::vector<std::string>> default_groups;
  std::optional<core::Artifact> sdist;
  std::vector<core::Artifact> wheels;  // in the lock's order
  // What the package's own pyproject.toml declared when the lock was made (uv.lock
  // [package.metadata]); nothing when the lock does not have it.
  struct Declared {
    std::vector<DeclaredRequirement> requires_dist;
    std::map<std::string, std::vector<DeclaredRequirement>> groups;
    std::vector<std::string> provides_extras;
  };
  std::optional<Declared> declared;
  // pylock.toml only:
  python::Marker marker;
  std::string requires_python;
  std::string index;
};

// A set of extras and groups of which at most one may be active.
struct ConflictItem {
  std::string package, extra, group;  // extra or group, or neither: the project itself
};

// A requirement that is a root without being a package's (uv.lock [manifest]).
struct RootRequirement {
  std::string name;
  std::vector<std::string> extras;
  python::Marker marker;
};

enum class LockKind { uv, pylock };

// What besides the projects' requirements decided what is in a uv.lock ([manifest], [options]); ""
// and empty where nothing was set.
struct Manner {
  std::vector<DeclaredRequirement> constraints, overrides, build_constraints;
  std::vector<std::string> excludes;
  std::vector<std::string> dependency_metadata;  // "NAME VERSION" of those whose metadata was given
  std::vector<python::Marker> required_markers;
  std::string resolution, prerelease, fork_strategy, exclude_newer;
  // Dependency groups of a workspace root that is no project.
  std::map<std::string, std::vector<DeclaredRequirement>> groups;
};

struct Lock {
  LockKind kind = LockKind::uv;
  int revision = 0;
  std::string requires_python;
  std::vector<python::Marker>
      supported_markers;  // uv supported-markers, pylock environments: one must hold
  std::vector<std::vector<ConflictItem>> conflicts;
  std::vector<std::string> members;  // workspace members; empty: the single project is
  std::vector<RootRequirement> root_requirements;
  std::map<std::string, std::vector<RootRequirement>> root_groups;
  Manner manner;
  std::vector<std::string> extras, dependency_groups, default_groups;  // pylock
  std::vector<Package> packages;                                       // in the lock's order
  std::size_t marker_count = 0;       // different markers of dependencies
  std::vector<std::string> warnings;  // unknown keys of a newer minor format and the like
};

// Reads a lock by its file name ("uv.lock", "pylock.toml", "pylock.NAME.toml"). Throws
// Error{malformed} with file, line and package; Error{unsupported} for a newer version of the
// format.
Lock read(std::string_view filename, std::string_view text);

Lock read_uv(std::string_view filename, std::string_view text);
Lock read_pylock(std::string_view filename, std::string_view text);

}  // namespace cartwheel::lock
