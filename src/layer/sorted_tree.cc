#include "layer/sorted_tree.h"

#include <algorithm>

#include <fmt/format.h>

#include "util/error.h"

namespace cartwheel::layer {

using archive::EntryKind;
using archive::TarEntry;
using util::Error;
using util::ErrorKind;

namespace {

constexpr std::size_t kPiece = std::size_t{128} << 10;  // bytes read at once
constexpr std::size_t kMostEntries = 1'000'000;         // docs/formats.md section 1

void add_ancestors(SortedTree& tree, const std::string& path) {
  for (std::size_t slash = path.rfind('/'); slash != std::string::npos && slash > 0;
       slash = path.rfind('/', slash - 1)) {
    std::string folder = path.substr(0, slash);
    if (!tree.folders.try_emplace(folder + "/", directory_entry(folder)).second) {
      return;
    }
  }
}

[[noreturn]] void throw_changed(const TarEntry& entry) {
  throw Error(
      ErrorKind::io,
      fmt::format("'{}' changed while it was read: wanted {} bytes", entry.path, entry.size));
}

}  // namespace

SortedTree sorted(std::vector<TreeEntry> entries) {
  SortedTree tree;
  for (TreeEntry& entry : entries) {
    archive::check_entry(entry.entry);
    bool folder = entry.entry.kind == EntryKind::directory;
    std::string path = entry.entry.path;
    auto& map = folder ? tree.folders : tree.others;
    if (!map.try_emplace(folder ? path + "/" : path, std::move(entry)).second) {
      throw Error(ErrorKind::refused, fmt::format("'{}' comes twice in one layer", path));
    }
  }
  std::vector<std::string> paths;
  for (const auto* map : {&tree.folders, &tree.others}) {
    for (const auto& [key, entry] : *map) {
      paths.push_back(entry.entry.path);
    }
  }
  for (const std::string& path : paths) {
    add_ancestors(tree, path);
  }
  for (const auto& [path, entry] : tree.others) {
    if (tree.folders.contains(path + "/")) {
      throw Error(ErrorKind::refused, fmt::format("'{}' is a file and a folder", path));
    }
  }
  if (tree.folders.size() + tree.others.size() > kMostEntries) {
    throw Error(ErrorKind::refused,
                fmt::format("a layer of {} entries: at most {} can be",
                            tree.folders.size() + tree.others.size(),
                            kMostEntries));
  }
  return tree;
}

std::uint64_t tar_size(const SortedTree& tree) {
  std::uint64_t size = archive::kTarEnd;
  for (const auto* map : {&tree.folders, &tree.others}) {
    for (const auto& [path, entry] : *map) {
      std::uint64_t content = entry.entry.kind == EntryKind::file ? entry.entry.size : 0;
      size += archive::tar_header(entry.entry).size() + content + archive::tar_padding(content);
    }
  }
  return size;
}

void write_content(const TreeEntry& entry, LayerWriter& writer) {
  // one byte more than the file should have: it may have grown
  std::vector<std::byte> buffer(
      static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, entry.entry.size + 1)));
  std::unique_ptr<util::Source> source = entry.open();
  std::uint64_t left = entry.entry.size;
  for (std::size_t count = source->read(buffer); count > 0; count = source->read(buffer)) {
    if (count > left) {
      throw_changed(entry.entry);
    }
    left -= count;
    writer.text(util::Bytes(buffer).first(count));
  }
  if (left > 0) {
    throw_changed(entry.entry);
  }
  writer.padding(entry.entry.size);
}

memo::LayerRecord record_of(const WrittenLayer& written,
                            const std::string& kind,
                            core::Compression compression) {
  memo::LayerRecord record;
  bool zstd = compression == core::Compression::zstd;
  record.blob.media_type = zstd ? core::kLayerZstdType : core::kLayerGzipType;
  record.blob.digest = written.blob;
  record.blob.size = written.size;
  record.diff_id = written.diff_id;
  record.tar_size = written.tar_size;
  record.kind = kind;
  record.recipe = written.recipe;
  return record;
}

}  // namespace cartwheel::layer
