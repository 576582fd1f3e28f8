#include "debian/ld_config.h"

#include <iterator>
#include <map>
#include <set>

#include <fmt/format.h>

#include "debian/version.h"
#include "elf/elf.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::debian {

namespace {

std::string without_slash(std::string_view path) {
  path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
  return std::string(path);
}

// ldconfig's own order of files of one soname: digit runs as numbers, a digit above any other byte.
bool is_older(std::string_view left, std::string_view right) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < left.size() && j < right.size()) {
    if (is_digit(left[i]) != is_digit(right[j])) {
      return is_digit(right[j]);
    }
    if (!is_digit(left[i])) {
      if (left[i] != right[j]) {
        return left[i] < right[j];
      }
      ++i;
      ++j;
      continue;
    }
    const auto number = [&](std::string_view text, std::size_t& at) {
      unsigned long long value = 0;
      while (at < text.size() && is_digit(text[at])) {
        value = value * 10 + static_cast<unsigned long long>(text[at++] - '0');
      }
      return value;
    };
    const unsigned long long one = number(left, i);
    const unsigned long long other = number(right, j);
    if (one != other) {
      return one < other;
    }
  }
  return i == left.size() && j < right.size();
}

void read_config(const Tree& tree,
                 const std::string& path,
                 int depth,
                 std::vector<std::string>& out) {
  const auto real = tree.resolve(path);
  const Node* node = real ? tree.find(*real) : nullptr;
  if (node == nullptr || node->kind != Node::Kind::file || depth > 8) {
    return;
  }
  const std::string text = tree.text(*real);
  for (std::string_view line : util::lines(text)) {
    line = util::trim(line.substr(0, line.find('#')));
    if (line.starts_with("include ") || line.starts_with("include\t")) {
      const std::string pattern = without_slash(util::trim(line.substr(8)));
      const std::size_t slash = pattern.rfind('/');
      const std::string folder = slash == std::string::npos ? "" : pattern.substr(0, slash);
      for (const std::string& name : tree.list(folder)) {
        if (util::glob_matches(pattern, folder + "/" + name)) {
          read_config(tree, folder + "/" + name, depth + 1, out);
        }
      }
    } else if (!line.empty() && !line.starts_with("hwcap ")) {
      out.emplace_back(line);
    }
  }
}

bool has_library_name(std::string_view name) {
  return (name.starts_with("lib") || name.starts_with("ld-")) &&
         name.find(".so") != std::string_view::npos;
}

// Nothing for what is no library of this machine.
std::optional<LibraryFile> look_at(const Tree& tree,
                                   const core::Platform& platform,
                                   const std::string& folder,
                                   const std::string& name) {
  if (!has_library_name(name)) {
    return std::nullopt;
  }
  const std::string path = folder + "/" + name;
  const auto real = tree.resolve(path);
  const Node* node = real ? tree.find(*real) : nullptr;
  if (node == nullptr || node->kind != Node::Kind::file) {
    return std::nullopt;
  }
  const auto elf = util::in_context("/" + path, [&] {
    return elf::read_elf(node->size(), [&](std::uint64_t offset, std::size_t length) {
      return tree.read(*node, offset, length);
    });
  });
  if (!elf || elf->machine != platform.machine() || !elf->is_shared || !elf->is_dynamic) {
    return std::nullopt;
  }
  return LibraryFile{.name = name,
                     .soname = elf->soname.empty() ? name : elf->soname,
                     .is_link = tree.find(path)->kind == Node::Kind::symlink};
}

void read_directory(Tree& tree,
                    const core::Platform& platform,
                    const std::string& directory,
                    std::vector<elf::CacheEntry>& entries) {
  const std::string folder = *tree.resolve(directory);
  std::vector<LibraryFile> files;
  for (const std::string& name : tree.list(folder)) {
    if (std::optional<LibraryFile> file = look_at(tree, platform, folder, name)) {
      files.push_back(std::move(*file));
    }
  }
  DirectoryEntries found = directory_entries(directory, files);
  for (const auto& [soname, file] : found.links) {
    tree.put(folder + "/" + soname, Node::symlink(file));
  }
  std::move(found.entries.begin(), found.entries.end(), std::back_inserter(entries));
}

}  // namespace

std::vector<std::string> library_directories(const Tree& tree, const core::Platform& platform) {
  std::vector<std::string> wanted;
  read_config(tree, "etc/ld.so.conf", 0, wanted);
  for (const std::string& folder : {"/lib/" + platform.triplet(),
                                    "/usr/lib/" + platform.triplet(),
                                    std::string("/lib"),
                                    std::string("/usr/lib")}) {
    wanted.push_back(folder);
  }
  std::vector<std::string> directories;
  std::set<std::string> seen;
  for (std::string& directory : wanted) {
    while (directory.size() > 1 && directory.ends_with('/')) {
      directory.pop_back();
    }
    const auto real = tree.resolve(directory);
    const Node* node = real ? tree.find(*real) : nullptr;
    if (node != nullptr && node->kind == Node::Kind::directory && seen.insert(*real).second) {
      directories.push_back(directory);
    }
  }
  return directories;
}

DirectoryEntries directory_entries(const std::string& directory,
                                   const std::vector<LibraryFile>& files) {
  std::map<std::string, LibraryFile> libraries;  // by soname
  std::set<std::string_view> names;
  for (const LibraryFile& each : files) {
    names.insert(each.name);
    if (!has_library_name(each.name)) {
      continue;
    }
    LibraryFile file = each;
    if (file.is_link) {
      // A link counts under its own name only when it is the soname, or the soname's beginning up
      // to ".so" (the link that the linker wants); any other is taken as a file.
      file.is_link = file.name == file.soname ||
                     (file.name.ends_with(".so") && file.soname.starts_with(file.name));
      if (file.is_link) {
        file.soname = file.name;
      }
    }
    const auto [place, is_new] = libraries.try_emplace(file.soname, file);
    LibraryFile& there = place->second;
    // A file is better than a link, a newer name better than an older one.
    if (!is_new && ((!file.is_link && there.is_link) ||
                    (file.is_link == there.is_link && is_older(there.name, file.name)))) {
      there = file;
    }
  }
  DirectoryEntries found;
  for (const auto& [soname, library] : libraries) {
    if (!library.is_link && !names.contains(soname)) {
      found.links.emplace_back(soname, library.name);
    }
    found.entries.push_back({.soname = soname, .path = directory + "/" + soname});
  }
  return found;
}

std::string make_ld_so_cache(Tree& tree,
                             const core::Platform& platform,
                             const std::string& libc_bin_version) {
  elf::CacheInput input;
  input.machine = platform.machine();
  input.generator = fmt::format("ldconfig (Debian GLIBC {}) stable release version {}",
                                libc_bin_version,
                                upstream_version(libc_bin_version));
  for (const std::string& directory : library_directories(tree, platform)) {
    read_directory(tree, platform, directory, input.entries);
  }
  return elf::ld_so_cache(input);
}

}  // namespace cartwheel::debian
