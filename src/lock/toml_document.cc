#include "lock/toml_document.h"

#include <algorithm>
#include <sstream>

#include <fmt/format.h>

#include "core/url.h"
#include "util/error.h"
#include "util/toml.h"

namespace cartwheel::lock {

using util::Error;
using util::ErrorKind;

namespace {

[[noreturn]] void fail_type(const Place& place,
                            std::string_view key,
                            const char* wanted,
                            const toml::node& found) {
  place.fail(found, fmt::format("'{}': wanted {}, found {}", key, wanted, util::type_name(found)));
}

}  // namespace

std::string Place::str(std::size_t line) const {
  return package.empty() ? fmt::format("{}:{}", file, line)
                         : fmt::format("{}:{}: package '{}'", file, line, package);
}

void Place::fail(const toml::node& node, const std::string& message) const {
  throw Error(ErrorKind::malformed, str(line(node)) + ": " + core::redacted(message));
}

void Table::fail_at(std::string_view key, const std::string& message) const {
  const toml::node* node = table_->get(key);
  place_->fail(node == nullptr ? *table_ : *node, message);
}

std::optional<std::string_view> Table::find_string(std::string_view key) const {
  const toml::node* node = table_->get(key);
  if (node == nullptr) {
    return std::nullopt;
  }
  const toml::value<std::string>* text = node->as_string();
  if (text == nullptr) {
    fail_type(*place_, key, "a string", *node);
  }
  return std::string_view(text->get());
}

std::string_view Table::string(std::string_view key) const {
  std::optional<std::string_view> found = find_string(key);
  if (!found) {
    fail(fmt::format("has no '{}'", key));
  }
  return *found;
}

std::string Table::string_or_empty(std::string_view key) const {
  return std::string(find_string(key).value_or(""));
}

std::optional<std::int64_t> Table::find_integer(std::string_view key) const {
  const toml::node* node = table_->get(key);
  if (node == nullptr) {
    return std::nullopt;
  }
  if (!node->is_integer()) {
    fail_type(*place_, key, "an integer", *node);
  }
  return node->as_integer()->get();
}

std::optional<bool> Table::find_bool(std::string_view key) const {
  const toml::node* node = table_->get(key);
  if (node == nullptr) {
    return std::nullopt;
  }
  if (!node->is_boolean()) {
    fail_type(*place_, key, "a boolean", *node);
  }
  return node->as_boolean()->get();
}

const toml::array* Table::find_array(std::string_view key) const {
  const toml::node* node = table_->get(key);
  if (node == nullptr) {
    return nullptr;
  }
  if (!node->is_array()) {
    fail_type(*place_, key, "a list", *node);
  }
  return node->as_array();
}

std::vector<std::string> Table::strings(std::string_view key) const {
  std::vector<std::string> out;
  const toml::array* array = find_array(key);
  if (array == nullptr) {
    return out;
  }
  out.reserve(array->size());
  for (const toml::node& node : *array) {
    if (!node.is_string()) {
      fail_type(*place_, key, "a list of strings", node);
    }
    out.push_back(node.as_string()->get());
  }
  return out;
}

std::optional<Table> Table::find_table(std::string_view key) const {
  const toml::node* node = table_->get(key);
  if (node == nullptr) {
    return std::nullopt;
  }
  if (!node->is_table()) {
    fail_type(*place_, key, "a table", *node);
  }
  return Table(*node->as_table(), *place_);
}

Table Table::table(std::string_view key) const {
  std::optional<Table> found = find_table(key);
  if (!found) {
    fail(fmt::format("has no '{}'", key));
  }
  return *found;
}

std::string Table::time(std::string_view key) const {
  const toml::node* node = table_->get(key);
  if (node == nullptr) {
    return "";
  }
  if (node->is_string()) {
    return node->as_string()->get();
  }
  if (!node->is_date_time()) {
    fail_type(*place_, key, "a date and time", *node);
  }
  std::ostringstream out;
  out << node->as_date_time()->get();
  return out.str();
}

bool Table::has_string(std::string_view key) const {
  const toml::node* node = table_->get(key);
  return node != nullptr && node->is_string();
}

void Table::for_each_table(const toml::array& array,
                           const std::function<void(const Table&)>& work) const {
  for (const toml::node& node : array) {
    if (!node.is_table()) {
      place_->fail(node,
                   fmt::format("wanted a table in the list, found {}", util::type_name(node)));
    }
    work(Table(*node.as_table(), *place_));
  }
}

void Table::for_each_table(std::string_view key,
                           const std::function<void(const Table&)>& work) const {
  if (const toml::array* array = find_array(key)) {
    for_each_table(*array, work);
  }
}

namespace {

// By memchr(3): std::count looks at each letter.
std::size_t count_lines(std::string_view text) {
  std::size_t lines = 0;
  for (std::size_t at = text.find('\n'); at != std::string_view::npos;
       at = text.find('\n', at + 1)) {
    ++lines;
  }
  return lines;
}

}  // namespace

std::vector<TextPart> cut_at(std::string_view text, std::string_view header, std::size_t parts) {
  if (parts < 2 || text.find("\"\"\"") != std::string_view::npos ||
      text.find("'''") != std::string_view::npos) {
    return {{text, 0}};
  }
  std::string line = "\n" + std::string(header) + "\n";
  std::vector<TextPart> out;
  std::size_t begin = 0;
  std::size_t lines = 0;
  for (std::size_t i = 1; i < parts; ++i) {
    std::size_t found = text.find(line, std::max(begin + 1, text.size() / parts * i));
    if (found == std::string_view::npos) {
      break;
    }
    std::string_view part = text.substr(begin, found + 1 - begin);
    out.push_back({part, lines});
    lines += count_lines(part);
    begin = found + 1;
  }
  out.push_back({text.substr(begin), lines});
  return out;
}

bool has_only(const toml::table& table, std::string_view key) {
  return table.size() == 1 && table.contains(key) && table.get(key)->is_array_of_tables();
}

}  // namespace cartwheel::lock
