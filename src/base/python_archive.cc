#include "base/python_archive.h"

#include <fmt/format.h>

#include "archive/read_archive.h"
#include "archive/tar_writer.h"
#include "base/package_files.h"
#include "base/python_version.h"
#include "base/sysconfig.h"
#include "base/unpack.h"
#include "core/url.h"
#include "elf/elf.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::base {

namespace {

using archive::ReadEntry;
using debian::Node;
using util::Error;
using util::ErrorKind;

constexpr std::string_view kTop = "python/";
constexpr std::uint64_t kMostText = std::uint64_t{16} << 20;  // of a file that names build paths

std::string place_of(const PythonArchive& archive) {
  const std::string location = core::redacted(archive.location);
  return fmt::format("Python archive '{}'", location.substr(location.rfind('/') + 1));
}

// "usr/local" of "/usr/local/bin/python3.12".
std::string prefix_of(const Definition& definition) {
  return definition.python_path.substr(1, definition.python_path.rfind("/bin/") - 1);
}

// A file of the store that is hashed as it is read: after a power cut it may be wrong
// (docs/formats.md section 10).
class HashingSource : public util::Source {
 public:
  explicit HashingSource(const std::filesystem::path& path) : file_(path) {}
  std::size_t read(util::MutableBytes buffer) override {
    const std::size_t count = file_.read(buffer);
    hasher_.update(util::Bytes(buffer).first(count));
    return count;
  }
  // Of the whole file, the rest of it read.
  core::Digest finish() {
    std::vector<std::byte> buffer(std::size_t{64} << 10);
    while (read(buffer) > 0) {
    }
    return hasher_.finish();
  }

 private:
  util::FileSource file_;
  core::Hasher hasher_;
};

// An archive's files on their way into a tree.
class ArchiveReader {
 public:
  ArchiveReader(const Definition& definition, ScratchFile& scratch, debian::Tree& tree)
      : definition_(definition),
        prefix_(prefix_of(definition)),
        scratch_(scratch),
        tree_(tree) {}

  void take(const ReadEntry& entry, util::Source& content) {
    const std::optional<std::string> below = below_top(entry.path);
    if (!below || is_left_out(*below)) {
      return;
    }
    const std::string path = fmt::format("{}/{}", prefix_, *below);
    archive::check_entry({.path = path});
    Node node;
    switch (entry.kind) {
      case ReadEntry::Kind::directory:
        node = Node::directory();
        break;
      case ReadEntry::Kind::file:
        node.mode = (entry.mode & 0111) != 0 ? 0755 : 0644;
        node.content = scratch_.append(content, entry.size, path);
        break;
      case ReadEntry::Kind::symlink:
        node = Node::symlink(entry.target);
        break;
      case ReadEntry::Kind::hardlink:
        node = linked(path, entry.target);
        break;
      case ReadEntry::Kind::other:
        throw Error(ErrorKind::refused, fmt::format("'{}' is a device or the like", entry.path));
    }
    for (std::size_t slash = path.find('/'); slash != std::string::npos;
         slash = path.find('/', slash + 1)) {
      tree_.ensure_directory(path.substr(0, slash));
    }
    if (node.kind == Node::Kind::file && names_build_paths(*below)) {
      telling_.push_back(path);
    }
    tree_.unpack(path, std::move(node));
  }

  // Once all is there.
  void repair_build_paths() {
    BuildPaths built;
    for (const std::string& path : telling_) {
      if (path.find("/_sysconfigdata_") != std::string::npos) {
        built = build_paths(text_of(path));
      }
    }
    for (const std::string& path : telling_) {
      tree_.put(
          path,
          Node::file(with_paths(text_of(path), built, "/" + prefix_), tree_.find(path)->mode));
    }
  }

 private:
  // The path below python/; nothing for python/ itself.
  static std::optional<std::string> below_top(const std::string& path) {
    if (path.empty() || path + "/" == kTop) {
      return std::nullopt;
    }
    if (!path.starts_with(kTop)) {
      throw Error(ErrorKind::malformed,
                  fmt::format("wanted everything below python/, found '{}'", path));
    }
    std::string below = path.substr(kTop.size());
    if (below == "PYTHON.json" || below.starts_with("install/")) {
      throw Error(
          ErrorKind::malformed,
          "this is the full archive of a build: wanted the one whose name says install_only");
    }
    return below;
  }

