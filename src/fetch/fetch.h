#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/artifact.h"
#include "net/http.h"
#include "store/store.h"
#include "util/progress.h"

namespace cartwheel::fetch {

struct Wanted {
  core::Artifact artifact;
  std::string place;  // for messages: "uv.lock: torch 2.4.0"
};

struct Options {
  std::filesystem::path folder;  // relative paths and file names of the lock are meant from here
  std::size_t transfers = 16;    // at once
  bool offline = false;
};

// Brings artifacts into the store: those that are there already at once, the others largest first,
// many at a time. Hashed while streaming; resumed after a break by Range; a wrong hash throws
// Error{integrity} with both, after one fresh attempt. on_ready(i, digest) is called once per
// artifact when it is in the store, from any thread, possibly at the same time for different i. An
// artifact without a hash is fetched, its hash recorded under its URL (store alias) and reported in
// the digest. Offline: Error{not_found} that lists everything that is missing. Throws the error of
// the lowest i; what came whole stays in the store.
void fetch(const std::vector<Wanted>& wanted,
           const Options& options,
           net::Http& http,
           store::Store& store,
           util::Progress& progress,
           const std::function<void(std::size_t, const core::Digest&)>& on_ready);

}  // namespace cartwheel::fetch
