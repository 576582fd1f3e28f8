// The paths of a wheel, front-coded (docs/formats.md section 7). For each path in order of bytes:
//   varint  length of the prefix shared with the path before
//   varint  length of the rest
//   rest
//   u8      1: executable, + 2: its size is known
//   16 B    first half of the content's SHA-256
//   varint  size in bytes, when it is known

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "facts/wheel_facts.h"
#include "util/bytes.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::facts {

using util::Error;
using util::ErrorKind;

namespace {

constexpr const char* kPlace = "paths of a wheel";
constexpr unsigned kExecutable = 1;
constexpr unsigned kSized = 2;

std::size_t shared_prefix(std::string_view one, std::string_view other) {
  auto [end, unused] = std::mismatch(
      one.begin(), one.begin() + std::ptrdiff_t(std::min(one.size(), other.size())), other.begin());
  return std::size_t(end - one.begin());
}

InstalledPath read_path(util::ByteReader& reader, const std::string& before) {
  std::uint64_t shared = reader.varint();
  std::uint64_t rest = reader.varint();
  if (shared > before.size()) {
    throw Error(
        ErrorKind::malformed,
        fmt::format("{}: shares {} bytes with a path of {}", kPlace, shared, before.size()));
  }
  if (rest > reader.remaining()) {
    throw Error(ErrorKind::malformed,
                fmt::format("{}: {} bytes wanted, {} left", kPlace, rest, reader.remaining()));
  }
  InstalledPath path;
  path.path = before.substr(0, shared);
  path.path += util::as_text(reader.take(rest));
  std::uint8_t mode = reader.u8();
  if (mode > (kExecutable | kSized)) {
    throw Error(ErrorKind::malformed, fmt::format("{}: mode bits {}", kPlace, mode));
  }
  path.executable = (mode & kExecutable) != 0;
  std::ranges::copy(reader.take(path.content.size()), path.content.begin());
  if ((mode & kSized) != 0) {
    path.size = reader.varint();
  }
  if (path.path <= before) {
    throw Error(ErrorKind::malformed,
                fmt::format("{}: '{}' does not follow '{}'", kPlace, path.path, before));
  }
  return path;
}

}  // namespace

std::string tar_path(const std::string& installed,
                     const std::string& name,
                     const std::string& prefix,
                     const std::string& python) {
  std::size_t slash = installed.find('/');
  std::string scheme = installed.substr(0, slash);
  if (slash != std::string::npos) {
    std::string_view rest = std::string_view(installed).substr(slash + 1);
    if (scheme == "purelib") {
      return fmt::format("{}/lib/{}/site-packages/{}", prefix, python, rest);
    }
    if (scheme == "scripts") {
      return fmt::format("{}/bin/{}", prefix, rest);
    }
    if (scheme == "headers") {
      return fmt::format("{}/include/site/{}/{}/{}", prefix, python, name, rest);
    }
    if (scheme == "data" && rest.starts_with("lib64/")) {  // a link to lib in an environment
      return fmt::format("{}/lib/{}", prefix, rest.substr(rest.find('/') + 1));
    }
    if (scheme == "data") {
      return fmt::format("{}/{}", prefix, rest);
    }
  }
  throw Error(ErrorKind::internal,
              fmt::format("'{}' is no installed path: wanted purelib/, scripts/, headers/ or data/",
                          installed));
}

std::string encode_paths(const std::vector<InstalledPath>& paths) {
  std::vector<const InstalledPath*> sorted;
  sorted.reserve(paths.size());
  for (const InstalledPath& path : paths) {
    sorted.push_back(&path);
  }
  std::ranges::sort(
      sorted, {}, [](const InstalledPath* path) -> const std::string& { return path->path; });
  std::string out;
  std::string_view before;
  for (const InstalledPath* path : sorted) {
    std::size_t shared = shared_prefix(path->path, before);
    util::put_varint(out, shared);
    util::put_varint(out, path->path.size() - shared);
    out.append(path->path, shared);
    util::put_u8(out,
                 static_cast<std::uint8_t>((path->executable ? kExecutable : 0) |
                                           (path->size ? kSized : 0)));
    out += util::as_text(path->content);
    if (path->size) {
      util::put_varint(out, *path->size);
    }
    before = path->path;
  }
  return out;
}

std::vector<InstalledPath> decode_paths(std::string_view bytes) {
  util::ByteReader reader(util::as_bytes(bytes), kPlace);
  std::vector<InstalledPath> paths;
  std::string before;
  while (!reader.at_end()) {
    paths.push_back(read_path(reader, before));
    before = paths.back().path;
  }
  return paths;
}

bool is_excluded(const std::vector<std::string>& globs, std::string_view installed_path) {
  if (globs.empty()) {
    return false;
  }
  std::size_t slash = installed_path.find('/');
  std::string_view scheme = installed_path.substr(0, slash);
  std::string path(installed_path.substr(slash == std::string_view::npos ? 0 : slash + 1));
  if (scheme == "scripts") {
    path = "bin/" + path;
  } else if (scheme == "headers") {
    path = "include/site/" + path;
  }
  return std::ranges::any_of(
      globs, [&](const std::string& glob) { return util::glob_matches(glob, path); });
}

}  // namespace cartwheel::facts
