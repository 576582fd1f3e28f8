#pragma once

#include <memory>
#include <string>

#include "build/build.h"
#include "build/options.h"

namespace CLI {
class App;
}

namespace cartwheel::cli {

// What every command has.
struct GlobalOptions {
  std::string progress = "auto";
  std::string store;  // folder; "" is CARTWHEEL_STORE, else XDG_CACHE_HOME/cartwheel, else
                      // ~/.cache/cartwheel
  bool json = false;
  bool verbose = false;
};

// Options that choose what of the lock goes into the images: shared by build and plan.
void add_selection_options(CLI::App& command, build::Options& options);
// Options that name a place are meant from where the user is; from here on the base is meant from
// the project folder.
void resolve(build::Options& options);
void add_global_options(CLI::App& command, GlobalOptions& global);

// Files of a store folder that the environment or an option names.
std::string store_folder(const GlobalOptions& global);

// The real ports: curl (or nothing, offline), the folder store, progress on stderr. Owns them.
struct World {
  std::unique_ptr<util::Progress> progress;
  std::unique_ptr<net::Http> http;
  std::shared_ptr<store::Store> store;
  util::Progress& shown() { return progress ? *progress : util::silent_progress(); }
  build::Ports ports() { return {.http = *http, .store = store, .progress = shown()}; }
};
World make_world(const GlobalOptions& global,
                 bool offline,
                 const std::filesystem::path& project,
                 std::size_t transfers);

}  // namespace cartwheel::cli
