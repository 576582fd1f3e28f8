#include "build/source_trees.h"

#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <zstd.h>

#include "build/bytecode.h"
#include "layer/data_layer.h"
#include "layer/tree_layer.h"
#include "memo/stat_cache.h"
#include "util/error.h"
#include "util/file.h"

namespace cartwheel::build {

namespace fs = std::filesystem;
using util::Error;
using util::ErrorKind;

namespace {

// Where Hugging Face's client keeps what it knows of a download to a local folder.
constexpr const char* kDownloadMetadata = ".cache/huggingface";

// Without a final '/', so that it compares.
fs::path plain_absolute(const fs::path& path) {
  const fs::path normal = fs::absolute(path).lexically_normal();
  return normal.has_filename() ? normal : normal.parent_path();
}

// "/app/" and "sub/x.py" → "app/sub/x.py".
std::string image_path(const std::string& to, const std::string& relative) {
  std::string folder = to;
  while (folder.starts_with('/')) {
    folder.erase(0, 1);
  }
  while (folder.ends_with('/')) {
    folder.pop_back();
  }
  return folder.empty() || relative.empty() ? folder + relative : folder + "/" + relative;
}

// A single file as a tree of one, so that `from` may name either.
tree::Tree single_file(const fs::path& path) {
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) {
    throw Error(ErrorKind::not_found, "neither a folder nor a regular file");
  }
  tree::Tree tree;
  tree.root = path.has_parent_path() ? path.parent_path() : ".";
  tree.files.push_back({.path = path.filename().string(),
                        .executable = (info.st_mode & 0111) != 0,
                        .size = static_cast<std::uint64_t>(info.st_size)});
  return tree;
}

layer::TreeEntry tree_entry(const ScannedTree& scanned, const tree::TreeFile& file) {
  layer::TreeEntry out;
  out.entry.path = target_path(scanned, file);
  if (!file.link.empty()) {
    out.entry.kind = archive::EntryKind::symlink;
    out.entry.mode = 0777;
    out.entry.target = file.link;
    return out;
  }
  out.entry.mode = file.executable ? 0755 : 0644;
  out.entry.size = file.size;
  out.open = [path = scanned.tree.root / file.path] {
    return std::make_unique<util::FileSource>(path);
  };
  return out;
}

std::vector<std::string> paths_of(const std::vector<ScannedTree>& trees) {
  std::vector<std::string> out;
  for (const ScannedTree& scanned : trees) {
    for (const tree::TreeFile& file : scanned.tree.files) {
      out.push_back(target_path(scanned, file));
    }
  }
  return out;
}

std::string layer_key(const std::vector<ScannedTree>& trees,
                      const std::vector<facts::BaseFacts::Parent>& parents,
                      core::Compression compression,
                      const CompilingPython* python) {
  nlohmann::json list = nlohmann::json::array();
  for (const ScannedTree& scanned : trees) {
    list.push_back({{"from", fs::path(scanned.source.from).filename().string()},
                    {"to", scanned.source.to},
                    {"tree", scanned.digest.hex()}});
  }
  bool zstd = compression == core::Compression::zstd;
  nlohmann::json key = {
      {"kind", "tree"},
      {"format", core::kFormat},
      {"trees", list},
      {"compression", zstd ? fmt::format("zstd {}", ZSTD_versionString()) : "splice"}};
  if (python != nullptr) {
    key["bytecode"] = layer::bytecode_json(python->bytecode);
  }
  for (const facts::BaseFacts::Parent& parent : parents) {
    key["parents"].push_back(
        nlohmann::json::array({parent.path, parent.mode, parent.uid, parent.gid}));
  }
  return core::Digest::of(key.dump()).hex();
}

// The layer is remembered by the digests that its trees had when they were scanned.
void check_unchanged(const ScannedTree& scanned, store::Store& store) {
  tree::Tree now = scanned.tree;
  for (tree::TreeFile& file : now.files) {
    file.info.reset();
  }
  memo::StatCache cache(store, fs::absolute(now.root));
  if (tree::tree_digest(now, cache) != scanned.digest) {
    throw Error(ErrorKind::io,
                fmt::format("'{}': changed while it was read: build again", scanned.source.from));
  }
}

// The .pyc of every module among these, unless there is one.
void add_compiled(std::map<std::string, layer::TreeEntry>& entries, const CompilingPython& python) {
  constexpr std::size_t kChunk = 64;  // modules given to one process
  std::vector<std::vector<layer::PythonSource>> chunks;
  for (const auto& [path, entry] : entries) {
    const bool is_module = entry.entry.kind == archive::EntryKind::file && path.ends_with(".py");
    if (!is_module || entries.contains(layer::pyc_path(path, python.bytecode))) {
      continue;
    }
    if (chunks.empty() || chunks.back().size() >= kChunk) {
      chunks.emplace_back();
    }
    const std::unique_ptr<util::Source> source = entry.open();
    chunks.back().push_back(
        {.path = "/" + path, .text = util::read_all(*source, entry.entry.size, path)});
  }
  for (const std::vector<layer::PythonSource>& chunk : chunks) {
    const std::vector<std::string> compiled = python.interpreter->compile(chunk);
    for (std::size_t i = 0; i < chunk.size(); ++i) {
      if (!compiled[i].empty()) {
        layer::TreeEntry entry = layer::text_entry(
            layer::pyc_path(chunk[i].path.substr(1), python.bytecode), compiled[i]);
        entries.emplace(entry.entry.path, entry);
      }
    }
  }
}

}  // namespace

