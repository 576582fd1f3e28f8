#include "base/image_facts.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <optional>
#include <regex>
#include <string_view>

#include <fmt/format.h>

#include "archive/read_archive.h"
#include "base/cuda_facts.h"
#include "base/library_facts.h"
#include "base/scratch_file.h"
#include "base/versions.h"
#include "debian/tree.h"
#include "elf/elf.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::base {

namespace {

using debian::Node;
using util::Error;
using util::ErrorKind;

constexpr std::string_view kWhiteout = ".wh.";  // image-spec, layer.md "Whiteouts"
constexpr std::string_view kOpaque = ".wh..wh..opq";
constexpr std::string_view kUsualPath =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr std::size_t kDeepestParent = 3;  // components; deeper folders of a base hold no prefix

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }
std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

// The files whose content tells something; no other's is kept.
bool is_telling(const std::string& path) {
  const std::string name = name_of(path);
  return name.starts_with("python") || name.starts_with("libpython3") ||
         name.starts_with("libc.so.6") || name.starts_with("libc-2.") ||
         name.starts_with("libstdc++.so.6") || name == "patchlevel.h" || name == "ld.so.cache" ||
         name == "os-release";
}

// The file system of an image, as a container would see it.
class RootReader {
 public:
  // Of files whose path `keep` accepts the content is kept in scratch; others are empty in the
  // tree.
  RootReader(ScratchFile& scratch, std::function<bool(const std::string&)> keep)
      : scratch_(scratch),
        keep_(std::move(keep)),
        tree_([&scratch](const debian::Extent& extent, std::uint64_t offset, std::size_t length) {
          return scratch.read(extent, offset, length);
        }) {}

  // One more layer on top. What it removes are entries of the layers below it, wherever the
  // removal stands in its tar.
  void add(const oci::Layer& layer, const std::string& place) {
    std::vector<std::pair<std::string, Node>> entries;
    const std::unique_ptr<util::Source> source = layer.blob->open();
    archive::read_tar(*source, place, [&](const archive::ReadEntry& entry, util::Source& content) {
      const std::string name = name_of(entry.path);
      if (name == kOpaque) {
        remove_below(folder_of(entry.path));
      } else if (name.starts_with(kWhiteout)) {
        const std::string folder = folder_of(entry.path);
        const std::string gone = name.substr(kWhiteout.size());
        remove(folder.empty() ? gone : folder + "/" + gone);
      } else if (!entry.path.empty()) {
        entries.emplace_back(entry.path, node_of(entry, content));
      }
    });
    for (auto& [path, node] : entries) {
      const Node* below = tree_.find(path);
      if (below != nullptr && below->kind == Node::Kind::directory &&
          node.kind != Node::Kind::directory) {
        remove_below(path);
      }
      if (node.kind == Node::Kind::file && std::holds_alternative<std::string>(node.content)) {
        const std::string target = std::get<std::string>(node.content);
        const Node* linked = target.empty() ? nullptr : tree_.find(target);
        node = linked != nullptr ? *linked : node;
      }
      tree_.put(path, std::move(node));
    }
  }

  const debian::Tree& tree() const { return tree_; }
  // Of the files that is_cuda_file() names, those since removed as well: bytes.
  const std::map<std::string, std::uint64_t>& cuda_sizes() const { return cuda_sizes_; }

 private:
  // A hard link's node is a file with its target's path for a text, until it is put in.
  Node node_of(const archive::ReadEntry& entry, util::Source& content) {
    Node node;
    node.mode = entry.mode;
    node.uid = entry.uid;
    node.gid = entry.gid;
    switch (entry.kind) {
      case archive::ReadEntry::Kind::directory:
        node.kind = Node::Kind::directory;
        break;
      case archive::ReadEntry::Kind::symlink:
        node.kind = Node::Kind::symlink;
        node.target = entry.target;
        break;
      case archive::ReadEntry::Kind::hardlink:
        node.content = entry.target;
        break;
      default:
        if (is_cuda_file(entry.path)) {
          cuda_sizes_[entry.path] = entry.size;
        }
        if (keep_(entry.path)) {
          node.content = scratch_.append(content, entry.size, entry.path);
        } else {
          node.content = debian::Extent{};
        }
    }
    return node;
  }

  void remove_below(const std::string& directory) {
    for (const std::string& path : tree_.below(directory)) {
      tree_.erase(path);
    }
  }
  void remove(const std::string& path) {
    remove_below(path);
    tree_.erase(path);
  }

  ScratchFile& scratch_;
  std::function<bool(const std::string&)> keep_;
  debian::Tree tree_;
  std::map<std::string, std::uint64_t> cuda_sizes_;
};

std::string first_match(const std::string& text, const std::regex& pattern) {
  std::smatch match;
  return std::regex_search(text, match, pattern) ? match[1].str() : std::string();
}

std::string glibc_version(const debian::Tree& tree,
                          const core::Platform& platform,
                          const std::string& place) {
  const std::optional<std::string> path = find_library(tree, platform, "libc.so.6");
  const std::optional<elf::Elf> libc = path ? elf_of(tree, *path) : std::nullopt;
  if (!libc) {
    throw Error(ErrorKind::refused,
                fmt::format("{}: holds no glibc (libc.so.6) for {}: wheels of manylinux need one",
                            place,
                            platform.str()));
  }
  if (libc->machine != platform.machine()) {
    throw Error(
        ErrorKind::unsupported,
        fmt::format(
            "{}: /{} is for {}, wanted {}", place, *path, libc->machine, platform.machine()));
  }
  // The largest version of a symbol can be older than the library itself.
  static const std::regex banner(R"(GNU C Library [^\n]*release version (\d+\.\d+))");
  const std::string version = first_match(tree.text(*path), banner);
  return version.empty() ? largest_version(libc->versions_defined, "GLIBC_") : version;
}

