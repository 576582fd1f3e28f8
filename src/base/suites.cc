#include "base/suites.h"

#include <chrono>
#include <ctime>

#include <fmt/format.h>

#include "archive/read_archive.h"
#include "base/package_files.h"
#include "base/signature.h"
#include "core/url.h"
#include "debian/date.h"
#include "fetch/fetch.h"
#include "util/error.h"
#include "util/parallel.h"

namespace cartwheel::base {

namespace {

using util::Error;
using util::ErrorKind;

// A snapshot is of the latest state before its date, and a Release is published some hours after
// its own; what it names stays in the archive for longer than that.
constexpr std::int64_t kSnapshotDelay = 12 * 60 * 60;  // seconds

constexpr std::size_t kLargestRelease = std::size_t{16} << 20;

// A sink that refuses to grow beyond a Release file's size.
class ReleaseSink : public util::Sink {
 public:
  explicit ReleaseSink(std::string place) : place_(std::move(place)) {}
  void write(util::Bytes data) override {
    text += util::as_text(data);
    if (text.size() > kLargestRelease) {
      throw Error(ErrorKind::malformed,
                  fmt::format("{}: longer than {} bytes", place_, kLargestRelease));
    }
  }
  std::string text;

 private:
  std::string place_;
};

std::string get(const std::string& url, const Context& context) {
  if (context.offline) {
    throw Error(ErrorKind::network,
                fmt::format("offline: {} is wanted to pin the base", core::redacted(url)));
  }
  ReleaseSink sink(core::redacted(url));
  const net::Response response =
      context.http.send({.url = url}, [&](const net::Response&) { return &sink; });
  if (response.status != 200) {
    const bool is_denied = response.status == 401 || response.status == 403;
    throw Error(is_denied                ? ErrorKind::denied
                : response.status == 404 ? ErrorKind::not_found
                                         : ErrorKind::network,
                fmt::format("{}: answers {}", core::redacted(url), response.status));
  }
  return std::move(sink.text);
}

struct SuiteRelease {
  debian::Release release;
  lock::BaseRelease pin;
};

SuiteRelease read_release(const Definition& definition,
                          const std::string& suite,
                          const Context& context) {
  const std::string url = suite_url(definition, suite);
  const std::string file = get(url + "/InRelease", context);
  const std::string place = fmt::format("InRelease of {}", suite);
  SuiteRelease result;
  result.release =
      debian::parse_release(signed_text(file, definition.keyring, definition.keys, place), place);
  // A server that answers with another suite's file, truly signed, must not go unseen.
  if (result.release.codename != suite && result.release.suite != suite) {
    throw Error(ErrorKind::integrity,
                fmt::format("{}: wanted the suite '{}', found '{}' ({})",
                            place,
                            suite,
                            result.release.codename,
                            result.release.suite));
  }
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  check_valid_until(result.release,
                    definition,
                    std::chrono::duration_cast<std::chrono::seconds>(now).count(),
                    place);
  result.pin = {.url = core::Url::parse(url).str(),
                .sha256 = core::Digest::of(file),
                .date = debian::rfc3339(result.release.date)};
  return result;
}

// A Packages file that a Release names, as it is fetched.
struct IndexFile {
  std::string suite;
  std::string place;
  fetch::Wanted wanted;
};

IndexFile index_file(const Definition& definition,
                     const std::string& suite,
                     const debian::Release& release,
                     const std::string& folder) {
  for (const char* name : {"Packages.xz", "Packages.gz", "Packages"}) {
    const auto found = release.files.find(folder + "/" + name);
    if (found == release.files.end()) {
      continue;
    }
    const debian::Release::File& file = found->second;
    const std::string below =
        release.acquire_by_hash ? folder + "/by-hash/SHA256/" + file.sha256.hex() : found->first;
    IndexFile index;
    index.suite = suite;
    index.place = fmt::format("{} of {}", found->first, suite);
    index.wanted.place = index.place;
    index.wanted.artifact = {.filename = fmt::format("{} {}", suite, name),
                             .url = suite_url(definition, suite) + "/" + below,
                             .hashes = {{"sha256", file.sha256.hex()}},
                             .size = file.size,
                             .upload_time = {}};
    return index;
  }
  throw Error(ErrorKind::not_found,
              fmt::format("Release of {}: names no '{}/Packages'", suite, folder));
}

void read_index(const IndexFile& file, const store::Store& store, debian::PackageIndex& index) {
  const auto blob = store.find(*file.wanted.artifact.sha256());
  if (!blob) {
    throw Error(ErrorKind::internal, file.place + ": not in the store after it was fetched");
  }
  util::FileSource source(blob->path());
  debian::ParagraphSink paragraphs(file.place, [&](const debian::Paragraph& paragraph) {
    debian::Package package = debian::parse_package(paragraph, file.place);
    package.suite = file.suite;
    index.add(std::move(package));
  });
  archive::decompress(source, file.place, paragraphs);
  paragraphs.finish();
}

}  // namespace

std::string suite_url(const Definition& definition, const std::string& suite) {
  std::string archive = definition.archives.at(suite);
  while (archive.ends_with('/')) {
    archive.pop_back();
  }
  return archive + "/dists/" + suite;
}

std::string package_url(const Definition& definition,
                        const std::string& suite,
                        const std::string& path) {
  const auto archive = definition.archives.find(suite);
  if (archive == definition.archives.end()) {
    throw Error(ErrorKind::refused,
                fmt::format("base '{}' has no suite '{}', from which '{}' is pinned",
                            definition.name,
                            suite,
                            path));
  }
  // '~' and '+' of versions may stand in a URL as they are; archives know both spellings.
  return archive->second + (archive->second.ends_with('/') ? "" : "/") + path;
}

std::string snapshot_url(const Definition& definition,
                         const lock::BasePackage& package,
                         const std::vector<lock::BaseRelease>& releases) {
  const auto pattern = definition.snapshots.find(package.suite);
  if (pattern == definition.snapshots.end()) {
    return "";
  }
  for (const lock::BaseRelease& release : releases) {
    if (!release.url.ends_with("/dists/" + package.suite)) {
      continue;
    }
    std::tm time{};
    if (strptime(release.date.c_str(), "%Y-%m-%dT%H:%M:%SZ", &time) == nullptr) {
      return "";
    }
    // "2026-11-14T20:31:02Z" → "20261114T203102Z"
    std::string date = debian::rfc3339(timegm(&time) + kSnapshotDelay);
    std::erase_if(date, [](char c) { return c == '-' || c == ':'; });
    std::string url = pattern->second;
    url.replace(url.find("{date}"), 6, date);
    return url + (url.ends_with('/') ? "" : "/") + package.path;
  }
  return "";
}

void check_valid_until(const debian::Release& release,
                       const Definition& definition,
                       std::int64_t now,
                       const std::string& place) {
  if (definition.check_valid_until && release.valid_until && *release.valid_until < now) {
    throw Error(
        ErrorKind::refused,
        fmt::format(
            "{}: was valid until {}: the archive is an old copy, or this machine's clock is "
            "wrong ('check-valid-until = false' in a definition of your own takes it)",
            place,
            debian::rfc3339(*release.valid_until)));
  }
}

Suites read_suites(const Definition& definition,
                   const core::Platform& platform,
                   const Context& context) {
  const std::size_t count = definition.suites.size();
  std::vector<SuiteRelease> releases(count);
  util::parallel_for(count, count, [&](std::size_t i) {
    releases[i] = read_release(definition, definition.suites[i], context);
  });
  std::vector<IndexFile> files;
  Suites suites{debian::PackageIndex(platform.oci_name()), {}};
  for (std::size_t i = 0; i < count; ++i) {
    suites.releases.push_back(releases[i].pin);
    for (const std::string& component : definition.components) {
      files.push_back(index_file(definition,
                                 definition.suites[i],
                                 releases[i].release,
                                 fmt::format("{}/binary-{}", component, platform.oci_name())));
    }
  }
  std::vector<fetch::Wanted> wanted;
  wanted.reserve(files.size());
  for (const IndexFile& file : files) {
    wanted.push_back(file.wanted);
  }
  fetch_all(wanted, context);
  for (const IndexFile& file : files) {
    read_index(file, context.store, suites.index);
  }
  return suites;
}

}  // namespace cartwheel::base
