#include "plan/loader.h"

#include <algorithm>
#include <optional>

#include "util/text.h"

namespace cartwheel::plan {

namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

std::string name_of(std::string_view path) { return std::string(path.substr(path.rfind('/') + 1)); }

// "$ORIGIN" and "${ORIGIN}" replaced; nothing for a path that does not begin at a folder then: one
// that is empty or relative means where the process happens to be.
std::optional<std::string> expanded(std::string_view path, const std::string& origin) {
  std::string out(path);
  for (std::string_view token : {"${ORIGIN}", "$ORIGIN"}) {
    for (std::size_t at = out.find(token); at != std::string::npos;
         at = out.find(token, at + origin.size())) {
      out.replace(at, token.size(), origin);
    }
  }
  return out.starts_with('/') ? std::optional<std::string>(normalized_path(out)) : std::nullopt;
}

}  // namespace

std::string normalized_path(std::string_view path) {
  std::vector<std::string_view> parts;
  for (std::string_view part : util::split(path, '/')) {
    if (part == ".." && !parts.empty()) {
      parts.pop_back();
    } else if (!part.empty() && part != "." && part != "..") {
      parts.push_back(part);
    }
  }
  std::string out;
  for (std::string_view part : parts) {
    out += '/';
    out += part;
  }
  return out.empty() ? "/" : out;
}

std::string folder_of(std::string_view path) {
  return std::string(path.substr(0, std::min(path.rfind('/'), path.size())));
}

Loader::Loader(std::string machine, const std::vector<std::string>& libraries)
    : machine_(std::move(machine)),
      libraries_(libraries.begin(), libraries.end()) {}

void Loader::add(LoaderFile file) {
  std::size_t index = files_.size();
  by_path_[file.path] = index;
  std::string name = name_of(file.path);
  if (!file.elf->soname.empty() && file.elf->soname != name) {
    by_name_[file.elf->soname].push_back(index);
  }
  by_name_[std::move(name)].push_back(index);
  files_.push_back(std::move(file));
}

void Loader::add_folder(const std::string& folder) {
  for (std::size_t i = 0; i < files_.size(); ++i) {
    if (is_of_machine(files_[i]) && folder_of(files_[i].path) == folder) {
      const std::string& soname = files_[i].elf->soname;
      configured_.emplace(soname.empty() ? name_of(files_[i].path) : soname, i);
    }
  }
}

std::vector<std::size_t> Loader::files_named(const std::string& soname) const {
  std::vector<std::size_t> out;
  if (auto found = by_name_.find(soname); found != by_name_.end()) {
    std::ranges::copy_if(found->second, std::back_inserter(out), [&](std::size_t i) {
      return is_of_machine(files_[i]);
    });
  }
  return out;
}

std::vector<std::string> Loader::folders_of(const std::vector<std::string>& path,
                                            std::size_t origin) const {
  std::vector<std::string> out;
  std::string folder = folder_of(files_[origin].path);
  for (const std::string& one : path) {
    if (std::optional<std::string> place = expanded(one, folder)) {
      out.push_back(std::move(*place));
    }
  }
  return out;
}

std::size_t Loader::find_in(const std::vector<std::string>& folders,
                            const std::string& name) const {
  for (const std::string& folder : folders) {
    auto found = by_path_.find(folder + "/" + name);
    if (found != by_path_.end() && is_of_machine(files_[found->second])) {
      return found->second;
    }
  }
  return kNone;
}

std::size_t Loader::find(const std::string& name,
                         std::size_t needed_by,
                         const LoaderOf& loader_of) const {
  const facts::ElfFacts& needing = *files_[needed_by].elf;
  if (needing.runpath.empty()) {
    auto loader = [&](std::size_t i) {
      auto found = loader_of.find(i);
      return found == loader_of.end() ? kNone : found->second;
    };
    for (std::size_t i = needed_by; i != kNone; i = loader(i)) {
      const facts::ElfFacts& elf = *files_[i].elf;
      std::size_t found = elf.runpath.empty() ? find_in(folders_of(elf.rpath, i), name) : kNone;
      if (found != kNone) {
        return found;
      }
    }
  }
  std::size_t found = find_in(folders_of(needing.runpath, needed_by), name);
  if (found != kNone) {
    return found;
  }
  auto configured = configured_.find(name);
  return configured == configured_.end() || is_in_cache(name) ? kNone : configured->second;
}

Loader::Loaded Loader::load(std::size_t root) const {
  Loaded out;
  LoaderOf loader_of;
  std::unordered_set<std::string> present;  // names and sonames in the process
  auto enter = [&](std::size_t file) {
    out.files.push_back(file);
    present.insert(name_of(files_[file].path));
    present.insert(files_[file].elf->soname);
  };
  enter(root);
  for (std::size_t next = 0; next < out.files.size(); ++next) {
    std::size_t file = out.files[next];
    for (const std::string& name : files_[file].elf->needed) {
      bool is_path = name.find('/') != std::string::npos;  // opened as it stands, never searched
      if (is_path || !present.insert(name).second) {
        continue;
      }
      std::size_t found = find(name, file, loader_of);
      if (found != kNone) {
        if (std::ranges::find(out.files, found) == out.files.end()) {
          loader_of[found] = file;
          enter(found);
        }
      } else if (!is_in_cache(name)) {
        out.missing.push_back({.file = file, .soname = name});
      }
    }
  }
  return out;
}

}  // namespace cartwheel::plan
