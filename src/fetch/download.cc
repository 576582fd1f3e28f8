#include "fetch/download.h"

#include <cstring>

#include <fmt/format.h>

#include "core/url.h"
#include "fetch/verifier.h"
#include "util/error.h"
#include "util/file.h"

namespace cartwheel::fetch {

using util::Error;
using util::ErrorKind;

namespace {

constexpr std::size_t kBufferSize = 256 << 10;
constexpr int kMostFruitless = 5;  // breaks one after another that brought no byte
constexpr int kMostBreaks = 1000;  // in all

// A name in the progress display, for as long as it lives.
class Shown {
 public:
  Shown(util::Progress& progress, const core::Artifact& artifact)
      : progress_(progress),
        name_(artifact.filename) {
    progress_.begin("fetch", name_, artifact.size);
  }
  Shown(const Shown&) = delete;
  Shown& operator=(const Shown&) = delete;
  ~Shown() { progress_.end("fetch", name_); }
  void advance(std::size_t count) { progress_.advance("fetch", name_, count); }

 private:
  util::Progress& progress_;
  std::string name_;
};

void stop_if_told(const Surroundings& surroundings) {
  if (surroundings.is_stopped) {
    throw Error(ErrorKind::interrupted, "another download failed");
  }
}

// One artifact on its way into a partial of the store. The sink of its answers; hashes and writes
// in large pieces.
class Download : public util::Sink {
 public:
  Download(const core::Artifact& artifact, store::Partial& partial, Surroundings& surroundings)
      : artifact_(artifact),
        partial_(partial),
        surroundings_(surroundings),
        shown_(surroundings.progress, artifact) {
    verifier_.emplace(artifact);
    buffer_.reserve(kBufferSize);
  }

  // All bytes, whatever it takes; gives their digest when they are the right ones.
  core::Digest run();

  void write(util::Bytes data) override {
    stop_if_told(surroundings_);
    shown_.advance(data.size());
    while (!data.empty()) {
      util::Bytes part = data.first(std::min(data.size(), kBufferSize - buffer_.size()));
      buffer_.insert(buffer_.end(), part.begin(), part.end());
      data = data.subspan(part.size());
      if (buffer_.size() == kBufferSize) {
        flush();
      }
    }
  }

 private:
  void hash_what_is_there();
  void complete();
  bool ask();  // whether the answer is whole
  bool judge(const net::Response& response, std::uint64_t before);
  util::Sink* begin(const net::Response& response);
  void start_again();
  void keep();
  void flush() {
    partial_.append(buffer_);
    verifier_->update(buffer_);
    buffer_.clear();
  }

