#include "fetch/fetch.h"

#include <algorithm>
#include <exception>
#include <map>
#include <mutex>
#include <optional>

#include <fmt/format.h>

#include "core/url.h"
#include "fetch/download.h"
#include "util/error.h"
#include "util/parallel.h"

namespace cartwheel::fetch {

using util::Error;
using util::ErrorKind;

namespace {

// An artifact to be brought, for all who want it.
struct Job {
  const core::Artifact* artifact = nullptr;
  std::string place;                          // of the first who wants it
  std::vector<std::size_t> places;            // in wanted, rising
  std::optional<std::filesystem::path> path;  // where it lies on this machine
};

std::optional<std::filesystem::path> local_path(const core::Artifact& artifact,
                                                const std::filesystem::path& folder) {
  if (!core::Url::is_url(artifact.url)) {
    return folder / artifact.url;
  }
  core::Url url = core::Url::parse(artifact.url);
  if (url.scheme != "file") {
    return std::nullopt;
  }
  if (!url.host.empty() && url.host != "localhost") {
    throw Error(ErrorKind::unsupported,
                fmt::format("'{}': a file URL of another machine", url.str()));
  }
  return core::percent_decode(url.path);
}

// Whether a blob of another size than the lock tells is damaged (a power cut); if not, the lock's
// size is wrong.
bool is_damaged(const store::Store& store,
                const core::Digest& digest,
                const core::Artifact& artifact) {
  std::unique_ptr<util::File> file = store.find(digest);
  if (!file || !artifact.size || file->size() == *artifact.size || store.is_fresh(digest)) {
    return false;
  }
  core::HashingSink hash;
  util::FileSource source(file->path());
  util::copy(source, hash);
  return hash.finish() != digest;
}

// What the store has already.
std::optional<core::Digest> find_stored(store::Store& store,
                                        const core::Artifact& artifact,
                                        bool is_local) {
  std::optional<core::Digest> digest = artifact.sha256();
  if (!digest && !is_local) {
    digest = core::Digest::from_hex(
        store.find_record(store::RecordKind::alias, alias_key(artifact)).value_or(""));
  }
  if (!digest || !store.has(*digest)) {
    return std::nullopt;
  }
  if (is_damaged(store, *digest, artifact)) {
    store.remove(*digest);
    return std::nullopt;
  }
  return digest;
}

// Two who want the same bytes wait for one download.
std::string identity(const core::Artifact& artifact, bool is_local) {
  std::optional<core::Digest> digest = artifact.sha256();
  return digest     ? digest->hex()
         : is_local ? "path " + artifact.url
                    : "alias " + alias_key(artifact);
}

std::string place_of(const Wanted& wanted) {
  return wanted.place.empty() ? wanted.artifact.filename
                              : fmt::format("{}: {}", wanted.place, wanted.artifact.filename);
}

class Fetch {
 public:
  Fetch(const std::vector<Wanted>& wanted,
        const Options& options,
        Surroundings& surroundings,
        const std::function<void(std::size_t, const core::Digest&)>& on_ready)
      : wanted_(wanted),
        options_(options),
        surroundings_(surroundings),
        on_ready_(on_ready) {}

  void run() {
    sort_out();
    if (options_.offline) {
      refuse_what_is_far();
    }
    for (const auto& [i, digest] : stored_) {
      on_ready_(i, digest);
    }
    util::parallel_for(jobs_.size(),
                       std::max<std::size_t>(options_.transfers, 1),
                       [this](std::size_t k) { do_job(jobs_[k]); });
    if (failure_) {
      std::rethrow_exception(failure_);
    }
  }

 private:
  void sort_out();
  void refuse_what_is_far() const;
  void do_job(const Job& job);
  void fail(std::size_t i);

  const std::vector<Wanted>& wanted_;
  const Options& options_;
  Surroundings& surroundings_;
  const std::function<void(std::size_t, const core::Digest&)>& on_ready_;
  std::vector<std::pair<std::size_t, core::Digest>> stored_;
  std::vector<Job> jobs_;  // largest first; those of unknown size before all others
  std::mutex mutex_;
  std::exception_ptr failure_;  // of the lowest i; by mutex_
  std::size_t failed_at_ = 0;   // that i
};

void Fetch::sort_out() {
  std::map<std::string, std::size_t> known;
  for (std::size_t i = 0; i < wanted_.size(); ++i) {
    const core::Artifact& artifact = wanted_[i].artifact;
    util::in_context(place_of(wanted_[i]), [&] {
      std::optional<std::filesystem::path> path = local_path(artifact, options_.folder);
      if (std::optional<core::Digest> digest =
              find_stored(surroundings_.store, artifact, path.has_value())) {
        stored_.emplace_back(i, *digest);
        return;
      }
      auto [at, is_new] = known.emplace(identity(artifact, path.has_value()), jobs_.size());
      if (is_new) {
        jobs_.push_back(
            {.artifact = &artifact, .place = place_of(wanted_[i]), .places = {}, .path = path});
      }
      jobs_[at->second].places.push_back(i);
    });
  }
  std::ranges::stable_sort(
      jobs_, std::greater(), [](const Job& job) { return job.artifact->size.value_or(~0ULL); });
}

void Fetch::refuse_what_is_far() const {
  std::vector<std::size_t> missing;
  for (const Job& job : jobs_) {
    if (!job.path) {
      missing.push_back(job.places.front());
    }
  }
  std::ranges::sort(missing);
  std::string list;
  for (std::size_t i : missing) {
    list += "\n  " + place_of(wanted_[i]);
  }
  if (!missing.empty()) {
    throw Error(ErrorKind::not_found,
                fmt::format("offline, and {} {} not in the store:{}",
                            missing.size(),
                            missing.size() == 1 ? "file is" : "files are",
                            list));
  }
}

void Fetch::do_job(const Job& job) {
  if (surroundings_.is_stopped) {
    return;
  }
  try {
    core::Digest digest = util::in_context(job.place, [&] {
      return job.path ? take_in(*job.artifact, *job.path, surroundings_)
                      : download(*job.artifact, surroundings_);
    });
    for (std::size_t i : job.places) {
      on_ready_(i, digest);
    }
  } catch (...) {
    fail(job.places.front());
  }
}

// Called in a catch block. A download that was told to end because of another one's failure is no
// failure.
void Fetch::fail(std::size_t i) {
  try {
    throw;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted && surroundings_.is_stopped) {
      return;
    }
  } catch (...) {
  }
  std::lock_guard guard(mutex_);
  if (!failure_ || i < failed_at_) {
    failure_ = std::current_exception();
    failed_at_ = i;
  }
  surroundings_.is_stopped = true;
}

}  // namespace

void fetch(const std::vector<Wanted>& wanted,
           const Options& options,
           net::Http& http,
           store::Store& store,
           util::Progress& progress,
           const std::function<void(std::size_t, const core::Digest&)>& on_ready) {
  Surroundings surroundings{.http = http, .store = store, .progress = progress};
  Fetch(wanted, options, surroundings, on_ready).run();
}

}  // namespace cartwheel::fetch
