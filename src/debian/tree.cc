#include "debian/tree.h"

#include <array>
#include <deque>
#include <vector>

#include <fmt/format.h>

#include "util/error.h"
#include "util/text.h"

namespace cartwheel::debian {

namespace {

using util::Error;
using util::ErrorKind;

constexpr int kMostLinks = 40;  // as Linux (path_resolution(7))

std::deque<std::string> components(std::string_view path) {
  std::deque<std::string> parts;
  for (const std::string_view part : util::split(path, '/')) {
    if (!part.empty() && part != ".") {
      parts.emplace_back(part);
    }
  }
  return parts;
}

}  // namespace

std::uint64_t Node::size() const {
  const Extent* extent = std::get_if<Extent>(&content);
  return extent != nullptr ? extent->size : std::get<std::string>(content).size();
}

Node Node::directory(unsigned mode, unsigned uid, unsigned gid) {
  Node node;
  node.kind = Kind::directory;
  node.mode = mode;
  node.uid = uid;
  node.gid = gid;
  return node;
}

Node Node::file(std::string text, unsigned mode) {
  Node node;
  node.mode = mode;
  node.content = std::move(text);
  return node;
}

Node Node::symlink(std::string target) {
  Node node;
  node.kind = Kind::symlink;
  node.mode = 0777;
  node.target = std::move(target);
  return node;
}

void Tree::unpack(const std::string& path, Node node) {
  for (std::size_t slash = path.find('/'); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    const Node* ancestor = find(path.substr(0, slash));
    if (ancestor != nullptr && ancestor->kind != Node::Kind::directory) {
      throw Error(
          ErrorKind::refused,
          fmt::format("package '{}': '{}' lies below '{}', which package '{}' has as no directory",
                      node.package,
                      path,
                      path.substr(0, slash),
                      ancestor->package));
    }
  }
  const auto [place, is_new] = nodes_.try_emplace(path, node);
  if (is_new ||
      (place->second.kind == Node::Kind::directory && node.kind == Node::Kind::directory)) {
    return;
  }
  throw Error(
      ErrorKind::refused,
      fmt::format(
          "packages '{}' and '{}' both have '{}'", place->second.package, node.package, path));
}

void Tree::ensure_directory(const std::string& path, unsigned mode, unsigned uid, unsigned gid) {
  nodes_.try_emplace(path, Node::directory(mode, uid, gid));
}

const Node* Tree::find(const std::string& path) const {
  const auto found = nodes_.find(path);
  return found == nodes_.end() ? nullptr : &found->second;
}

std::optional<std::string> Tree::resolve(std::string_view path) const {
  std::deque<std::string> rest = components(path);
  std::string at;
  int links = 0;
  while (!rest.empty()) {
    const std::string part = rest.front();
    rest.pop_front();
    if (part == "..") {
      const std::size_t slash = at.rfind('/');
      at.erase(slash == std::string::npos ? 0 : slash);
      continue;
    }
    const std::string next = at.empty() ? part : at + "/" + part;
    const Node* node = find(next);
    if (node == nullptr) {
      return std::nullopt;
    }
    if (node->kind != Node::Kind::symlink) {
      at = next;
      continue;
    }
    if (++links > kMostLinks) {
      return std::nullopt;
    }
    if (node->target.starts_with('/')) {
      at.clear();
    }
    const std::deque<std::string> target = components(node->target);
    rest.insert(rest.begin(), target.begin(), target.end());
  }
  return at;
}

std::vector<std::string> Tree::below(const std::string& directory) const {
  const std::string prefix = directory.empty() ? "" : directory + "/";
  std::vector<std::string> found;
  for (auto at = nodes_.lower_bound(prefix); at != nodes_.end() && at->first.starts_with(prefix);
       ++at) {
    found.push_back(at->first);
  }
  return found;
}

std::vector<std::string> Tree::list(const std::string& directory) const {
  std::vector<std::string> names;
  for (const std::string& path : below(directory)) {
    std::string name = path.substr(directory.empty() ? 0 : directory.size() + 1);
    if (name.find('/') == std::string::npos) {
      names.push_back(std::move(name));
    }
  }
  return names;
}

std::string Tree::read(const Node& node, std::uint64_t offset, std::size_t length) const {
  if (const Extent* extent = std::get_if<Extent>(&node.content)) {
    return read_(*extent, offset, length);
  }
  const std::string& text = std::get<std::string>(node.content);
  return offset >= text.size() ? std::string() : text.substr(offset, length);
}

std::string Tree::text(const std::string& path) const {
  const Node* node = find(path);
  if (node == nullptr || node->kind != Node::Kind::file) {
    throw Error(ErrorKind::not_found, fmt::format("no package brings the file '/{}'", path));
  }
  return read(*node, 0, node->size());
}

void Tree::check() const {
  for (const auto& [path, node] : nodes_) {
    for (std::size_t slash = path.rfind('/'); slash != std::string::npos && slash > 0;
         slash = path.rfind('/', slash - 1)) {
      const Node* ancestor = find(path.substr(0, slash));
      if (ancestor != nullptr && ancestor->kind != Node::Kind::directory) {
        throw Error(
            ErrorKind::refused,
            fmt::format(
                "'{}' lies below '{}', which is no directory", path, path.substr(0, slash)));
      }
    }
  }
}

std::string merged_path(const std::string& path) {
  static constexpr std::array<std::string_view, 6> kAliases = {
      "bin", "sbin", "lib", "lib32", "lib64", "libx32"};
  const std::string_view first = std::string_view(path).substr(0, path.find('/'));
  for (const std::string_view alias : kAliases) {
    if (first == alias) {
      return "usr/" + path;
    }
  }
  return path;
}

}  // namespace cartwheel::debian
