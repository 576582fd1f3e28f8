#include "base/python_version.h"

#include <regex>
#include <vector>

#include <fmt/format.h>

#include "util/error.h"

namespace cartwheel::base {

namespace {

using debian::Node;

std::string first_match(const std::string& text, const std::regex& pattern) {
  std::smatch match;
  return std::regex_search(text, match, pattern) ? match[1].str() : std::string();
}

// "usr/local" of "usr/local/bin/python3.12".
std::string prefix_of(const std::string& python) {
  const std::size_t bin = python.rfind('/');
  const std::size_t prefix = bin == std::string::npos ? bin : python.rfind('/', bin - 1);
  return prefix == std::string::npos ? std::string() : python.substr(0, prefix + 1);
}

// A version that stands alone between two NULs in a program's data.
std::string version_in(const std::string& bytes, const std::string& minor) {
  const std::string needle = minor + ".";
  for (std::size_t at = bytes.find(needle); at != std::string::npos;
       at = bytes.find(needle, at + 1)) {
    const std::size_t end = bytes.find_first_not_of("0123456789", at + needle.size());
    if (at > 0 && bytes[at - 1] == '\0' && end != std::string::npos && bytes[end] == '\0' &&
        end > at + needle.size()) {
      return bytes.substr(at, end - at);
    }
  }
  return {};
}

}  // namespace

std::string python_minor(const std::string& name) {
  static const std::regex pattern(R"(^python(3\.\d+)t?$)");
  return first_match(name, pattern);
}

void refuse_free_threaded(const debian::Tree& tree, const std::string& python) {
  const std::string name = python.substr(python.rfind('/') + 1);
  const std::string minor = python_minor(name);
  const std::string library = prefix_of(python) + "lib/python" + minor;
  const bool has_no_other =
      tree.find(library + "t/os.py") != nullptr && tree.find(library + "/os.py") == nullptr;
  if (!minor.empty() && (name.ends_with('t') || has_no_other)) {
    throw util::Error(util::ErrorKind::unsupported,
                      fmt::format("'/{}' is a free-threaded Python, whose wheels (cp3{}t) are not "
                                  "chosen yet: wanted the usual Python {}",
                                  python,
                                  minor.substr(2),
                                  minor));
  }
}

std::string python_version(const debian::Tree& tree,
                           const std::string& python,
                           const std::string& minor) {
  const std::string header =
      fmt::format("{}include/python{}/patchlevel.h", prefix_of(python), minor);
  const Node* node = tree.find(header);
  if (node != nullptr && node->kind == Node::Kind::file) {
    static const std::regex define(R"re(#define\s+PY_VERSION\s+"(3\.\d+\.\d+)[^"]*")re");
    return first_match(tree.text(header), define);
  }
  std::vector<std::string> binaries = {python};
  const std::string library = "/libpython" + minor + ".so.1.0";
  for (const auto& [path, entry] : tree.nodes()) {
    if (entry.kind == Node::Kind::file && ("/" + path).ends_with(library)) {
      binaries.push_back(path);
    }
  }
  for (const std::string& path : binaries) {
    std::string version = version_in(tree.text(path), minor);
    if (!version.empty()) {
      return version;
    }
  }
  return {};
}

}  // namespace cartwheel::base
