#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cartwheel::build {

// What a command line asks for, as the user wrote it; settings fill in what is empty. Names are not
// yet checked.
struct Options {
  std::filesystem::path folder = ".";  // of the project
  std::string
      lock;  // file, relative to where the user is; "" finds uv.lock or pylock.toml in folder
  std::vector<std::string> variants;  // --variant; empty: all that the settings define
  std::string variant;                // the one that this is for, or "" (variants.h)
  std::vector<std::string> platforms;
  std::string python, base, compression;
  std::vector<std::string> extras, groups, no_groups, only_groups, packages;
  bool all_extras = false, all_groups = false, no_default_groups = false, all_packages = false;
  std::map<std::string, std::string> expect;  // platform → accelerator
  // GPUs that must have code: by platform, or under "" for every platform with CUDA.
  std::map<std::string, std::vector<std::string>> expect_gpu;
  std::vector<std::string> outputs;  // transport references
  std::string source_date_epoch;     // digits, or ""
  bool offline = false;
  bool frozen = false;        // cartwheel.lock is read, never written
  bool upgrade_base = false;  // everything in cartwheel.lock is pinned anew
  bool deep = false;          // plan: fetch what it must to look inside
  bool build_wheels = true;   // sdists and the project may be built on this host
  bool rebuild = false;       // build them anew, and accept what differs from cartwheel.lock
  bool with_debug = false;    // --debug: beside each image one with a shell (variants.h)
  bool debug = false;         // this is for the one with the shell
  bool memo = true;           // the whole-build memo may answer
  bool verify_memo = false;   // every layer is made again and held against its record
  bool sync = false;          // fdatasync of a layout's blobs
  std::vector<std::string> wheel_dirs;  // folders of wheels that were made elsewhere
  std::size_t threads = 2;
  std::size_t transfers = 16;
};

}  // namespace cartwheel::build
