#include "base/unpack.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "archive/read_archive.h"
#include "archive/tar_writer.h"
#include "debian/deb822.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::base {

namespace {

using archive::ReadEntry;
using util::Error;
using util::ErrorKind;

constexpr std::uint64_t kLargestControl = std::uint64_t{4} << 20;

// "bin -> usr/bin", which base-files has brought since Debian 13.
bool is_merged_link(const ReadEntry& entry, const std::string& path) {
  return entry.kind == ReadEntry::Kind::symlink && path == "usr/" + entry.path &&
         entry.target == path;
}

// Puts the entries of data.tar together.
class DataReader {
 public:
  DataReader(const lock::BasePackage& pinned,
             const std::vector<std::string>& exclude,
             ScratchFile& scratch,
             UnpackedPackage& out)
      : pinned_(pinned),
        exclude_(exclude),
        scratch_(scratch),
        out_(out) {}

  void take(const ReadEntry& entry, util::Source& content) {
    const std::string path = debian::merged_path(entry.path);
    out_.installed.list += "/" + (entry.path.empty() ? "." : entry.path) + "\n";
    if (path.empty() || is_merged_link(entry, path)) {
      return;  // the root itself, or what configure() makes
    }
    archive::check_entry({.path = path});
    if (is_excluded(path, exclude_)) {
      return;
    }
    debian::Node node;
    node.mode = entry.mode;
    node.uid = entry.uid;
    node.gid = entry.gid;
    node.package = pinned_.name;
    switch (entry.kind) {
      case ReadEntry::Kind::directory:
        node.kind = debian::Node::Kind::directory;
        break;
      case ReadEntry::Kind::file:
        node.content = scratch_.append(content, entry.size, path);
        break;
      case ReadEntry::Kind::symlink:
        node.kind = debian::Node::Kind::symlink;
        node.mode = 0777;
        node.target = entry.target;
        break;
      case ReadEntry::Kind::hardlink:
        node = linked(path, debian::merged_path(entry.target));
        break;
      case ReadEntry::Kind::other:
        throw Error(ErrorKind::refused, fmt::format("'{}' is a device or the like", path));
    }
    files_[path] = out_.entries.size();
    out_.entries.emplace_back(path, std::move(node));
  }

 private:
  // A hard link becomes a file of its own with the same content.
  debian::Node linked(const std::string& path, const std::string& target) const {
    const auto found = files_.find(target);
    if (found == files_.end()) {
      throw Error(
          ErrorKind::malformed,
          fmt::format("'{}' is a hard link to '{}', which did not come before", path, target));
    }
    return out_.entries[found->second].second;
  }

  const lock::BasePackage& pinned_;
  const std::vector<std::string>& exclude_;
  ScratchFile& scratch_;
  UnpackedPackage& out_;
  std::map<std::string, std::size_t> files_;  // path → index of its entry
};

void check_identity(const debian::Installed& installed, const lock::BasePackage& pinned) {
  if (installed.name != pinned.name || installed.version != pinned.version ||
      installed.architecture != pinned.arch) {
    throw Error(ErrorKind::malformed,
                fmt::format("wanted {} {} {}, found {} {} {}",
                            pinned.name,
                            pinned.version,
                            pinned.arch,
                            installed.name,
                            installed.version,
                            installed.architecture));
  }
}

}  // namespace

bool is_excluded(const std::string& path, const std::vector<std::string>& globs) {
  if (util::glob_matches("usr/share/doc/*/copyright", path)) {
    return false;
  }
  for (std::size_t end = path.find('/');; end = path.find('/', end + 1)) {
    const std::string_view part = std::string_view(path).substr(0, end);
    if (std::any_of(globs.begin(), globs.end(), [&](const std::string& glob) {
          return util::glob_matches(glob, part);
        })) {
      return true;
    }
    if (end == std::string::npos) {
      return false;
    }
  }
}

UnpackedPackage unpack(util::Source& deb,
                       const lock::BasePackage& pinned,
                       const std::vector<std::string>& exclude,
                       ScratchFile& scratch) {
  const std::string place = fmt::format("package '{}' {}", pinned.name, pinned.version);
  UnpackedPackage package;
  DataReader data(pinned, exclude, scratch, package);
  const auto on_control = [&](const ReadEntry& entry, util::Source& content) {
    if (entry.kind != ReadEntry::Kind::file) {
      return;
    }
    std::string text = util::read_all(content, kLargestControl, place);
    debian::Installed& installed = package.installed;
    if (entry.path == "control") {
      installed.control = std::move(text);
      const debian::Paragraph fields = debian::parse_paragraph(installed.control, "control");
      installed.name = fields.get("Package");
      installed.version = fields.get("Version");
      installed.architecture = fields.get("Architecture");
    } else {
      installed.members[entry.path] = std::move(text);
    }
  };
  util::in_context(place, [&] {
    archive::read_deb(deb, "deb", on_control, [&](const ReadEntry& entry, util::Source& content) {
      data.take(entry, content);
    });
    check_identity(package.installed, pinned);
  });
  return package;
}

}  // namespace cartwheel::base
