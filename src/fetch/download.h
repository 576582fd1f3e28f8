#pragma once

#include <atomic>
#include <filesystem>
#include <string>

#include "core/artifact.h"
#include "net/http.h"
#include "store/store.h"
#include "util/progress.h"

namespace cartwheel::fetch {

// What the downloads of one fetch() share.
struct Surroundings {
  net::Http& http;
  store::Store& store;
  util::Progress& progress;
  std::atomic<bool> is_stopped =
      false;  // another one has failed: those under way end with Error{interrupted}
};

// The name under which the store knows what a URL without a hash gave; "" where the lock has a hash
// that decides. Credentials are no part of it.
std::string alias_key(const core::Artifact& artifact);

// Brings the artifact at an http or https URL into the store and gives its digest. Waits while
// another process does the same. Goes on where an earlier attempt of anyone broke off. Errors:
// not_found (404, 410), denied (401, 403), network, integrity after a second download from the
// beginning, io.
core::Digest download(const core::Artifact& artifact, Surroundings& surroundings);

// The same for a file of this machine: copied.
core::Digest take_in(const core::Artifact& artifact,
                     const std::filesystem::path& path,
                     Surroundings& surroundings);

}  // namespace cartwheel::fetch