  const core::Artifact& artifact_;
  store::Partial& partial_;
  Surroundings& surroundings_;
  Shown shown_;
  std::optional<Verifier> verifier_;
  std::vector<std::byte> buffer_;
  std::string validator_;        // If-Range of a file that no hash decides on
  bool has_begun_ = false;       // this answer
  bool is_wrong_range_ = false;  // this answer is another range than the one we asked for
  std::uint64_t furthest_ = 0;   // bytes that were there at one time
  int fruitless_ = 0;  // answers in a row that broke off without getting further than that
  int breaks_ = 0;
};

core::Digest Download::run() {
  hash_what_is_there();
  for (int round = 1;; ++round) {
    // A partial that has its full length already may be a whole file whose owner was killed before
    // the rename.
    if (artifact_.hashes.empty() || partial_.size() == 0 || partial_.size() != artifact_.size) {
      complete();
    }
    std::optional<std::string> wrong = verifier_->finish();
    if (!wrong) {
      return verifier_->digest();
    }
    std::uint64_t size = partial_.size();
    start_again();
    if (round == 2) {
      throw Error(ErrorKind::integrity, fmt::format("{} ({} bytes)", *wrong, size));
    }
  }
}

void Download::hash_what_is_there() {
  // Without a hash nothing tells whether the server still has what a beginning was of.
  if (artifact_.hashes.empty() || (artifact_.size && partial_.size() > *artifact_.size)) {
    partial_.restart();
  }
  std::unique_ptr<util::Source> source = partial_.open();
  buffer_.resize(kBufferSize);
  while (std::size_t count = source->read(buffer_)) {
    stop_if_told(surroundings_);
    verifier_->update(util::Bytes(buffer_).first(count));
    shown_.advance(count);
  }
  buffer_.clear();
}

void Download::complete() {
  while (!ask()) {
    stop_if_told(surroundings_);
    if (fruitless_ == kMostFruitless || ++breaks_ == kMostBreaks) {
      throw Error(
          ErrorKind::network,
          fmt::format(
              "the answer broke off at byte {}, {} times in all", partial_.size(), breaks_ + 1));
    }
  }
}

bool Download::ask() {
  if (partial_.size() > 0 && artifact_.hashes.empty() && validator_.empty()) {
    start_again();
  }
  std::uint64_t before = partial_.size();
  has_begun_ = false;
  is_wrong_range_ = false;
  try {
    net::Request request{.url = artifact_.url, .offset = before, .attempt = fruitless_ + 1};
    if (before > 0 && !validator_.empty()) {
      request.headers["If-Range"] = validator_;
    }
    net::Response response = surroundings_.http.send(
        request, [this](const net::Response& answer) { return begin(answer); });
    flush();
    return judge(response, before);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::network || !has_begun_) {
      keep();
      throw;
    }
  }
  flush();
  // The answer broke off: the next one goes on from here.
  fruitless_ = partial_.size() > furthest_ ? 0 : fruitless_ + 1;
  furthest_ = std::max(furthest_, partial_.size());
  if (is_wrong_range_) {
    start_again();
  }
  return false;
}

bool Download::judge(const net::Response& response, std::uint64_t before) {
  if (response.status == 200 || response.status == 206) {
    return true;
  }
  if (response.status == 416 && before > 0) {
    start_again();  // what is there is as long as the file, or longer, and still not the file
    return false;
  }
  std::string message = fmt::format("{}: answered {}", response.url, response.status);
  switch (response.status) {
    case 401:
    case 403:
      throw Error(
          ErrorKind::denied,
          message + " (credentials: UV_INDEX_<NAME>_USERNAME and _PASSWORD, .netrc, or the URL)");
    case 404:
    case 410:
      throw Error(ErrorKind::not_found, message + ": no such file");
    default:
      throw Error(ErrorKind::network, message);
  }
}

util::Sink* Download::begin(const net::Response& response) {
  if (response.status != 200 && response.status != 206) {
    return nullptr;
  }
  has_begun_ = true;
  if (response.body_offset != partial_.size()) {
    if (response.body_offset != 0) {
      is_wrong_range_ = true;
      throw Error(ErrorKind::network,
                  fmt::format("{}: wanted the bytes from {} on, found Content-Range '{}'",
                              response.url,
                              partial_.size(),
                              response.header("content-range").value_or("")));
    }
    start_again();  // the server gives the whole file whatever it was asked
  }
  if (artifact_.hashes.empty()) {
    validator_ = response.header("etag").value_or("");
    if (validator_.starts_with("W/")) {
      validator_.clear();
    }
  }
  return this;
}

// What has come stays for the next attempt, of whomever.
void Download::keep() {
  try {
    flush();
  } catch (const Error&) {
    buffer_.clear();  // the first error is the one to tell
  }
}

void Download::start_again() {
  partial_.restart();
  buffer_.clear();
  verifier_.emplace(artifact_);
}

std::string plain_url(const core::Artifact& artifact) {
  core::Url url = core::Url::parse(artifact.url);
  url.fragment.clear();
  return url.str();
}

}  // namespace

std::string alias_key(const core::Artifact& artifact) {
  if (artifact.sha256()) {
    return "";
  }
  return artifact.hashes.empty() ? plain_url(artifact) : artifact.hashes.front().str();
}

core::Digest download(const core::Artifact& artifact, Surroundings& surroundings) {
  std::optional<core::Digest> wanted = artifact.sha256();
  std::string alias = alias_key(artifact);
  store::Store& store = surroundings.store;
  std::unique_ptr<store::Partial> partial =
      store.begin_partial(wanted ? wanted->hex() : alias, wanted);
  if (!partial) {
    return *wanted;
  }
  if (!wanted) {
    // Another process may have brought it while we waited.
    std::optional<core::Digest> known =
        core::Digest::from_hex(store.find_record(store::RecordKind::alias, alias).value_or(""));
    if (known && store.has(*known)) {
      return *known;
    }
  }
  core::Digest digest = Download(artifact, *partial, surroundings).run();
  partial->commit(digest);
  if (!wanted) {
    store.put_record(store::RecordKind::alias, alias, digest.hex());
  }
  return digest;
}

core::Digest take_in(const core::Artifact& artifact,
                     const std::filesystem::path& path,
                     Surroundings& surroundings) {
  util::File file = util::File::open_read(path);
  Shown shown(surroundings.progress, artifact);
  Verifier verifier(artifact);
  std::unique_ptr<store::Upload> upload = surroundings.store.begin();
  std::vector<std::byte> buffer(kBufferSize);
  while (std::size_t count = file.read(buffer)) {
    stop_if_told(surroundings);
    util::Bytes data = util::Bytes(buffer).first(count);
    upload->write(data);
    verifier.update(data);
    shown.advance(count);
  }
  if (std::optional<std::string> wrong = verifier.finish()) {
    throw Error(ErrorKind::integrity,
                fmt::format("{}: {} ({} bytes)", path.string(), *wrong, upload->size()));
  }
  return upload->commit();
}

}  // namespace cartwheel::fetch
