#include "base/package_files.h"

#include <fmt/format.h>

#include "base/suites.h"
#include "util/error.h"
#include "util/file.h"

namespace cartwheel::base {

using util::Error;
using util::ErrorKind;

namespace {

fetch::Wanted wanted_package(const lock::BasePackage& package,
                             const std::string& url,
                             const Definition& definition) {
  fetch::Wanted one;
  one.artifact = {.filename = package.path.substr(package.path.rfind('/') + 1),
                  .url = url,
                  .hashes = {{"sha256", package.sha256.hex()}},
                  .size = package.size,
                  .upload_time = {}};
  one.place = fmt::format("base '{}': {} {}", definition.name, package.name, package.version);
  return one;
}

// Packages that the archive no longer has, from the snapshot archive as it was when they were
// pinned.
void fetch_from_snapshot(const std::vector<lock::BasePackage>& packages,
                         const Definition& definition,
                         const std::vector<lock::BaseRelease>& releases,
                         const Context& context) {
  for (const lock::BasePackage& package : packages) {
    if (context.store.find(package.sha256)) {
      continue;
    }
    try {
      fetch_all({wanted_package(
                    package, package_url(definition, package.suite, package.path), definition)},
                context);
      continue;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::not_found) {
        throw;
      }
    }
    const std::string url = snapshot_url(definition, package, releases);
    std::string tried = "no snapshot archive is known for it";
    if (!url.empty()) {
      try {
        fetch_all({wanted_package(package, url, definition)}, context);
        continue;
      } catch (const Error& error) {
        if (error.kind() == ErrorKind::integrity || error.kind() == ErrorKind::interrupted) {
          throw;
        }
        tried = error.what();
      }
    }
    throw Error(
        ErrorKind::not_found,
        fmt::format("base '{}': {} {} was pinned in cartwheel.lock and has left the archive, which "
                    "keeps the newest versions only; it is not in the store, and {}: build with "
                    "--upgrade-base to take what there is now",
                    definition.name,
                    package.name,
                    package.version,
                    tried));
  }
}

}  // namespace

void fetch_all(const std::vector<fetch::Wanted>& wanted, const Context& context) {
  fetch::fetch(wanted,
               {.folder = {}, .offline = context.offline},
               context.http,
               context.store,
               context.progress,
               [](std::size_t, const core::Digest&) {});
}

lock::BasePackage pinned_package(const debian::Package& package) {
  return {.name = package.name,
          .version = package.version,
          .arch = package.architecture,
          .sha256 = package.sha256,
          .size = package.size,
          .path = package.filename,
          .suite = package.suite};
}

void fetch_packages(const std::vector<lock::BasePackage>& packages,
                    const Definition& definition,
                    const std::vector<lock::BaseRelease>& releases,
                    const Context& context) {
  std::vector<fetch::Wanted> wanted;
  wanted.reserve(packages.size());
  for (const lock::BasePackage& package : packages) {
    wanted.push_back(
        wanted_package(package, package_url(definition, package.suite, package.path), definition));
  }
  try {
    fetch_all(wanted, context);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found || context.offline) {
      throw;
    }
    fetch_from_snapshot(packages, definition, releases, context);
  }
}

std::unique_ptr<util::Source> open_package(const lock::BasePackage& package,
                                           const Context& context) {
  const std::string place = fmt::format("package '{}' {}", package.name, package.version);
  const auto blob = context.store.find(package.sha256);
  if (!blob) {
    throw Error(ErrorKind::not_found, place + ": not in the store");
  }
  util::FileSource source(blob->path());
  std::string deb = util::read_all(source, package.size + 1, place);
  // Nothing is read from a package whose bytes are not those pinned, wherever they come from.
  if (core::Digest::of(deb) != package.sha256) {
    context.store.remove(package.sha256);
    throw Error(
        ErrorKind::integrity,
        fmt::format("{}: its file in the store was damaged and is removed: run again", place));
  }
  return std::make_unique<util::StringSource>(std::move(deb));
}

}  // namespace cartwheel::base
