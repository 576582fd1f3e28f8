#include "base/library_facts.h"

#include <array>
#include <set>

#include "base/versions.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::base {

namespace {

using debian::Node;

// What ld.so.cache names; nothing without one.
void add_cached(const debian::Tree& tree, std::set<std::string>& names) {
  const auto path = tree.resolve("etc/ld.so.cache");
  if (!path) {
    return;
  }
  const elf::CacheInput cache =
      util::in_context("/" + *path, [&] { return elf::read_ld_so_cache(tree.text(*path)); });
  for (const elf::CacheEntry& entry : cache.entries) {
    if (tree.resolve(entry.path.substr(1))) {
      names.insert(entry.soname);
    }
  }
}

void add_by_name(const debian::Tree& tree, const std::string& folder, std::set<std::string>& out) {
  const auto path = tree.resolve(folder);
  if (!path) {
    return;
  }
  for (const std::string& name : tree.list(*path)) {
    const bool is_library = (name.starts_with("lib") || name.starts_with("ld-")) &&
                            name.find(".so") != std::string::npos;
    if (is_library && tree.resolve(folder + "/" + name)) {
      out.insert(name);
    }
  }
}

// What packages with wheels call at run time: triton, flashinfer, torch's inductor,
// ctypes.util.find_library().
constexpr std::array<const char*, 8> kPrograms = {
    "c++", "cc", "clang", "g++", "gcc", "ldconfig", "ninja", "nvcc"};

bool is_program(const debian::Tree& tree, const std::string& path) {
  const auto real = tree.resolve(path);
  const Node* node = real ? tree.find(*real) : nullptr;
  return node != nullptr && node->kind == Node::Kind::file && (node->mode & 0111) != 0;
}

}  // namespace

std::vector<std::string> loader_folders(const core::Platform& platform) {
  const std::string triplet = platform.triplet();
  return {"lib/" + triplet, "usr/lib/" + triplet, "lib64", "usr/lib64", "lib", "usr/lib"};
}

std::optional<std::string> find_library(const debian::Tree& tree,
                                        const core::Platform& platform,
                                        const std::string& name) {
  for (const std::string& folder : loader_folders(platform)) {
    std::optional<std::string> path = tree.resolve(folder + "/" + name);
    if (path) {
      return path;
    }
  }
  return std::nullopt;
}

std::optional<elf::Elf> elf_of(const debian::Tree& tree, const std::string& path) {
  const Node* node = tree.find(path);
  if (node == nullptr || node->kind != Node::Kind::file) {
    return std::nullopt;
  }
  return util::in_context("/" + path, [&] {
    return elf::read_elf(node->size(), [&](std::uint64_t offset, std::size_t length) {
      return tree.read(*node, offset, length);
    });
  });
}

void set_library_facts(facts::BaseFacts& facts,
                       const debian::Tree& tree,
                       const core::Platform& platform) {
  const std::optional<std::string> path = find_library(tree, platform, "libstdc++.so.6");
  const std::optional<elf::Elf> library = path ? elf_of(tree, *path) : std::nullopt;
  facts.libstdcxx = library ? largest_version(library->versions_defined, "GLIBCXX_") : "";
  facts.cxxabi = library ? largest_version(library->versions_defined, "CXXABI_") : "";
  std::set<std::string> names;
  add_cached(tree, names);
  for (const std::string& folder : loader_folders(platform)) {
    add_by_name(tree, folder, names);
  }
  facts.libraries.assign(names.begin(), names.end());
  facts.programs.clear();
  for (const char* program : kPrograms) {
    for (const char* folder :
         {"usr/local/bin/", "usr/bin/", "bin/", "usr/sbin/", "sbin/", "usr/local/cuda/bin/"}) {
      if (is_program(tree, folder + std::string(program))) {
        facts.programs.emplace_back(program);
        break;
      }
    }
  }
}

std::string debian_suite(const debian::Tree& tree) {
  const auto path = tree.resolve("etc/os-release");
  if (!path) {
    return "";
  }
  bool is_debian = false;
  std::string suite;
  const std::string text = tree.text(*path);
  for (std::string_view line : util::lines(text)) {
    is_debian = is_debian || line == "ID=debian";
    if (line.starts_with("VERSION_CODENAME=")) {
      suite = line.substr(line.find('=') + 1);
    }
  }
  return is_debian ? suite : "";
}

}  // namespace cartwheel::base
