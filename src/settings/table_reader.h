#pragma once

// Internal to the folder: reads a TOML table key by key, with errors that name file, line and the
// nearest key.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <toml++/toml.h>

#include "util/error.h"

namespace cartwheel::settings {

// "FILE:LINE: "
std::string place_of(const std::string& file, const toml::node& node);

// Each read takes its key; what nobody took is an error at the end. Error{usage} for unknown keys
// and wrong types.
class TableReader {
 public:
  TableReader(std::string file, std::string name, const toml::table& table)
      : file_(std::move(file)),
        name_(std::move(name)),
        table_(table) {}

  std::optional<std::string> text(const std::string& key);
  std::optional<bool> boolean(const std::string& key);
  bool holds_boolean(const std::string& key) const {
    return table_.get(key) != nullptr && table_.get(key)->is_boolean();
  }
  bool holds_list(const std::string& key) const {
    return table_.get(key) != nullptr && table_.get(key)->is_array();
  }
  bool holds_table(const std::string& key) const {
    return table_.get(key) != nullptr && table_.get(key)->is_table();
  }
  std::optional<std::int64_t> integer(const std::string& key);
  // Bytes: an integer, or "512 MiB", "1 GB".
  std::optional<std::uint64_t> bytes(const std::string& key);
  std::optional<std::vector<std::string>> texts(const std::string& key);
  std::optional<std::map<std::string, std::string>> text_map(const std::string& key);
  std::optional<std::map<std::string, std::vector<std::string>>> texts_map(const std::string& key);
  // A list of strings for all (under ""), or a table of such lists by name.
  std::map<std::string, std::vector<std::string>> texts_by_name(const std::string& key);
  // The table at key, which holds one.
  TableReader table(const std::string& key);
  // The tables of [[NAME.key]].
  std::vector<TableReader> tables(const std::string& key);
  // The tables of [NAME.key.*], by their own names.
  std::map<std::string, TableReader> named_tables(const std::string& key);
  // "FILE:LINE: NAME.key", or "" where the table has no such key.
  std::string place(const std::string& key) const;
  // Throws for the first key (by line) that nobody asked for.
  void finish() const;
  // Throws Error{usage} "FILE:LINE: NAME.key: MESSAGE".
  [[noreturn]] void fail(const std::string& key, const std::string& message) const;

 private:
  const toml::node* take(const std::string& key);
  std::string path_of(const std::string& key) const;  // "tool.cartwheel.base"
  [[noreturn]] void fail_type(const std::string& key,
                              const toml::node& node,
                              const std::string& wanted) const;

  std::string file_, name_;
  const toml::table& table_;
  std::set<std::string> asked_;
};

}  // namespace cartwheel::settings
