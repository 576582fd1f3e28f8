#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/format.h"

namespace cartwheel::settings {

struct FilesEntry {  // [[tool.cartwheel.files]]
  std::string from, to;
  std::vector<std::string> include, exclude;
};

// [[tool.cartwheel.data]]: a file or a folder of the project's, or what a URL names.
struct DataEntry {
  std::string from;         // relative to the project; "" with a url
  std::string url, sha256;  // 64 lower-case hexadecimal digits
  std::string to;           // absolute, in the image
  std::vector<std::string> include, exclude;
};

// How whoever runs the container asks whether it is well. Exactly one of command and shell.
struct Healthcheck {
  std::vector<std::string> command;  // a program and its arguments
  std::string shell;                 // a line for the image's /bin/sh
  // Nanoseconds; 0: the runtime's own.
  std::int64_t interval = 0, timeout = 0, start_period = 0, start_interval = 0;
  int retries = 0;  // 0: the runtime's own
  bool operator==(const Healthcheck&) const = default;
};

// [tool.cartwheel] of pyproject.toml, or cartwheel.toml (its top level is the table). Unknown keys
// are Error{usage} that names file, line and the nearest key.
struct Settings {
  std::string base = "debian12-python3.11";
  std::string base_place;  // "pyproject.toml:12: tool.cartwheel.base", or "": not of the settings
  std::vector<std::string> platforms = {"linux/amd64", "linux/arm64"};
  std::map<std::string, std::string> expect;  // platform → "cuda", "cpu", "cuda 12.1"
  std::vector<std::string> extras, groups, no_groups, only_groups;
  bool all_extras = false, all_groups = false, no_default_groups = false;
  std::vector<std::string> without;
  std::optional<std::string> python;
  std::vector<std::string> entrypoint, cmd;
  std::map<std::string, std::string> env, labels, annotations;
  std::string user = "nonroot", workdir = "/app", stop_signal;
  std::vector<std::string> ports;
  std::optional<Healthcheck> healthcheck;
  bool init = false;                         // Debian's tini in front of the entrypoint
  std::vector<std::string> writable;         // absolute folders that the process may write to
  std::string cache = "/tmp/cache";          // absolute: where libraries keep what they download
  std::vector<std::string> ca_certificates;  // PEM files, relative to the project
  core::Compression compression = core::Compression::splice;
  // package, or "*" for each → globs of what it leaves out; presets are spelled out
  std::map<std::string, std::vector<std::string>> exclude;
  std::vector<std::string> forbid;  // globs of names of distributions
  bool last_wins = false;           // on-collision = "last-wins"
  std::vector<FilesEntry> files;
  std::vector<DataEntry> data;
  std::vector<std::string> project_include, project_exclude;  // of the project's own tree
  std::optional<bool> package;  // false: the source tree is copied even if there is a build system
  std::string member;           // package = "NAME": this workspace member instead of the project
  std::uint64_t max_layer_size = 512ULL << 20;
  int layer_budget = 60;
  bool compile_bytecode = false;
  std::string prefix = "/opt/venv";
  bool apt_auto = false;  // the Debian packages that wheels need are added
  std::string jit;        // "gcc": a compiler for packages that make code at run time; or ""
  std::vector<std::string> provided_libraries;  // globs of sonames that the host brings at run time
  // Architectures of GPUs that the image must run on ("sm_90"): by platform; under "" those of
  // every platform that computes with CUDA.
  std::map<std::string, std::vector<std::string>> expect_gpu;
  std::string arm64 = "sbsa";  // or "jetson": which NVIDIA systems linux/arm64 is for
  std::string tag_suffix;      // behind the tag of every output
  std::map<std::string, std::vector<std::string>> apt;  // platform, or "all" → Debian packages
  std::map<std::string, std::string> apt_prefer;        // virtual package → who provides it
  std::vector<std::string> apt_skips_scripts;  // packages taken without what their scripts do
};

// Where [tool.uv.sources] has a requirement come from; a name may have several, told apart by
// marker, extra or group.
struct ProjectSource {
  std::string kind;      // "index", "git", "url", "path", "workspace", or "" for one we do not know
  std::string location;  // the index's name, the URL or path; "" for workspace
  std::string reference;             // of git: "rev=…", "tag=…", "branch=…", or ""
  std::string subdirectory;          // of git and url, or ""
  std::string path;                  // of git: of the archive in the repository, or ""
  bool lfs = false;                  // of git
  std::string marker, extra, group;  // where it holds; "" for everywhere
};

// What [tool.uv] says of how a lock is made, as it stands there; "" and empty where it is silent.
struct Resolution {
  struct Conflict {
    std::string package, extra, group;  // normalised; package "": the project itself
    auto operator<=>(const Conflict&) const = default;
  };
  std::vector<std::string> constraints, overrides, excludes, build_constraints;
  std::vector<std::string> environments, required_environments;  // markers
  std::vector<std::vector<Conflict>> conflicts;
  std::vector<std::string> dependency_metadata;  // "NAME VERSION"
  std::string resolution, prerelease, fork_strategy, exclude_newer;
};

// What the project's pyproject.toml says, as far as an image needs it.
struct Project {
  bool has_project_table = false;
  std::string name;     // normalised, or ""
  std::string version;  // "" when dynamic
  std::string requires_python;
  bool has_build_system = false;
  std::optional<bool> uv_package;                                         // [tool.uv] package
  std::vector<std::string> dependencies;                                  // PEP 508
  std::map<std::string, std::vector<std::string>> optional_dependencies;  // normalised extra
  std::map<std::string, std::vector<std::string>>
      dependency_groups;  // include-group expanded; normalised names
  std::map<std::string, std::string> group_requires_python;  // [tool.uv.dependency-groups]
  std::vector<std::string> default_groups = {"dev"};  // [tool.uv] default-groups; "all" → {"*"}
  std::vector<std::pair<std::string, std::string>> indexes;       // [[tool.uv.index]] name, url
  std::vector<std::string> workspace_members, workspace_exclude;  // [tool.uv.workspace] globs
  std::map<std::string, std::vector<ProjectSource>> sources;      // [tool.uv.sources], by name
  bool no_binary = false;  // [tool.uv] no-binary: nothing is installed from a wheel of an index
  std::vector<std::string> no_binary_packages;  // [tool.uv] no-binary-package; normalised
  std::vector<std::string> dynamic;  // [project] dynamic: what the build backend fills in
  Resolution resolution;             // [tool.uv]
};

struct Loaded {
  Settings settings;  // the table without its variants
  // [tool.cartwheel.variants.NAME]: the table above with the variant's keys put over it. Lists and
  // values replace; of tables of strings single members do. An image is made of each.
  std::map<std::string, Settings> variants;
  std::string settings_file;  // "pyproject.toml", "cartwheel.toml", or ""
  Project project;
};

// From the texts of both files (nothing: no such file). Both holding settings is Error{usage}.
// Throws Error{usage} as "pyproject.toml:12: tool.cartwheel.entrypont: unknown key (did you mean
// 'entrypoint'?)", Error{malformed} for TOML errors.
Loaded load(const std::optional<std::string>& pyproject_text,
            const std::optional<std::string>& cartwheel_toml_text);

// Whether these texts may define variants: for who must not parse where there are none.
bool may_have_variants(const std::optional<std::string>& pyproject_text,
                       const std::optional<std::string>& cartwheel_toml_text);

// "sm_90", "90" and "9.0" → "sm_90"; also "sm_90a". Throws Error{usage} for anything else.
std::string expected_gpu(std::string_view text);

// The canonical spelling of an accelerator that is expected: "cpu", "xpu", "cuda", "cuda 12",
// "cuda 12.1" (also "cuda12.1"), "rocm 6.4". Throws Error{usage} for anything else.
std::string expected_accelerator(std::string_view text);

}  // namespace cartwheel::settings
