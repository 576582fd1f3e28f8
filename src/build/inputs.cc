#include "build/inputs.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "build/projects.h"
#include "core/format.h"
#include "settings/settings.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace cartwheel::build {

namespace fs = std::filesystem;
using util::Error;
using util::ErrorKind;

namespace {

// The folder of the nearest lock above a folder of a Python project, or nothing.
std::optional<fs::path> workspace_above(const fs::path& folder) {
  if (!fs::exists(folder / "pyproject.toml")) {
    return std::nullopt;
  }
  fs::path relative = folder;
  for (fs::path at = fs::absolute(folder).lexically_normal(); at != at.root_path();
       at = at.parent_path()) {
    if (fs::exists(relative / "uv.lock")) {
      return relative.lexically_normal();
    }
    relative /= "..";
  }
  return std::nullopt;
}

// The name in its pyproject.toml, or "NAME" where that does not tell.
std::string member_name(const fs::path& folder) {
  try {
    const std::string name =
        settings::load(util::read_file_if_present(folder / "pyproject.toml"), std::nullopt)
            .project.name;
    return name.empty() ? "NAME" : name;
  } catch (const Error&) {
    return "NAME";
  }
}

// Which options.lock names, or the first lock that lies in the project folder.
fs::path find_lock(const Options& options) {
  if (!options.lock.empty()) {
    return options.lock;
  }
  for (const char* name : {"uv.lock", "pylock.toml"}) {
    if (fs::exists(options.folder / name)) {
      return options.folder / name;
    }
  }
  const std::string message =
      fmt::format("no uv.lock and no pylock.toml in '{}'", options.folder.string());
  if (std::optional<fs::path> workspace = workspace_above(options.folder)) {
    throw Error(ErrorKind::not_found,
                fmt::format("{}: it is a member of the workspace in '{}', whose lock it has; name "
                            "that folder, with --package {}",
                            message,
                            workspace->string(),
                            member_name(options.folder)));
  }
  throw Error(ErrorKind::not_found, message + ": run 'uv lock' there, or name one with --lock");
}

// The ignore file that the project's tree goes by: ours, else Docker's.
std::optional<std::string> read_ignore_file(const fs::path& folder) {
  std::optional<std::string> text = util::read_file_if_present(folder / ".cartwheelignore");
  return text ? text : util::read_file_if_present(folder / ".dockerignore");
}

std::string list_files(const std::vector<std::string>& folders) {
  std::vector<std::string> lines;
  for (const std::string& folder : folders) {
    std::error_code absent;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, absent)) {
      if (entry.is_regular_file()) {
        lines.push_back(fmt::format("{} {} {}",
                                    entry.path().filename().string(),
                                    entry.file_size(),
                                    entry.last_write_time().time_since_epoch().count()));
      }
    }
  }
  std::ranges::sort(lines);
  return util::join(lines, "\n");
}

nlohmann::json digests_of(const std::map<std::string, std::string>& texts) {
  nlohmann::json out = nlohmann::json::object();
  for (const auto& [name, text] : texts) {
    out[name] = core::Digest::of(text).hex();
  }
  return out;
}

nlohmann::json digest_of(const std::optional<std::string>& text) {
  return text ? nlohmann::json(core::Digest::of(*text).hex()) : nlohmann::json();
}

}  // namespace

Inputs read_inputs(const Options& options) {
  if (!fs::is_directory(options.folder)) {
    throw Error(ErrorKind::not_found, fmt::format("'{}' is no folder", options.folder.string()));
  }
  Inputs inputs;
  inputs.folder = options.folder;
  inputs.lock_path = find_lock(options);
  inputs.lock_name = inputs.lock_path.filename().string();
  inputs.lock_text = util::read_file(inputs.lock_path);
  inputs.pyproject = util::read_file_if_present(options.folder / "pyproject.toml");
  inputs.settings = util::read_file_if_present(options.folder / "cartwheel.toml");
  inputs.python_version = util::read_file_if_present(options.folder / ".python-version");
  inputs.base_lock = util::read_file_if_present(inputs.base_lock_path());
  inputs.ignore_file = read_ignore_file(options.folder);
  inputs.trees = read_trees(inputs.lock_text, inputs.lock_path.parent_path());
  inputs.offered = list_files(options.wheel_dirs);
  return inputs;
}

std::string memo_key(const Inputs& inputs, const Options& options) {
  nlohmann::json key;
  key["format"] = core::kFormat;
  key["program"] = CARTWHEEL_VERSION;
  key["files"] = {{"lock", core::Digest::of(inputs.lock_text).hex()},
                  {"lock-name", inputs.lock_name},
                  {"pyproject", digest_of(inputs.pyproject)},
                  {"trees", digests_of(inputs.trees)},
                  {"settings", digest_of(inputs.settings)},
                  {"python-version", digest_of(inputs.python_version)},
                  {"base-lock", digest_of(inputs.base_lock)},
                  {"ignore", digest_of(inputs.ignore_file)}};
  key["options"] = {{"variant", options.variant},
                    {"debug", options.debug},
                    {"platforms", options.platforms},
                    {"python", options.python},
                    {"base", options.base},
                    {"compression", options.compression},
                    {"extras", options.extras},
                    {"groups", options.groups},
                    {"no-groups", options.no_groups},
                    {"only-groups", options.only_groups},
                    {"packages", options.packages},
                    {"all-extras", options.all_extras},
                    {"all-groups", options.all_groups},
                    {"no-default-groups", options.no_default_groups},
                    {"all-packages", options.all_packages},
                    {"expect", options.expect},
                    {"expect-gpu", options.expect_gpu},
                    {"epoch", options.source_date_epoch},
                    {"offered", inputs.offered}};
  return core::Digest::of(key.dump()).hex();
}

}  // namespace cartwheel::build
