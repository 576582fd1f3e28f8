#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cartwheel::debian {

// Bytes in the file into which whoever unpacked the packages has put their contents.
struct Extent {
  std::uint64_t offset = 0, size = 0;
  bool operator==(const Extent&) const = default;
};

// Reads `length` bytes, or fewer at the end, from `offset` within an extent.
using ExtentReader =
    std::function<std::string(const Extent&, std::uint64_t offset, std::size_t length)>;

// An entry of a file system tree.
struct Node {
  enum class Kind { directory, file, symlink } kind = Kind::file;
  unsigned mode = 0644;  // permission bits, with setuid, setgid, sticky
  unsigned uid = 0, gid = 0;
  std::string target;                         // of a symlink
  std::variant<std::string, Extent> content;  // of a file
  std::string package;                        // that brought it, or "" when it was made here

  std::uint64_t size() const;
  static Node directory(unsigned mode = 0755, unsigned uid = 0, unsigned gid = 0);
  static Node file(std::string text, unsigned mode = 0644);
  static Node symlink(std::string target);
};

// A root file system as a value: entries by their path, relative and without final '/'.
class Tree {
 public:
  explicit Tree(ExtentReader read = {}) : read_(std::move(read)) {}

  // An entry of a package. Directories may come again, the first one stays; anything else twice, or
  // an entry below what is no directory, throws Error{refused}.
  void unpack(const std::string& path, Node node);
  // An entry made here: replaces what is there.
  void put(const std::string& path, Node node) { nodes_[path] = std::move(node); }
  // A directory, unless there is an entry of that name.
  void ensure_directory(const std::string& path,
                        unsigned mode = 0755,
                        unsigned uid = 0,
                        unsigned gid = 0);
  void erase(const std::string& path) { nodes_.erase(path); }

  const Node* find(const std::string& path) const;  // null when there is none
  // The path that this one means, symbolic links followed within the tree; nothing when a component
  // is missing or links go round.
  std::optional<std::string> resolve(std::string_view path) const;
  // The entries directly in a directory, in order of bytes: their names.
  std::vector<std::string> list(const std::string& directory) const;
  // The paths below a directory, at any depth, in order of bytes.
  std::vector<std::string> below(const std::string& directory) const;

  // The whole text of a file; Error{not_found} when there is no such file.
  std::string text(const std::string& path) const;
  std::string read(const Node& node, std::uint64_t offset, std::size_t length) const;

  const std::map<std::string, Node>& nodes() const { return nodes_; }
  // Error{refused} unless every ancestor that there is of every entry is a directory.
  void check() const;

 private:
  std::map<std::string, Node> nodes_;
  ExtentReader read_;
};

// Where a path lies when /bin, /sbin, /lib, /lib32, /lib64 and /libx32 are links into /usr: "lib/x"
// → "usr/lib/x".
std::string merged_path(const std::string& path);

}  // namespace cartwheel::debian
