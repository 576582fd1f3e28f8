#include "base/stdlib_layer.h"

#include <algorithm>
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

// Paths of the modules without a .pyc.
std::vector<std::string> modules_of(const debian::Tree& tree,
                                    const std::string& library,
                                    const layer::Bytecode& bytecode) {
  std::vector<std::string> modules;
  for (const std::string& path : tree.below(library)) {
    const Node& node = *tree.find(path);
    if (node.kind == Node::Kind::file && path.ends_with(".py") && is_library_file(path, library) &&
        tree.find(layer::pyc_path(path, bytecode)) == nullptr) {
      modules.push_back(path);
    }
  }
  return modules;
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

// Of the sources only those that are being compiled are in memory.
std::vector<layer::TreeEntry> entries_of(const debian::Tree& tree,
                                         const std::vector<std::string>& modules,
                                         const layer::Bytecode& bytecode,
                                         layer::Compiler& compiler,
                                         std::size_t threads) {
  std::vector<layer::TreeEntry> entries(modules.size());  // without a path: nothing came of it
  util::parallel_for((modules.size() + kChunk - 1) / kChunk, threads, [&](std::size_t chunk) {
    const std::size_t begin = chunk * kChunk;
    std::vector<layer::PythonSource> sources;
    for (std::size_t i = begin; i < std::min(begin + kChunk, modules.size()); ++i) {
      sources.push_back({.path = "/" + modules[i], .text = tree.text(modules[i])});
    }
    std::vector<std::string> compiled = compiler.compile(sources);
    for (std::size_t i = 0; i < compiled.size(); ++i) {
      if (!compiled[i].empty()) {
        entries[begin + i] = layer::text_entry(layer::pyc_path(modules[begin + i], bytecode),
                                               std::move(compiled[i]));
      }
    }
  });
  std::erase_if(entries, [](const layer::TreeEntry& entry) { return entry.entry.path.empty(); });
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
  const std::vector<std::string> modules = modules_of(root.tree(), library, bytecode);
  if (modules.empty()) {
    return std::nullopt;
  }
  memo::LayerRecord record = layer::make_tree_layer(
      entries_of(root.tree(), modules, bytecode, *services.compiler, services.threads),
      "bytecode",
      compression,
      services.store);
  services.memo.put(key, record);
  return record;
}

}  // namespace cartwheel::base
