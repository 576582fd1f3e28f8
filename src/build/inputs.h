#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "build/options.h"
#include "core/digest.h"

namespace cartwheel::build {

// The bytes that a build begins with, before anything is parsed.
struct Inputs {
  std::filesystem::path folder;  // of the project
  std::filesystem::path lock_path;
  std::string lock_name;  // "uv.lock", for messages and the reader
  std::string lock_text;
  std::optional<std::string> pyproject, settings, python_version, base_lock, ignore_file;
  std::map<std::string, std::string> trees;  // read_trees()
  std::string offered;                       // names, sizes and times of the files of --wheel-dir

  std::filesystem::path base_lock_path() const { return folder / "cartwheel.lock"; }
};

// Reads them. Throws Error{not_found} naming the locks that were looked for.
Inputs read_inputs(const Options& options);

// Key of the whole-build memo (docs/formats.md section 8): the bytes above and the options that
// reach the image.
std::string memo_key(const Inputs& inputs, const Options& options);

}  // namespace cartwheel::build
