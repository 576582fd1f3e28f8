// Walks with file descriptors, so that 2,000 files cost one open per folder and one fstatat per
// entry.

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tree/secrets.h"
#include "tree/tree.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace cartwheel::tree {

namespace fs = std::filesystem;
using util::Error;
using util::ErrorKind;

namespace {

struct CloseFolder {
  void operator()(DIR* folder) const { closedir(folder); }
};
using Folder = std::unique_ptr<DIR, CloseFolder>;

// "data" means the folder and all below it; "*.py" means that name anywhere.
bool matches(const std::string& glob, const std::string& path) {
  return util::glob_matches(glob, path) || util::glob_matches(glob + "/**", path) ||
         (glob.find('/') == std::string::npos && util::glob_matches("**/" + glob, path));
}

bool any_matches(const std::vector<std::string>& globs, const std::string& path) {
  return std::ranges::any_of(globs, [&](const std::string& glob) { return matches(glob, path); });
}

// Whether one of the globs names a file of that name, and not only the folder that it lies in.
bool names_file(const std::vector<std::string>& globs, std::string_view name) {
  return std::ranges::any_of(globs, [&](const std::string& glob) {
    std::string_view last = std::string_view(glob).substr(glob.rfind('/') + 1);
    return last.find_first_not_of("*?") != std::string_view::npos && util::glob_matches(last, name);
  });
}

// Whether a glob that begins with names, not with wildcards, leads into that folder.
bool may_hold(const std::vector<std::string>& globs, const std::string& folder) {
  return std::ranges::any_of(globs, [&](const std::string& glob) {
    std::string names = glob.substr(0, glob.find_first_of("*?["));
    return names.starts_with(folder + "/") || (names + "/").starts_with(folder + "/") ||
           (names.ends_with('/') && (folder + "/").starts_with(names));
  });
}

// Whether a relative link target leaves the root that its file lies in.
bool leaves_root(const std::string& path, const std::string& target) {
  if (target.starts_with('/')) {
    return true;
  }
  fs::path resolved = (fs::path(path).parent_path() / target).lexically_normal();
  return !resolved.empty() && *resolved.begin() == "..";
}

// Whether a tar holds images, as an earlier build left it: by the name of its first member.
bool is_image_archive(int folder, const std::string& name) {
  std::array<char, 100> first{};
  int descriptor = openat(folder, name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (descriptor < 0) {
    return false;
  }
  ssize_t count = ::read(descriptor, first.data(), first.size());
  ::close(descriptor);
  const std::string_view member(first.data(), count < 0 ? 0 : static_cast<std::size_t>(count));
  return member.starts_with("blobs/") || member.starts_with("oci-layout") ||
         member.starts_with("index.json") || member.starts_with("manifest.json");
}

class Walker {
 public:
  Walker(const fs::path& root, const TreeOptions& options) : options_(options) {
    tree_.root = root;
    for (const fs::path& output : options.outputs) {
      fs::path relative = output.lexically_relative(fs::absolute(root).lexically_normal());
      if (!relative.empty() && *relative.begin() != "..") {
        outputs_.push_back(relative.string());
      }
    }
  }

  Tree walk() {
    if (options_.use_ignore_files) {
      if (auto own = util::read_file_if_present(tree_.root / ".cartwheelignore")) {
        top_rules_.add(*own);
      } else if (auto docker = util::read_file_if_present(tree_.root / ".dockerignore")) {
        top_rules_.add_docker(*docker);
      }
    }
    int descriptor = ::open(tree_.root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
      throw util::io_error(tree_.root.string(), errno);
    }
    walk_folder(descriptor, "");
    if (!offenders_.empty()) {
      throw Error(ErrorKind::refused,
                  util::join(offenders_, "; ") + ": leave it out with exclude or .cartwheelignore");
    }
    std::ranges::sort(tree_.files, {}, &TreeFile::path);
    std::ranges::copy_if(
        options_.include, std::back_inserter(tree_.unmatched), [&](const std::string& glob) {
          return std::ranges::none_of(
              tree_.files, [&](const TreeFile& file) { return matches(glob, file.path); });
        });
    std::ranges::sort(tree_.withheld);
    tree_.rules = core::Digest::of(top_rules_.digest().hex() + git_rules_.digest().hex());
    return std::move(tree_);
  }

 private:
  // Takes the descriptor over.
  void walk_folder(int descriptor, const std::string& folder) {
    Folder stream(fdopendir(descriptor));
    if (!stream) {
      int code = errno;
      ::close(descriptor);
      throw util::io_error((tree_.root / folder).string(), code);
    }
    std::vector<std::string> names;
    bool has_gitignore = false;
    while (const dirent* entry = readdir(stream.get())) {
      std::string name = entry->d_name;
      const bool is_layout = name == "oci-layout" && options_.use_ignore_files;
      if ((name == "pyvenv.cfg" || is_layout) && !folder.empty()) {
        return;  // an environment or a layout of images, whatever its name
      }
      has_gitignore = has_gitignore || name == ".gitignore";
      if (name != "." && name != "..") {
        names.push_back(std::move(name));
      }
    }
    if (has_gitignore && options_.use_ignore_files) {
      git_rules_.add(util::read_file(tree_.root / folder / ".gitignore"), folder);
    }
    std::ranges::sort(
        names);  // rules are added in this order, so that their digest does not depend on the disk
    for (const std::string& name : names) {
      visit(descriptor, folder.empty() ? name : folder + "/" + name, name);
    }
  }

  void visit(int folder, const std::string& path, const std::string& name) {
    struct stat info {};
    if (fstatat(folder, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
      throw util::io_error((tree_.root / path).string(), errno);
    }
    bool is_folder = S_ISDIR(info.st_mode);
    if (std::ranges::find(outputs_, path) != outputs_.end() ||
        (is_folder && is_tool_folder(name)) || name == ".git" ||
        (!is_folder && name.ends_with(".pyc"))) {
      return;
    }
    bool named = !options_.include.empty() && !is_folder && any_matches(options_.include, path);
    if (!named && is_ignored(path, is_folder)) {
      return;
    }
    if (any_matches(options_.exclude, path)) {
      return;
    }
    if (is_folder) {
      int descriptor =
          openat(folder, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
      if (descriptor < 0) {
        throw util::io_error((tree_.root / path).string(), errno);
      }
      walk_folder(descriptor, path);
      return;
    }
    if (!options_.include.empty() && !named) {
      return;
    }
    if (!named && options_.use_ignore_files && name.ends_with(".tar") &&
        is_image_archive(folder, name)) {
      return;
    }
    if (looks_secret(path) && !names_file(options_.include, name)) {
      tree_.withheld.push_back(path);
      return;
    }
    take(folder, path, name, info);
  }

  // By either kind of rules, and not asked for by an include glob.
  bool is_ignored(const std::string& path, bool is_folder) const {
    if (is_folder && may_hold(options_.include, path)) {
      return false;
    }
    bool by_top =
        top_rules_.ignores(path, is_folder) && (!is_folder || top_rules_.is_final_for_folders());
    return by_top || git_rules_.ignores(path, is_folder);
  }

  void take(int folder, const std::string& path, const std::string& name, const struct stat& info) {
    if (!util::is_valid_utf8(path)) {
      offenders_.push_back(fmt::format("'{}': the name is no UTF-8", path));
      return;
    }
    TreeFile file{.path = path, .link = "", .size = static_cast<std::uint64_t>(info.st_size)};
    if (S_ISLNK(info.st_mode)) {
      file.link.resize(static_cast<std::size_t>(info.st_size) + 1);
      ssize_t length = readlinkat(folder, name.c_str(), file.link.data(), file.link.size());
      file.link.resize(length < 0 ? 0 : static_cast<std::size_t>(length));
      if (file.link.empty() || (!options_.any_link && leaves_root(path, file.link))) {
        offenders_.push_back(
            fmt::format("'{}': the link leads out of the folder, to '{}'", path, file.link));
        return;
      }
      file.size = 0;
    } else if (!S_ISREG(info.st_mode)) {
      offenders_.push_back(fmt::format("'{}': is neither file, folder nor link", path));
      return;
    }
    file.executable = S_ISREG(info.st_mode) && (info.st_mode & 0111) != 0;
    file.info = info;
    tree_.files.push_back(std::move(file));
  }

  const TreeOptions& options_;
  Tree tree_;
  IgnoreRules top_rules_, git_rules_;
  std::vector<std::string> outputs_;
  std::vector<std::string> offenders_;  // what no image can hold, and why
};

}  // namespace

Tree list_tree(const fs::path& root, const TreeOptions& options) {
  return Walker(root, options).walk();
}

core::Digest tree_digest(const Tree& tree, memo::StatCache& cache) {
  core::Hasher hasher;
  for (const TreeFile& file : tree.files) {
    core::Digest content = !file.link.empty() ? core::Digest::of(file.link)
                           : file.info        ? cache.digest(file.path, *file.info)
                                              : cache.digest(file.path);
    char mode = file.link.empty() ? (file.executable ? 'x' : '-') : 'l';
    std::string line = file.path + '\0' + mode + ' ' + content.hex() + '\n';
    hasher.update(util::as_bytes(line));
  }
  return hasher.finish();
}

}  // namespace cartwheel::tree
