#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/digest.h"
#include "store/store.h"
#include "util/progress.h"

namespace cartwheel::wheelbuild {

// A wheel made from an sdist or a source tree by the host's PEP 517 front end.
struct Built {
  std::string filename;
  core::Digest sha256 = core::Digest::of(std::string_view());
  std::uint64_t size = 0;
  std::string frontend;  // "uv 0.13.9", "pip 23.2.1"
};

struct Options {
  std::string python;             // "3.11"
  std::string source_date_epoch;  // digits: seconds since 1970; "": that of everything in a layer
  bool offline = false;
  std::vector<std::string> constraints;  // PEP 508: what the build's own requirements obey
  // Where the front end runs, and so whose settings (its indexes) it takes; "": the source's own
  // folder, or none for an archive.
  std::filesystem::path settings_folder;
  std::filesystem::path log;  // gets all that the build said, without passwords; "": none is kept
};

// `source`: an sdist archive's path, with the name that it has on the index, or a folder. Builds in
// a clean environment with `uv build --wheel`, else `pip wheel --no-deps`, and puts the wheel into
// the store. The build runs the project's own code, as every PEP 517 build does; the folders that
// setuptools leaves in `source` (build, *.egg-info) are removed unless they were there before.
// Throws Error{not_found} when there is no such source or neither front end is in PATH,
// Error{refused} with the build's last lines when it fails or does not make exactly one wheel of
// that name, Error{interrupted} when it was stopped by SIGINT or SIGTERM.
Built build_wheel(const std::filesystem::path& source,
                  const std::string& name,
                  const Options& options,
                  store::Store& store,
                  util::Progress& progress);

}  // namespace cartwheel::wheelbuild