  // A .pyc of an archive has the time of a source that has another one in the image.
  bool is_left_out(const std::string& below) const {
    return ("/" + below + "/").find("/__pycache__/") != std::string::npos ||
           is_excluded(below, definition_.python_exclude);
  }

  // A hard link becomes a file of its own.
  Node linked(const std::string& path, const std::string& target) const {
    const std::optional<std::string> below = below_top(target);
    const Node* node = below ? tree_.find(fmt::format("{}/{}", prefix_, *below)) : nullptr;
    if (node == nullptr || node->kind != Node::Kind::file) {
      throw Error(
          ErrorKind::malformed,
          fmt::format("'{}' is a hard link to '{}', which did not come before", path, target));
    }
    return *node;
  }

  std::string text_of(const std::string& path) const {
    const Node* node = tree_.find(path);
    if (node->size() > kMostText) {
      throw Error(ErrorKind::refused, fmt::format("'{}' has {} bytes", path, node->size()));
    }
    return tree_.text(path);
  }

  const Definition& definition_;
  const std::string prefix_;
  ScratchFile& scratch_;
  debian::Tree& tree_;
  std::vector<std::string> telling_;  // paths of files that name the build's paths
};

void check_program(const Definition& definition,
                   const core::Platform& platform,
                   const debian::Tree& tree) {
  const std::optional<std::string> path = tree.resolve(definition.python_path);
  refuse_free_threaded(tree, path.value_or(definition.python_path.substr(1)));
  const Node* node = path ? tree.find(*path) : nullptr;
  if (node == nullptr || node->kind != Node::Kind::file) {
    throw Error(ErrorKind::refused, fmt::format("does not bring '{}'", definition.python_path));
  }
  const std::optional<elf::Elf> program = elf::read_elf(
      node->size(),
      [&](std::uint64_t offset, std::size_t length) { return tree.read(*node, offset, length); });
  if (!program || program->machine != platform.machine()) {
    throw Error(ErrorKind::unsupported,
                fmt::format("'{}' is no program for {}: it is {}",
                            definition.python_path,
                            platform.str(),
                            program ? "for " + program->machine : "no ELF file"));
  }
}

const PythonArchive& source_for(const Definition& definition, const core::Platform& platform) {
  const auto found = definition.python_archives.find(platform.oci_name());
  if (found == definition.python_archives.end()) {
    throw Error(ErrorKind::refused,
                fmt::format("its definition names no Python archive for {}: wanted "
                            "[python-archive.{}]",
                            platform.str(),
                            platform.oci_name()));
  }
  return found->second;
}

void fetch_archive(const PythonArchive& archive,
                   const Definition& definition,
                   const std::string& place,
                   const Context& context) {
  const bool is_url = core::Url::is_url(archive.location);
  fetch::Wanted wanted;
  wanted.artifact = {
      .filename = archive.location.substr(archive.location.rfind('/') + 1),
      .url = is_url ? archive.location : (definition.folder / archive.location).string(),
      .hashes = {{"sha256", archive.sha256.hex()}},
      .size = archive.size,
      .upload_time = {}};
  wanted.place = place;
  fetch_all({wanted}, context);
}

}  // namespace

lock::BaseArchive archive_for(const Definition& definition, const core::Platform& platform) {
  const PythonArchive& archive = source_for(definition, platform);
  const bool is_url = core::Url::is_url(archive.location);
  return {.location = is_url ? core::Url::parse(archive.location).str() : archive.location,
          .sha256 = archive.sha256,
          .size = archive.size};
}

void add_python(const Definition& definition,
                const core::Platform& platform,
                ScratchFile& scratch,
                const Context& context,
                debian::Tree& tree) {
  const PythonArchive& archive = source_for(definition, platform);
  const std::string place = place_of(archive);
  fetch_archive(archive, definition, place, context);
  const std::unique_ptr<util::File> blob = context.store.find(archive.sha256);
  if (!blob) {
    throw Error(ErrorKind::internal, place + ": not in the store after it was fetched");
  }
  util::in_context(place, [&] {
    HashingSource source(blob->path());
    ArchiveReader reader(definition, scratch, tree);
    archive::read_tar(source, "tar", [&](const ReadEntry& entry, util::Source& content) {
      reader.take(entry, content);
    });
    if (source.finish() != archive.sha256) {
      context.store.remove(archive.sha256);
      throw Error(ErrorKind::integrity,
                  "its file in the store was damaged and is removed: run again");
    }
    reader.repair_build_paths();
    check_program(definition, platform, tree);
  });
}

}  // namespace cartwheel::base
