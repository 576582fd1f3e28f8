#include "base/python_files.h"

#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "base/root_reader.h"
#include "elf/elf.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace cartwheel::base {

namespace {

using debian::Node;
using util::Error;
using util::ErrorKind;
namespace fs = std::filesystem;

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// "/usr/local" of "/usr/local/bin/python3.12".
std::string prefix_of(const std::string& python_path) {
  const std::size_t bin = python_path.rfind('/');
  return python_path.substr(0, python_path.rfind('/', bin - 1));
}

// PT_INTERP of programs for glibc.
std::string loader_path(const core::Platform& platform) {
  return platform.architecture == core::Architecture::amd64 ? "lib64/ld-linux-x86-64.so.2"
                                                            : "lib/ld-linux-aarch64.so.1";
}

// Of the modules that are libraries only those are wanted that the compiler asks for: what decodes
// sources, and what knows the characters of names and of "\N{…}". Debian has the latter built
// in.
bool is_codec(const std::string& name) {
  return name.starts_with("_codecs_") || name.starts_with("_multibytecodec.") ||
         name.starts_with("unicodedata.");
}

// Where its libraries can be, the first one found wins.
std::vector<std::string> library_folders(const core::Platform& platform,
                                         const std::string& python_path) {
  return {prefix_of(python_path).substr(1) + "/lib",
          "lib/" + platform.triplet(),
          "usr/lib/" + platform.triplet(),
          "lib64",
          "usr/lib64",
          "lib",
          "usr/lib",
          "usr/local/lib"};
}

class Writer {
 public:
  Writer(const debian::Tree& tree, std::vector<std::string> library_folders, const fs::path& folder)
      : tree_(tree),
        folder_(folder),
        library_folders_(std::move(library_folders)) {}

  // A file under another path, with what it needs of libraries.
  void write_program(const std::string& path, const fs::path& to) {
    const std::string real = resolved(path);
    write(real, to, 0755);
    write_libraries(real);
  }

  void write(const std::string& path, const fs::path& to, unsigned mode = 0644) const {
    const Node& node = *tree_.find(path);
    fs::create_directories((folder_ / to).parent_path());
    util::File file = util::File::create(folder_ / to, mode);
    constexpr std::size_t kPiece = std::size_t{1} << 20;
    for (std::uint64_t at = 0; at < node.size(); at += kPiece) {
      file.write(util::as_bytes(tree_.read(node, at, kPiece)));
    }
    file.close();
  }

 private:
  std::string resolved(const std::string& path) const {
    const std::optional<std::string> real = tree_.resolve(path);
    const Node* node = real ? tree_.find(*real) : nullptr;
    if (node == nullptr || node->kind != Node::Kind::file) {
      throw Error(ErrorKind::refused, fmt::format("the base has no '{}'", path));
    }
    return *real;
  }

  // All that a program or library needs, under the names that it asks for.
  void write_libraries(const std::string& path) {
    const Node& node = *tree_.find(path);
    const std::optional<elf::Elf> file = elf::read_elf(
        node.size(),
        [&](std::uint64_t offset, std::size_t length) { return tree_.read(node, offset, length); });
    if (!file) {
      throw Error(ErrorKind::refused, fmt::format("'{}' is no ELF file", path));
    }
    for (const std::string& needed : file->needed) {
      const std::string name = name_of(needed);  // "$ORIGIN/../lib/libpython3.12.so.1.0"
      if (written_.insert(name).second) {
        write_program(find_library(name), "libraries/" + name);
      }
    }
  }

  std::string find_library(const std::string& name) const {
    for (const std::string& folder : library_folders_) {
      if (std::optional<std::string> path = tree_.resolve(folder + "/" + name)) {
        return *path;
      }
    }
    throw Error(ErrorKind::refused,
                fmt::format("its Python needs '{}', which is in none of the usual folders", name));
  }

  const debian::Tree& tree_;
  fs::path folder_;
  std::vector<std::string> library_folders_;
  std::set<std::string> written_;  // libraries, by name
};

}  // namespace

std::string library_folder(const std::string& python_path) {
  return fmt::format("{}/lib/{}", prefix_of(python_path).substr(1), name_of(python_path));
}

bool is_library_file(const std::string& path, const std::string& library_folder) {
  if (!path.starts_with(library_folder + "/")) {
    return false;
  }
  const std::string below = path.substr(library_folder.size());
  return !below.starts_with("/site-packages/") && !below.starts_with("/dist-packages/") &&
         below.find("/__pycache__/") == std::string::npos;
}

std::vector<std::string> write_python_files(const oci::Image& image,
                                            const core::Platform& platform,
                                            const std::string& python_path,
                                            const std::string& place,
                                            const fs::path& folder) {
  const std::string library = library_folder(python_path);
  ScratchFile scratch(fs::temp_directory_path());
  const std::vector<std::string> libraries = library_folders(platform, python_path);
  const auto is_wanted = [&](const std::string& path) {
    const std::string name = name_of(path);
    if (name.find(".so") != std::string::npos) {
      const std::string in = path.substr(0, path.size() - name.size() - 1);
      return is_codec(name) || std::find(libraries.begin(), libraries.end(), in) != libraries.end();
    }
    return name.starts_with("python3") || (name.ends_with(".py") && is_library_file(path, library));
  };
  RootReader root(scratch, is_wanted);
  root.add(image, place);
  Writer writer(root.tree(), libraries, folder);
  const std::string program = "python/bin/" + name_of(python_path);
  writer.write_program(loader_path(platform), "ld.so");
  writer.write_program(python_path, program);
  fs::create_directories(folder / "python/lib" / name_of(python_path) / "lib-dynload");
  for (const std::string& path : root.tree().below(library)) {
    if (root.tree().find(path)->kind == Node::Kind::file && is_library_file(path, library) &&
        (path.ends_with(".py") || is_codec(name_of(path)))) {
      writer.write(path, "python/lib/" + name_of(python_path) + path.substr(library.size()));
    }
  }
  fs::create_directories(folder / "libraries");
  return {folder / "ld.so",
          "--inhibit-cache",
          "--library-path",
          folder / "libraries",
          folder / program};
}

}  // namespace cartwheel::base
