// The skeleton of a virtual environment, as PEP 405 and the venv module of the standard library
// have it.

#include <algorithm>

#include <fmt/format.h>

#include "layer/tree_layer.h"
#include "util/error.h"

namespace cartwheel::layer {

using util::Error;
using util::ErrorKind;

namespace {

// "3.11.2" → "3.11"
std::string minor_version(const std::string& python_full) {
  std::size_t first = python_full.find('.');
  std::size_t second = first == std::string::npos ? first : python_full.find('.', first + 1);
  if (second == std::string::npos) {
    throw Error(
        ErrorKind::internal,
        fmt::format("'{}' is no version of Python: wanted one such as 3.11.2", python_full));
  }
  return python_full.substr(0, second);
}

std::string configuration(const std::string& python_path, const std::string& python_full) {
  return fmt::format(
      "home = {}\n"
      "include-system-site-packages = false\n"
      "version = {}\n",
      python_path.substr(0, python_path.rfind('/')),
      python_full);
}

}  // namespace

std::vector<TreeEntry> venv_entries(const std::string& prefix,
                                    const std::string& python_path,
                                    const std::string& python_full,
                                    const std::vector<facts::BaseFacts::Parent>& parents) {
  std::string version = minor_version(python_full);
  std::vector<TreeEntry> entries;
  for (std::size_t slash = prefix.find('/'); slash != std::string::npos;
       slash = prefix.find('/', slash + 1)) {
    std::string path = prefix.substr(0, slash);
    auto parent = std::ranges::find(parents, path, &facts::BaseFacts::Parent::path);
    entries.push_back(parent == parents.end()
                          ? directory_entry(path)
                          : directory_entry(path, parent->mode, parent->uid, parent->gid));
  }
  entries.push_back(directory_entry(prefix));
  entries.push_back(directory_entry(prefix + "/bin"));
  entries.push_back(directory_entry(fmt::format("{}/lib/python{}/site-packages", prefix, version)));
  entries.push_back(text_entry(prefix + "/pyvenv.cfg", configuration(python_path, python_full)));
  entries.push_back(symlink_entry(prefix + "/bin/python", python_path));
  entries.push_back(symlink_entry(prefix + "/bin/python3", "python"));
  entries.push_back(symlink_entry(fmt::format("{}/bin/python{}", prefix, version), "python"));
  return entries;
}

}  // namespace cartwheel::layer
