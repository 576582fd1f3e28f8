#include "base/root_reader.h"

#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/cuda_facts.h"

namespace cartwheel::base {

namespace {

using debian::Node;

constexpr std::string_view kWhiteout = ".wh.";  // image-spec, layer.md "Whiteouts"
constexpr std::string_view kOpaque = ".wh..wh..opq";

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }
std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

}  // namespace

RootReader::RootReader(ScratchFile& scratch, std::function<bool(const std::string& path)> keep)
    : scratch_(scratch),
      keep_(std::move(keep)),
      tree_([&scratch](const debian::Extent& extent, std::uint64_t offset, std::size_t length) {
        return scratch.read(extent, offset, length);
      }) {}

void RootReader::add(const oci::Image& image, const std::string& place) {
  for (const oci::Layer& layer : image.layers) {
    add(layer, fmt::format("{}: layer {}", place, layer.descriptor.digest.str()));
  }
}

void RootReader::add(const oci::Layer& layer, const std::string& place) {
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
    // A layer need not have the folders that its files lie in.
    for (std::string folder = folder_of(path); !folder.empty() && tree_.find(folder) == nullptr;
         folder = folder_of(folder)) {
      tree_.put(folder, Node::directory());
    }
  }
}

// A hard link's node is a file with its target's path for a text, until it is put in.
Node RootReader::node_of(const archive::ReadEntry& entry, util::Source& content) {
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

void RootReader::remove_below(const std::string& directory) {
  for (const std::string& path : tree_.below(directory)) {
    tree_.erase(path);
  }
}

void RootReader::remove(const std::string& path) {
  remove_below(path);
  tree_.erase(path);
}

}  // namespace cartwheel::base
