#include "layer/data_layer.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "archive/compressible.h"
#include "layer/layer_writer.h"
#include "layer/sorted_tree.h"
#include "layer/spec.h"
#include "util/error.h"
#include "util/file.h"

namespace cartwheel::layer {

using facts::BaseFacts;
using util::Error;
using util::ErrorKind;

namespace {

// What is coded by us lies in a recipe itself, which is held in memory: beyond this many bytes of
// it the layer is a plain blob.
constexpr std::uint64_t kMostCodedInRecipe = std::uint64_t{4} << 20;

TreeEntry tree_entry(const DataFile& file) {
  if (!file.link.empty()) {
    return symlink_entry(file.path, file.link);
  }
  TreeEntry entry;
  entry.entry.path = file.path;
  entry.entry.mode = file.mode;
  entry.entry.size = file.size;
  entry.open = [path = file.file] { return std::make_unique<util::FileSource>(path); };
  return entry;
}

// The files whose bytes are taken as they are, by their path in the image: index into `files`.
std::map<std::string, std::size_t> stored_files(const std::vector<DataFile>& files) {
  std::map<std::string, std::size_t> stored;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (!files[i].link.empty()) {
      continue;
    }
    const util::File file = util::File::open_read(files[i].file);
    if (file.size() != files[i].size) {
      throw Error(ErrorKind::io,
                  fmt::format("'{}' changed while it was read: wanted {} bytes, found {}",
                              files[i].file.string(),
                              files[i].size,
                              file.size()));
    }
    if (!archive::is_compressible(file)) {
      stored.emplace(files[i].path, i);
    }
  }
  return stored;
}

std::unique_ptr<LayerWriter> make_writer(const std::vector<DataFile>& files,
                                         const std::map<std::string, std::size_t>& stored,
                                         const SortedTree& tree,
                                         core::Compression compression,
                                         store::Store& store) {
  std::vector<std::pair<core::Digest, std::uint64_t>> sources;
  std::uint64_t coded = tar_size(tree);
  sources.reserve(files.size());
  for (const DataFile& file : files) {
    sources.emplace_back(file.content, file.size);
    coded -= stored.contains(file.path) ? file.size : 0;
  }
  bool as_recipe =
      compression == core::Compression::splice && !stored.empty() && coded <= kMostCodedInRecipe;
  return as_recipe ? write_recipe(store, std::move(sources))
                   : write_blob(store, compression, tar_size(tree));
}

std::vector<std::string> paths_of(const std::vector<DataFile>& files) {
  std::vector<std::string> paths;
  paths.reserve(files.size());
  for (const DataFile& file : files) {
    paths.push_back(file.path);
  }
  return paths;
}

}  // namespace

std::vector<std::vector<DataFile>> data_parts(std::vector<DataFile> files,
                                              std::uint64_t max_layer_size) {
  std::ranges::sort(files, {}, &DataFile::path);
  std::vector<std::vector<DataFile>> parts;
  std::uint64_t size = 0;
  for (DataFile& file : files) {
    if (parts.empty() || (size + file.size > max_layer_size && !parts.back().empty())) {
      parts.emplace_back();
      size = 0;
    }
    size += file.size;
    parts.back().push_back(std::move(file));
  }
  return parts;
}

std::vector<BaseFacts::Parent> parents_of(const std::vector<std::string>& paths,
                                          const std::vector<BaseFacts::Parent>& parents) {
  std::set<std::string_view> above;
  for (const std::string& path : paths) {
    for (std::size_t slash = path.rfind('/'); slash != std::string::npos && slash > 0;
         slash = path.rfind('/', slash - 1)) {
      if (!above.insert(std::string_view(path).substr(0, slash)).second) {
        break;
      }
    }
  }
  std::vector<BaseFacts::Parent> out;
  std::ranges::copy_if(parents, std::back_inserter(out), [&](const BaseFacts::Parent& parent) {
    return above.contains(parent.path);
  });
  std::ranges::sort(out, {}, &BaseFacts::Parent::path);
  return out;
}

std::string data_layer_key(const std::vector<DataFile>& files,
                           const std::vector<BaseFacts::Parent>& parents,
                           core::Compression compression) {
  nlohmann::json key;
  key["kind"] = "data";
  key["format"] = core::kFormat;
  key["compression"] =
      compression == core::Compression::zstd ? "zstd " + zstd_library_version() : "splice";
  key["files"] = nlohmann::json::array();
  for (const DataFile& file : files) {
    key["files"].push_back(file.link.empty()
                               ? nlohmann::json::array({file.path, file.mode, file.content.hex()})
                               : nlohmann::json::array({file.path, "l", file.link}));
  }
  key["parents"] = nlohmann::json::array();
  for (const BaseFacts::Parent& parent : parents_of(paths_of(files), parents)) {
    key["parents"].push_back(
        nlohmann::json::array({parent.path, parent.mode, parent.uid, parent.gid}));
  }
  return core::Digest::of(key.dump()).hex();
}

memo::LayerRecord make_data_layer(const std::vector<DataFile>& files,
                                  const std::vector<BaseFacts::Parent>& parents,
                                  core::Compression compression,
                                  store::Store& store) {
  std::vector<TreeEntry> entries;
  for (const BaseFacts::Parent& parent : parents_of(paths_of(files), parents)) {
    entries.push_back(directory_entry(parent.path, parent.mode, parent.uid, parent.gid));
  }
  std::ranges::transform(files, std::back_inserter(entries), tree_entry);
  const SortedTree tree = sorted(std::move(entries));
  const std::map<std::string, std::size_t> stored = stored_files(files);
  std::unique_ptr<LayerWriter> writer = make_writer(files, stored, tree, compression, store);
  for (const auto& [key, folder] : tree.folders) {
    writer->header(folder.entry);
  }
  for (const auto& [path, entry] : tree.others) {
    writer->header(entry.entry);
    if (entry.entry.kind != archive::EntryKind::file) {
      continue;
    }
    if (auto found = stored.find(path); found != stored.end()) {
      const util::File file = util::File::open_read(files[found->second].file);
      writer->stored({.source = found->second, .file = &file, .size = entry.entry.size});
      writer->padding(entry.entry.size);
    } else {
      write_content(entry, *writer);
    }
  }
  return record_of(writer->finish(), "data", compression);
}

}  // namespace cartwheel::layer
