#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <sys/stat.h>

#include "core/digest.h"
#include "memo/stat_cache.h"

namespace cartwheel::tree {

// Rules that leave files out; the last one that matches decides.
class IgnoreRules {
 public:
  // Lines of a file in the language of gitignore(5): one pattern a line, '!' undoes, '/' anchors, a
  // final '/' means folders. Patterns are relative to `base` ("" or "sub/folder").
  void add(std::string_view text, const std::string& base = "");
  // Lines of a .dockerignore: patterns are all meant from the root, and one that matches a folder
  // matches all below it, so that '!' can take something out of an ignored folder.
  void add_docker(std::string_view text);
  bool ignores(const std::string& relative, bool is_directory) const;
  // Whether nothing below an ignored folder can be taken again.
  bool is_final_for_folders() const;
  core::Digest digest() const;

 private:
  struct Rule {
    std::string base, pattern;
    bool negated = false, directories_only = false, anchored = false, with_all_below = false;
    bool matches(std::string_view relative, bool is_directory) const;
  };
  void add_pattern(const std::string& pattern, const std::string& base);

  std::vector<Rule> rules_;
};

struct TreeOptions {
  std::vector<std::string> include;            // globs of all that is taken; empty: everything
  std::vector<std::string> exclude;            // globs, after the ignore files
  std::vector<std::filesystem::path> outputs;  // written by the build itself: never taken
  bool any_link = false;                       // also links that leave the root
  bool use_ignore_files = true;  // .cartwheelignore, else .dockerignore; and .gitignore files
};

struct TreeFile {
  std::string path;  // relative to the root
  bool executable = false;
  std::string link;                   // target of a symbolic link, or ""; then there is no content
  std::uint64_t size = 0;             // bytes
  std::optional<struct ::stat> info;  // what lstat(2) said when it was listed
};

struct Tree {
  std::filesystem::path root;
  std::vector<TreeFile> files;         // in order of bytes of the path
  std::vector<std::string> withheld;   // key files and the like that were left out without a rule:
                                       // to be said, never in silence
  std::vector<std::string> unmatched;  // include globs that match no file
  core::Digest rules = core::Digest::of(std::string_view());
};

// The files below root that go into an image. Always left out: .git, .hg, .svn, .venv and any
// folder with pyvenv.cfg, __pycache__,
// *.pyc, node_modules' sibling caches (.mypy_cache, .pytest_cache, .ruff_cache, .tox, .nox), the
// outputs, and with the ignore files those of earlier builds: OCI layouts, *.tar that hold images. What looks_secret()
// is left out and listed in `withheld` unless an include glob names it
// ("*.pem", and not only its folder).
// An include glob that begins with a folder that the ignore files leave out takes what it names
// there. Throws Error{refused} that names every link that leaves the root, socket and device;
// Error{io}.
Tree list_tree(const std::filesystem::path& root, const TreeOptions& options);

// SHA-256 over, in order of bytes of the path: path NUL mode-bit SP sha256-of-content LF
// (docs/formats.md section 8; a link counts with mode bit 'l' and the hash of its target).
core::Digest tree_digest(const Tree& tree, memo::StatCache& cache);

}  // namespace cartwheel::tree
