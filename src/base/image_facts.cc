#include "base/image_facts.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <optional>
#include <regex>
#include <string_view>

#include <fmt/format.h>

#include "base/cuda_facts.h"
#include "base/library_facts.h"
#include "base/python_version.h"
#include "base/root_reader.h"
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

constexpr std::string_view kUsualPath =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr std::size_t kDeepestParent = 3;  // components; deeper folders of a base hold no prefix

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// The files whose content tells something; no other's is kept.
bool is_telling(const std::string& path) {
  const std::string name = name_of(path);
  return name.starts_with("python") || name.starts_with("libpython3") ||
         name.starts_with("libc.so.6") || name.starts_with("libc-2.") ||
         name.starts_with("libstdc++.so.6") || name == "patchlevel.h" || name == "ld.so.cache" ||
         name == "os-release";
}

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
  root.add(image, place);
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
  util::in_context(place, [&] { refuse_free_threaded(tree, *python); });
  facts.python_path = "/" + *python;
  const std::string minor = python_minor(name_of(*python));
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
  root.add(image, "image");
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