// The interpreter that PATH finds first, links followed.
std::optional<std::string> find_python(const debian::Tree& tree, const oci::Image& image) {
  std::string search(kUsualPath);
  for (const std::string& variable : image.env) {
    if (variable.starts_with("PATH=")) {
      search = variable.substr(5);
    }
  }
  for (const char* name : {"python3", "python"}) {
    for (const std::string_view folder : util::split(search, ':')) {
      const std::optional<std::string> path = tree.resolve(fmt::format("{}/{}", folder, name));
      const Node* node = path ? tree.find(*path) : nullptr;
      if (node != nullptr && node->kind == Node::Kind::file && (node->mode & 0111) != 0) {
        return path;
      }
    }
  }
  return std::nullopt;
}

// "3.11.2": from the header that names it, else from the text in the interpreter or its library.
std::string python_version(const debian::Tree& tree,
                           const std::string& python,
                           const std::string& minor) {
  const std::string prefix = folder_of(folder_of(python));
  const std::string header =
      fmt::format("{}{}include/python{}/patchlevel.h", prefix, prefix.empty() ? "" : "/", minor);
  const Node* node = tree.find(header);
  if (node != nullptr && node->kind == Node::Kind::file) {
    static const std::regex define(R"re(#define\s+PY_VERSION\s+"(3\.\d+\.\d+)[^"]*")re");
    return first_match(tree.text(header), define);
  }
  std::vector<std::string> binaries = {python};
  for (const auto& [path, entry] : tree.nodes()) {
    if (entry.kind == Node::Kind::file && name_of(path) == "libpython" + minor + ".so.1.0") {
      binaries.push_back(path);
    }
  }
  const std::string needle = minor + ".";
  for (const std::string& path : binaries) {
    const std::string bytes = tree.text(path);
    for (std::size_t at = bytes.find(needle); at != std::string::npos;
         at = bytes.find(needle, at + 1)) {
      const std::size_t end = bytes.find_first_not_of("0123456789", at + needle.size());
      if (at > 0 && bytes[at - 1] == '\0' && end != std::string::npos && bytes[end] == '\0' &&
          end > at + needle.size()) {
        return bytes.substr(at, end - at);
      }
    }
  }
  return {};
}

std::vector<facts::BaseFacts::Parent> unusual_folders(const debian::Tree& tree) {
  std::vector<facts::BaseFacts::Parent> parents;
  for (const auto& [path, node] : tree.nodes()) {
    const auto depth = static_cast<std::size_t>(std::count(path.begin(), path.end(), '/')) + 1;
    if (node.kind == Node::Kind::directory && depth <= kDeepestParent &&
        (node.mode != 0755 || node.uid != 0 || node.gid != 0)) {
      parents.push_back({.path = path, .mode = node.mode, .uid = node.uid, .gid = node.gid});
    }
  }
  return parents;
}

}  // namespace

facts::BaseFacts facts_of_image(const oci::Image& image, const std::string& place) {
  ScratchFile scratch(std::filesystem::temp_directory_path());
  RootReader root(scratch, is_telling);
  for (const oci::Layer& layer : image.layers) {
    root.add(layer, fmt::format("{}: layer {}", place, layer.descriptor.digest.str()));
  }
  const debian::Tree& tree = root.tree();
  facts::BaseFacts facts;
  facts.glibc = glibc_version(tree, image.platform, place);
  set_library_facts(facts, tree, image.platform);
  facts.suite = debian_suite(tree);
  const CudaOfBase cuda = cuda_of_base(image, tree, root.cuda_sizes());
  facts.cuda = cuda.version;
  facts.cuda_size = cuda.size;
  for (const std::string& variable : image.env) {
    if (variable.starts_with("LD_LIBRARY_PATH=")) {
      facts.library_path = variable.substr(variable.find('=') + 1);
    }
  }
  facts.parents = unusual_folders(tree);
  const std::optional<std::string> python = find_python(tree, image);
  if (!python) {
    throw Error(
        ErrorKind::refused,
        fmt::format("{}: holds no python3 in its PATH for {}", place, image.platform.str()));
  }
  facts.python_path = "/" + *python;
  static const std::regex name(R"(^python(3\.\d+)t?$)");
  const std::string minor = first_match(name_of(*python), name);
  facts.python = minor.empty() ? "" : python_version(tree, *python, minor);
  if (facts.python.empty()) {
    throw Error(ErrorKind::refused,
                fmt::format("{}: cannot tell the version of its Python, /{}", place, *python));
  }
  return facts;
}

std::map<std::string, std::string> texts_of_image(const oci::Image& image,
                                                  const std::vector<std::string>& paths) {
  ScratchFile scratch(std::filesystem::temp_directory_path());
  RootReader root(scratch, [&](const std::string& path) {
    return std::find(paths.begin(), paths.end(), path) != paths.end();
  });
  for (const oci::Layer& layer : image.layers) {
    root.add(layer, fmt::format("layer {}", layer.descriptor.digest.str()));
  }
  std::map<std::string, std::string> texts;
  for (const std::string& path : paths) {
    const Node* node = root.tree().find(path);
    if (node != nullptr && node->kind == Node::Kind::file) {
      texts.emplace(path, root.tree().text(path));
    }
  }
  return texts;
}

}  // namespace cartwheel::base
