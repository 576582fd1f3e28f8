#include "base/library_packages.h"

#include <algorithm>

#include "base/library_tables.h"

namespace cartwheel::base {

namespace {

// The package on whose line ` NAME` stands, followed by ' ' or the end of the line; "" for none.
std::string line_with(std::string_view text, const std::string& name) {
  const std::string needle = " " + name;
  for (std::size_t at = text.find(needle); at != std::string_view::npos;
       at = text.find(needle, at + 1)) {
    const std::size_t end = at + needle.size();
    if (end < text.size() && text[end] != ' ' && text[end] != '\n') {
      continue;
    }
    const std::size_t before = text.rfind('\n', at);
    const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
    return std::string(text.substr(begin, text.find(' ', begin) - begin));
  }
  return "";
}

}  // namespace

std::string package_of_library_in(std::string_view text, std::string_view soname) {
  // The file has the shortest form of a name that a package has: "libpython3.11.so.1" also stands
  // for the soname "libpython3.11.so.1.0".
  std::string name(soname);
  for (;;) {
    std::string package = line_with(text, name);
    const std::size_t version = name.find(".so.");
    const std::size_t dot = name.rfind('.');
    if (!package.empty() || version == std::string::npos || dot <= version + 3) {
      return package;
    }
    name.resize(dot);
  }
}

std::string package_of_library(std::string_view suite, std::string_view soname) {
  const auto found = library_tables().find(suite);
  return found == library_tables().end() ? "" : package_of_library_in(found->second, soname);
}

}  // namespace cartwheel::base