// `from` a single file: `to` is its new name unless it ends in '/'.
std::string target_path(const ScannedTree& scanned, const tree::TreeFile& file) {
  bool renamed = scanned.is_single_file && !scanned.source.to.ends_with('/');
  return image_path(scanned.source.to, renamed ? "" : file.path);
}

ScannedTree list(const SourceTree& source,
                 const fs::path& folder,
                 const std::vector<fs::path>& outputs) {
  return util::in_context(fmt::format("'{}'", source.from), [&] {
    ScannedTree scanned;
    scanned.source = source;
    fs::path root = (folder / source.from).lexically_normal();
    tree::TreeOptions options;
    options.include = source.include;
    options.exclude = source.exclude;
    options.outputs = outputs;
    for (const std::string& path : source.without) {
      options.outputs.push_back(plain_absolute(folder / path));
    }
    if (source.kind == "project" || source.kind == kBuiltTree) {
      // it changes with the base alone, and then the project's layer must not
      options.outputs.push_back(fs::absolute(root / "cartwheel.lock").lexically_normal());
    }
    options.any_link = source.kind == kBuiltTree;  // no image holds them
    if (source.kind == "data") {
      options.use_ignore_files = false;              // weights are what .gitignore is full of
      options.exclude.push_back(kDownloadMetadata);  // times and locks of this machine
    }
    scanned.is_single_file = !fs::is_directory(root);
    scanned.tree = scanned.is_single_file ? single_file(root) : tree::list_tree(root, options);
    return scanned;
  });
}

ScannedTree scan(const SourceTree& source,
                 const fs::path& folder,
                 const std::vector<fs::path>& outputs,
                 store::Store& store) {
  ScannedTree scanned = list(source, folder, outputs);
  return util::in_context(fmt::format("'{}'", source.from), [&] {
    memo::StatCache cache(store, fs::absolute(scanned.tree.root));
    scanned.digest = tree::tree_digest(scanned.tree, cache);
    if (source.kind == "data") {
      for (const tree::TreeFile& file : scanned.tree.files) {
        scanned.contents.push_back(file.link.empty() ? cache.digest(file.path)
                                                     : core::Digest::of(file.link));
      }
    }
    cache.save();
    return scanned;
  });
}

