#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "facts/wheel_facts.h"

namespace cartwheel::plan {

// An ELF file of a wheel where it is installed.
struct LoaderFile {
  std::size_t package = 0;  // whose: the caller's number
  std::string path;         // absolute: "/opt/venv/lib/python3.11/site-packages/cv2/cv2.abi3.so"
  const facts::ElfFacts* elf = nullptr;
};

// Finds libraries as ld.so does (ld.so(8), glibc's dl-load.c): what is loaded already by its
// soname; DT_RPATH of the file that needs it and of those that led to it, unless that file has a
// DT_RUNPATH; DT_RUNPATH; then the cache and the built-in folders. Folders outside of the wheels
// that a RPATH names are not known and count as empty. The files' facts must outlive it.
class Loader {
 public:
  // machine: of the image; files of others do not load. libraries: sonames that the base's cache
  // and folders have.
  Loader(std::string machine, const std::vector<std::string>& libraries);

  // Later files of a path replace earlier ones.
  void add(LoaderFile file);
  // A folder of wheels that ld.so.conf names: its libraries are in the cache.
  void add_folder(const std::string& folder);

  const std::vector<LoaderFile>& files() const { return files_; }
  bool is_of_machine(const LoaderFile& file) const { return file.elf->machine == machine_; }

  // A soname that a file needs and that is not found.
  struct Missing {
    std::size_t file = 0;  // index into files()
    std::string soname;
  };
  struct Loaded {
    std::vector<std::size_t> files;  // the root first, in the order of loading
    std::vector<Missing> missing;
  };
  // What loading this file brings with it: breadth first, as ld.so does.
  Loaded load(std::size_t root) const;

  // Files of this machine that have this name or soname, wherever they lie.
  std::vector<std::size_t> files_named(const std::string& soname) const;

 private:
  // Of the files of a process, which one brought each in; the root has none.
  using LoaderOf = std::unordered_map<std::size_t, std::size_t>;

  // The folders of a RPATH or RUNPATH, $ORIGIN replaced.
  std::vector<std::string> folders_of(const std::vector<std::string>& path,
                                      std::size_t origin) const;
  // The file of that name in the first of the folders that has one; nothing: npos.
  std::size_t find_in(const std::vector<std::string>& folders, const std::string& name) const;
  std::size_t find(const std::string& name, std::size_t needed_by, const LoaderOf& loader_of) const;
  bool is_in_cache(const std::string& name) const { return libraries_.contains(name); }

  std::string machine_;
  std::unordered_set<std::string> libraries_;
  std::vector<LoaderFile> files_;
  std::unordered_map<std::string, std::size_t> by_path_;
  std::unordered_map<std::string, std::vector<std::size_t>> by_name_;  // file name or soname
  std::unordered_map<std::string, std::size_t> configured_;  // soname → file, by add_folder()
};

// "/a/b/../c/./d" → "/a/c/d".
std::string normalized_path(std::string_view path);

// "/a/b" of "/a/b/c".
std::string folder_of(std::string_view path);

}  // namespace cartwheel::plan
