#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "core/artifact.h"
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
  std::string python;              // "3.11"
  std::string source_date_epoch;   // digits
  bool offline = false;
};

// `source`: an sdist archive's path or a folder. Builds in a clean environment with `uv build --wheel`, else `pip wheel
// --no-deps`, puts the wheel into the store. Throws Error{not_found} when neither front end is there, Error{refused} with the
// build's last lines when it fails.
Built build_wheel(const std::filesystem::path& source,
                  const std::string& name,
                  const Options& options,
                  store::Store& store,
                  util::Progress& progress);

}  // namespace cartwheel::wheelbuild
