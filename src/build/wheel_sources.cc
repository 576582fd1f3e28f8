#include "build/wheel_sources.h"

#include <fmt/format.h>

#include "archive/zip.h"
#include "core/url.h"
#include "layer/inflate_member.h"
#include "util/error.h"
#include "util/file.h"
#include "util/subprocess.h"
#include "util/text.h"
#include "wheelbuild/git_checkout.h"

namespace cartwheel::build {

namespace fs = std::filesystem;
using util::Error;
using util::ErrorKind;

namespace {

// A path of the lock is meant from its folder.
std::string git_location(const lock::Source& source, const fs::path& lock_folder) {
  bool is_path =
      !core::Url::is_url(source.location) && source.location.find(':') == std::string::npos;
  return is_path ? fs::absolute(lock_folder / source.location).lexically_normal().string()
                 : source.location;
}

void unpack_tar(const fs::path& archive, const fs::path& into) {
  util::SubprocessResult done = util::run({.command = {"tar",
                                                       "--extract",
                                                       "--file",
                                                       archive.string(),
                                                       "--directory",
                                                       into.string(),
                                                       "--strip-components=1",
                                                       "--no-same-owner"},
                                           .folder = {},
                                           .environment = {},
                                           .without = {"TAR_OPTIONS"},
                                           .input = {}});
  if (done.status != 0) {
    throw Error(ErrorKind::malformed, std::string(util::trim(done.error)));
  }
}

void unpack_zip(const fs::path& archive, const fs::path& into) {
  util::File zip = util::File::open_read(archive);
  layer::MemberReader reader;
  for (const archive::ZipMember& member : archive::read_zip(zip)) {  // refuses unsafe paths
    std::size_t slash = member.name.find('/');
    if (member.is_directory || slash == std::string::npos) {
      continue;
    }
    fs::path path = into / member.name.substr(slash + 1);
    fs::create_directories(path.parent_path());
    util::File file = util::File::create(path, member.executable() ? 0755 : 0644);
    reader.read(zip, member, true, [&](util::Bytes piece) {
      file.write(piece);
      return true;
    });
  }
}

// What lies in the one folder that an sdist has at its top.
fs::path unpacked(const fs::path& archive, const fs::path& into) {
  fs::create_directory(into);
  util::in_context(fmt::format("'{}' does not unpack", archive.filename().string()), [&] {
    archive.extension() == ".zip" ? unpack_zip(archive, into) : unpack_tar(archive, into);
  });
  return into;
}

fs::path checked_out(const lock::Source& source,
                     const fs::path& lock_folder,
                     const fs::path& into,
                     const Options& options,
                     const Ports& ports) {
  wheelbuild::checkout(
      git_location(source, lock_folder), source.commit, into, options.offline, ports.progress);
  return into;
}

// A file of the commit, which must be there and have the lock's hash.
fs::path committed_file(const fs::path& repository,
                        const lock::Source& source,
                        const core::Artifact& wanted) {
  fs::path file = repository / source.path;
  std::error_code failure;
  if (!fs::is_regular_file(file, failure)) {
    throw Error(ErrorKind::not_found,
                fmt::format("commit {} has no file '{}'", source.commit, source.path));
  }
  core::HashingSink hasher;
  util::FileSource content(file);
  util::copy(content, hasher);
  std::optional<core::Digest> sha256 = wanted.sha256();
  if (core::Digest found = hasher.finish(); sha256 && found != *sha256) {
    throw Error(ErrorKind::integrity,
                fmt::format("'{}': wanted {}, found {}", source.path, sha256->str(), found.str()));
  }
  return file;
}

}  // namespace

fs::path bring_source(const plan::PlannedPackage& package,
                      const std::optional<core::Digest>& sdist,
                      const fs::path& lock_folder,
                      const fs::path& scratch,
                      const Options& options,
                      const Ports& ports) {
  const lock::Source& source = package.source;
  if (package.origin == plan::Origin::directory) {
    return (lock_folder / source.location / source.subdirectory).lexically_normal();
  }
  fs::path into = scratch / "source";
  if (package.origin == plan::Origin::git) {
    checked_out(source, lock_folder, into, options, ports);
    return source.path.empty()
               ? into / source.subdirectory
               : committed_file(into, source, package.sdist.value_or(core::Artifact()));
  }
  // a front end goes by the archive's name, and the store has none
  fs::path link = scratch / package.sdist->filename;
  fs::create_symlink(ports.store->find(*sdist)->path(), link);
  return source.subdirectory.empty() ? link : unpacked(link, into) / source.subdirectory;
}

void bring_wheel_of_commit(const plan::PlannedPackage& package,
                           const fs::path& lock_folder,
                           const Options& options,
                           const Ports& ports) {
  std::optional<core::Digest> sha256 = package.wheel->sha256();
  if (!sha256) {
    throw Error(ErrorKind::refused,
                fmt::format("{}: the lock has no SHA-256 of this wheel", package.wheel->filename));
  }
  if (ports.store->has(*sha256)) {
    return;
  }
  util::TempDir temporary;
  fs::path repository =
      checked_out(package.source, lock_folder, temporary.path() / "source", options, ports);
  util::FileSource wheel(committed_file(repository, package.source, *package.wheel));
  std::unique_ptr<store::Upload> upload = ports.store->begin();
  util::copy(wheel, *upload);
  upload->commit(*sha256);
}

}  // namespace cartwheel::build