std::vector<std::string> remarks(const ScannedTree& scanned) {
  std::vector<std::string> out;
  for (const std::string& path : scanned.tree.withheld) {
    out.push_back(
        fmt::format("'{}' looks like a secret and is left out; to take it, let include be [{}'{}']",
                    path,
                    scanned.source.include.empty() ? "'**', " : "…, ",
                    path));
  }
  for (const std::string& glob : scanned.tree.unmatched) {
    out.push_back(fmt::format("include '{}' matches no file", glob));
  }
  if (scanned.source.kind == "project" && scanned.tree.files.empty()) {
    out.push_back("no file of the project goes into the image");
  }
  return out;
}

void warn_of_remarks(const ScannedTree& scanned, util::Progress& progress) {
  for (const std::string& remark : remarks(scanned)) {
    progress.warn(fmt::format("{}: {}", scanned.source.name, remark));
  }
}

void check_targets(const std::vector<ScannedTree>& trees, const std::vector<std::string>& own) {
  std::map<std::string, const ScannedTree*> known;  // path in the image → who has it
  auto refuse = [](const ScannedTree& scanned, const std::string& path, const std::string& why) {
    throw Error(
        ErrorKind::refused,
        fmt::format("{} '{}': /{} {}", scanned.source.kind, scanned.source.name, path, why));
  };
  auto is_input_only = [](const ScannedTree& scanned) {  // goes into no image as it is
    return scanned.source.kind == kCertificates || scanned.source.kind == kBaseDefinition ||
           scanned.source.kind == kBuiltTree;
  };
  for (const ScannedTree& scanned : trees) {
    if (is_input_only(scanned)) {
      continue;
    }
    for (const tree::TreeFile& file : scanned.tree.files) {
      const std::string path = target_path(scanned, file);
      for (const std::string& mine : own) {
        if ("/" + path == mine || mine.starts_with("/" + path + "/")) {
          refuse(scanned, path, "is the image's own");
        }
      }
      const auto [found, is_new] = known.try_emplace(path, &scanned);
      if (!is_new && scanned.source.kind == "data") {
        refuse(
            scanned, path, fmt::format("is there already, from '{}'", found->second->source.name));
      }
    }
  }
  for (const auto& [path, scanned] : known) {
    const auto below = known.lower_bound(path + "/");
    if (below != known.end() && below->first.starts_with(path + "/")) {
      refuse(*scanned,
             path,
             fmt::format("is a file here and a folder of '{}'", below->second->source.name));
    }
  }
}

memo::LayerRecord make_source_layer(const std::vector<ScannedTree>& trees,
                                    const std::vector<facts::BaseFacts::Parent>& parents,
                                    core::Compression compression,
                                    store::Store& store,
                                    memo::LayerMemo& memo,
                                    const CompilingPython* python) {
  const std::vector<facts::BaseFacts::Parent> above = layer::parents_of(paths_of(trees), parents);
  const bool is_project = !trees.empty() && trees.front().source.kind == "project";
  const CompilingPython* compiles = is_project ? python : nullptr;
  std::string key = layer_key(trees, above, compression, compiles);
  if (std::optional<memo::LayerRecord> known = memo.find(key)) {
    return *known;
  }
  std::map<std::string, layer::TreeEntry> entries;  // by path: a later tree's file wins
  for (const facts::BaseFacts::Parent& parent : above) {
    entries.emplace(parent.path,
                    layer::directory_entry(parent.path, parent.mode, parent.uid, parent.gid));
  }
  for (const ScannedTree& scanned : trees) {
    for (const tree::TreeFile& file : scanned.tree.files) {
      layer::TreeEntry entry = tree_entry(scanned, file);
      entries.insert_or_assign(entry.entry.path, std::move(entry));
    }
  }
  if (compiles != nullptr) {
    add_compiled(entries, *compiles);
  }
  std::vector<layer::TreeEntry> list;
  list.reserve(entries.size());
  for (auto& [path, entry] : entries) {
    list.push_back(std::move(entry));
  }
  memo::LayerRecord record = layer::make_tree_layer(std::move(list), "tree", compression, store);
  for (const ScannedTree& scanned : trees) {
    check_unchanged(scanned, store);
  }
  memo.put(key, record);
  return record;
}

}  // namespace cartwheel::build
