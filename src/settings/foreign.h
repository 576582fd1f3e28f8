#pragma once

// Internal to the folder.

#include <string>
#include <vector>

#include <fmt/format.h>

#include "settings/settings.h"
#include "settings/table_reader.h"
#include "util/toml.h"

namespace cartwheel::settings {

// Reads what somebody else's table holds: keys that nobody asked for are fine, wrong types are not.
class Foreign {
 public:
  Foreign(const std::string& file, const toml::table& document)
      : file_(file),
        document_(document) {}

  // The table at this path, or null when there is none; anything else there is an error.
  const toml::table* table(const char* path) const {
    const toml::node* node = document_.at_path(path).node();
    if (node != nullptr && !node->is_table()) {
      fail(*node, fmt::format("{}: wanted a table, found {}", path, util::type_name(*node)));
    }
    return node == nullptr ? nullptr : node->as_table();
  }

  // The string at this key, or "".
  std::string text(const toml::table& table, const char* key, const std::string& what) const {
    const toml::node* node = table.get(key);
    if (node != nullptr && !node->is_string()) {
      fail(*node,
           fmt::format("{}.{}: wanted a string, found {}", what, key, util::type_name(*node)));
    }
    return node == nullptr ? "" : node->as_string()->get();
  }

  std::vector<std::string> texts(const toml::node& node, const std::string& what) const {
    const toml::array* array = node.as_array();
    if (array == nullptr) {
      fail(node,
           fmt::format("{}: wanted a list of strings, found {}", what, util::type_name(node)));
    }
    std::vector<std::string> out;
    for (const toml::node& element : *array) {
      if (!element.is_string()) {
        fail(element,
             fmt::format(
                 "{}: wanted a list of strings, found {} in it", what, util::type_name(element)));
      }
      out.push_back(element.as_string()->get());
    }
    return out;
  }

  [[noreturn]] void fail(const toml::node& node, const std::string& message) const {
    throw util::Error(util::ErrorKind::malformed, place_of(file_, node) + message);
  }

 private:
  const std::string& file_;
  const toml::table& document_;
};

// [tool.uv] as far as it decides what a lock holds.
Resolution read_resolution(const Foreign& reader, const toml::table& uv);

}  // namespace cartwheel::settings
