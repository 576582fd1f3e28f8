#include "debian/ld_config.h"

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

// A file that counts in a directory, by ldconfig's rules.
struct Library {
  std::string name;  // of the file
  bool is_link = false;
};

struct Found {
  std::string soname;
  Library library;
};

// What ldconfig makes of an entry; nothing for what is no library of this machine.
std::optional<Found> look_at(const Tree& tree,
                             const core::Platform& platform,
                             const std::string& folder,
                             const std::string& name) {
  if ((!name.starts_with("lib") && !name.starts_with("ld-")) ||
      name.find(".so") == std::string::npos) {
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
  Found found;
  found.soname = elf->soname.empty() ? name : elf->soname;
  found.library.name = name;
  if (tree.find(path)->kind == Node::Kind::symlink) {
    // A link counts under its own name only when it is the soname, or the soname's beginning up to
    // ".so" (the link that the linker wants); any other is taken as a file.
    found.library.is_link =
        name == found.soname || (name.ends_with(".so") && found.soname.starts_with(name));
    if (found.library.is_link) {
      found.soname = name;
    }
  }
  return found;
}

void read_directory(Tree& tree,
                    const core::Platform& platform,
                    const std::string& directory,
                    std::vector<elf::CacheEntry>& entries) {
  const std::string folder = *tree.resolve(directory);
  std::map<std::string, Library> libraries;  // by soname
  for (const std::string& name : tree.list(folder)) {
    const std::optional<Found> found = look_at(tree, platform, folder, name);
    if (!found) {
      continue;
    }
    const auto [place, is_new] = libraries.try_emplace(found->soname, found->library);
    Library& there = place->second;
    // A file is better than a link, a newer name better than an older one.
    if (!is_new && ((!found->library.is_link && there.is_link) ||
                    (found->library.is_link == there.is_link && is_older(there.name, name)))) {
      there = found->library;
    }
  }
  for (const auto& [soname, library] : libraries) {
    if (!library.is_link && tree.find(folder + "/" + soname) == nullptr) {
      tree.put(folder + "/" + soname, Node::symlink(library.name));
    }
    entries.push_back({soname, directory + "/" + soname});
  }
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
