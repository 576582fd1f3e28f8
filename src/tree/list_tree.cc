// Walks with file descriptors, so that 2,000 files cost one open per folder and one fstatat per
// entry.

#include <algorithm>
#include <cerrno>
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

bool any_matches(const std::vector<std::string>& globs, const std::string& path) {
  return std::ranges::any_of(globs, [&](const std::string& glob) {
    // "data" means the folder and all below it; "*.py" means that name anywhere
    return util::glob_matches(glob, path) || util::glob_matches(glob + "/**", path) ||
           (glob.find('/') == std::string::npos && util::glob_matches("**/" + glob, path));
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
      std::optional<std::string> text = util::read_file_if_present(tree_.root / ".cartwheelignore");
      docker_ = !text;
      if (!text) {
        text = util::read_file_if_present(tree_.root / ".dockerignore");
      }
      add_top_rules(text.value_or(""));
    }
    int descriptor = ::open(tree_.root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
      throw util::io_error(tree_.root.string(), errno);
    }
    walk_folder(descriptor, "");
    std::ranges::sort(tree_.files, {}, &TreeFile::path);
    std::ranges::sort(tree_.withheld);
    tree_.rules = rules_.digest();
    return std::move(tree_);
  }

 private:
  // .dockerignore's patterns are all meant from the root; .cartwheelignore's are gitignore's.
  void add_top_rules(const std::string& text) {
    for (std::string_view line : util::lines(text)) {
      line = util::trim(line);
      if (line.empty() || line.starts_with('#')) {
        continue;
      }
      bool negated = line.starts_with('!');
      std::string_view pattern = negated ? line.substr(1) : line;
      std::string rooted =
          docker_ && !pattern.starts_with('/') ? "/" + std::string(pattern) : std::string(pattern);
      while (docker_ && rooted.size() > 1 && rooted.ends_with('/')) {
        rooted.pop_back();
      }
      rules_.add_pattern((negated ? "!" : "") + rooted);
    }
  }

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
      if (name == "pyvenv.cfg" && !folder.empty()) {
        return;  // an environment, whatever its name
      }
      has_gitignore = has_gitignore || name == ".gitignore";
      if (name != "." && name != "..") {
        names.push_back(std::move(name));
      }
    }
    if (has_gitignore && options_.use_ignore_files) {
      rules_.add(util::read_file(tree_.root / folder / ".gitignore"), folder);
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
    if (!named && rules_.ignores(path, is_folder)) {
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
    if (!named && looks_secret(name)) {
      tree_.withheld.push_back(path);
      return;
    }
    take(folder, path, name, info);
  }

  void take(int folder, const std::string& path, const std::string& name, const struct stat& info) {
    if (!util::is_valid_utf8(path)) {
      throw Error(ErrorKind::refused,
                  fmt::format("'{}': the name is no UTF-8", (tree_.root / path).string()));
    }
    TreeFile file{.path = path, .link = "", .size = static_cast<std::uint64_t>(info.st_size)};
    if (S_ISLNK(info.st_mode)) {
      file.link.resize(static_cast<std::size_t>(info.st_size) + 1);
      ssize_t length = readlinkat(folder, name.c_str(), file.link.data(), file.link.size());
      file.link.resize(length < 0 ? 0 : static_cast<std::size_t>(length));
      if (file.link.empty() || leaves_root(path, file.link)) {
        throw Error(ErrorKind::refused,
                    fmt::format("'{}': the link leads out of the folder, to '{}'",
                                (tree_.root / path).string(),
                                file.link));
      }
      file.size = 0;
    } else if (!S_ISREG(info.st_mode)) {
      throw Error(
          ErrorKind::refused,
          fmt::format("'{}': is neither file, folder nor link", (tree_.root / path).string()));
    }
    file.executable = S_ISREG(info.st_mode) && (info.st_mode & 0111) != 0;
    tree_.files.push_back(std::move(file));
  }

  const TreeOptions& options_;
  bool docker_ = false;
  Tree tree_;
  IgnoreRules rules_;
  std::vector<std::string> outputs_;
};

}  // namespace

Tree list_tree(const fs::path& root, const TreeOptions& options) {
  return Walker(root, options).walk();
}

core::Digest tree_digest(const Tree& tree, memo::StatCache& cache) {
  core::Hasher hasher;
  for (const TreeFile& file : tree.files) {
    core::Digest content =
        file.link.empty() ? cache.digest(file.path) : core::Digest::of(file.link);
    char mode = file.link.empty() ? (file.executable ? 'x' : '-') : 'l';
    std::string line = file.path + '\0' + mode + ' ' + content.hex() + '\n';
    hasher.update(util::as_bytes(line));
  }
  return hasher.finish();
}

}  // namespace cartwheel::tree
