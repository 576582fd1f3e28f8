#include "base/stdlib_layer.h"

#include <set>

#include "base/layer_key.h"
#include "base/python_files.h"
#include "base/root_reader.h"
#include "layer/tree_layer.h"
#include "util/parallel.h"

namespace cartwheel::base {

namespace {

using debian::Node;

constexpr std::size_t kChunk = 64;  // modules given to one process

// The modules without a .pyc, as they are compiled.
std::vector<layer::PythonSource> sources_of(const debian::Tree& tree,
                                            const std::string& library,
                                            const layer::Bytecode& bytecode) {
  std::vector<layer::PythonSource> sources;
  for (const std::string& path : tree.below(library)) {
    const Node& node = *tree.find(path);
    if (node.kind == Node::Kind::file && path.ends_with(".py") && is_library_file(path, library) &&
        tree.find(layer::pyc_path(path, bytecode)) == nullptr) {
      sources.push_back({.path = "/" + path, .text = tree.text(path)});
    }
  }
  return sources;
}

// The folders that these files lie in, as the base has them.
std::vector<layer::TreeEntry> folders_of(const std::vector<layer::TreeEntry>& files,
                                         const debian::Tree& tree) {
  std::set<std::string> folders;
  for (const layer::TreeEntry& file : files) {
    const std::string& path = file.entry.path;
    for (std::size_t slash = path.rfind('/'); slash != std::string::npos && slash > 0;
         slash = path.rfind('/', slash - 1)) {
      if (!folders.insert(path.substr(0, slash)).second) {
        break;
      }
    }
  }
  std::vector<layer::TreeEntry> entries;
  for (const std::string& folder : folders) {
    const Node* node = tree.find(folder);
    const bool is_there = node != nullptr && node->kind == Node::Kind::directory;
    entries.push_back(is_there ? layer::directory_entry(folder, node->mode, node->uid, node->gid)
                               : layer::directory_entry(folder));
  }
  return entries;
}

std::vector<layer::TreeEntry> entries_of(const debian::Tree& tree,
                                         const std::vector<layer::PythonSource>& sources,
                                         const layer::Bytecode& bytecode,
                                         layer::Compiler& compiler,
                                         std::size_t threads) {
  const std::size_t chunks = (sources.size() + kChunk - 1) / kChunk;
  std::vector<std::vector<std::string>> compiled(chunks);
  util::parallel_for(chunks, threads, [&](std::size_t i) {
    const auto begin = sources.begin() + static_cast<std::ptrdiff_t>(i * kChunk);
    const std::size_t count = std::min(kChunk, sources.size() - i * kChunk);
    compiled[i] = compiler.compile({begin, begin + static_cast<std::ptrdiff_t>(count)});
  });
  std::vector<layer::TreeEntry> entries;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const std::string& pyc = compiled[i / kChunk][i % kChunk];
    if (!pyc.empty()) {
      entries.push_back(
          layer::text_entry(layer::pyc_path(sources[i].path.substr(1), bytecode), pyc));
    }
  }
  std::vector<layer::TreeEntry> folders = folders_of(entries, tree);
  entries.insert(entries.end(),
                 std::make_move_iterator(folders.begin()),
                 std::make_move_iterator(folders.end()));
  return entries;
}

}  // namespace

std::optional<memo::LayerRecord> stdlib_layer(const oci::Image& base,
                                              const std::string& place,
                                              const std::string& python_path,
                                              const layer::Bytecode& bytecode,
                                              core::Compression compression,
                                              const layer::Services& services) {
  const std::string library = library_folder(python_path);
  const std::string key = stdlib_layer_key(base, library, bytecode, compression);
  if (std::optional<memo::LayerRecord> known = services.memo.find(key)) {
    return known;
  }
  ScratchFile scratch(services.store.root());
  RootReader root(scratch, [&](const std::string& path) {
    return path.ends_with(".py") && is_library_file(path, library);
  });
  root.add(base, place);
  const std::vector<layer::PythonSource> sources = sources_of(root.tree(), library, bytecode);
  if (sources.empty()) {
    return std::nullopt;
  }
  memo::LayerRecord record = layer::make_tree_layer(
      entries_of(root.tree(), sources, bytecode, *services.compiler, services.threads),
      "bytecode",
      compression,
      services.store);
  services.memo.put(key, record);
  return record;
}

}  // namespace cartwheel::base
