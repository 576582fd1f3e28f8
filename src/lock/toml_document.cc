#include "lock/toml_document.h"

#include <algorithm>
#include <sstream>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "core/url.h"
#include "lock/plain_toml.h"
#include "util/error.h"

namespace cartwheel::lock {

using util::Error;
using util::ErrorKind;

namespace {

using Kind = Node::Kind;

const char* kind_of(const Node& node) {
  switch (node.kind) {
    case Kind::table:
      return "a table";
    case Kind::array:
      return "an array";
    case Kind::string:
      return "a string";
    case Kind::integer:
      return "an integer";
    case Kind::floating:
      return "a float";
    case Kind::boolean:
      return "a boolean";
    default:
      return "a date or time";
  }
}

[[noreturn]] void fail_type(const Place& place,
                            std::string_view key,
                            const char* wanted,
                            const Node& found) {
  place.fail(found, fmt::format("'{}': wanted {}, found {}", key, wanted, kind_of(found)));
}

// ---- what toml++ read, as nodes ----

template <typename Date>
std::string time_text(const Date& date) {
  std::ostringstream out;
  out << date;
  return out.str();
}

void convert(const toml::node& from, Document& document, Node& to);

Node* converted(const toml::node& from, Document& document) {
  Node* to = document.add(Kind::table, from.source().begin.line);
  convert(from, document, *to);
  return to;
}

void convert(const toml::node& from, Document& document, Node& to) {
  if (const toml::table* table = from.as_table()) {
    for (const auto& [key, value] : *table) {
      Node* entry = converted(value, document);
      entry->key = document.keep(std::string(key.str()));
      to.append(entry);
    }
  } else if (const toml::array* array = from.as_array()) {
    to.kind = Kind::array;
    for (const toml::node& element : *array) {
      to.append(converted(element, document));
    }
  } else if (const auto* text = from.as_string()) {
    to.kind = Kind::string;
    to.text = document.keep(text->get());
  } else if (const auto* integer = from.as_integer()) {
    to.kind = Kind::integer;
    to.integer = integer->get();
  } else if (const auto* boolean = from.as_boolean()) {
    to.kind = Kind::boolean;
    to.integer = boolean->get() ? 1 : 0;
  } else if (from.is_floating_point()) {
    to.kind = Kind::floating;
  } else {
    to.kind = Kind::time;
    if (const auto* time = from.as_date_time()) {  // a date or a time alone is none for us
      to.text = document.keep(time_text(time->get()));
    }
  }
}

Document parse_any(std::string_view text) {
  const toml::table table = toml::parse(text);
  Document document;
  convert(table, document, document.root());
  document.root().line = table.source().begin.line;
  return document;
}

}  // namespace

std::string Place::str(std::size_t line) const {
  return package.empty() ? fmt::format("{}:{}", file, line)
                         : fmt::format("{}:{}: package '{}'", file, line, package);
}

void Place::fail(const Node& node, const std::string& message) const {
  throw Error(ErrorKind::malformed, str(line(node)) + ": " + core::redacted(message));
}

void Table::fail_at(std::string_view key, const std::string& message) const {
  const Node* node = table_->find(key);
  place_->fail(node == nullptr ? *table_ : *node, message);
}

std::optional<std::string_view> Table::find_string(std::string_view key) const {
  const Node* node = table_->find(key);
  if (node == nullptr) {
    return std::nullopt;
  }
  if (node->kind != Kind::string) {
    fail_type(*place_, key, "a string", *node);
  }
  return node->text;
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
  const Node* node = table_->find(key);
  if (node == nullptr) {
    return std::nullopt;
  }
  if (node->kind != Kind::integer) {
    fail_type(*place_, key, "an integer", *node);
  }
  return node->integer;
}

std::optional<bool> Table::find_bool(std::string_view key) const {
  const Node* node = table_->find(key);
  if (node == nullptr) {
    return std::nullopt;
  }
  if (node->kind != Kind::boolean) {
    fail_type(*place_, key, "a boolean", *node);
  }
  return node->integer != 0;
}

const Node* Table::find_array(std::string_view key) const {
  const Node* node = table_->find(key);
  if (node == nullptr) {
    return nullptr;
  }
  if (node->kind != Kind::array) {
    fail_type(*place_, key, "an array", *node);
  }
  return node;
}

std::vector<std::string> Table::strings(std::string_view key) const {
  std::vector<std::string> out;
  const Node* array = find_array(key);
  if (array == nullptr) {
    return out;
  }
  out.reserve(array->count());
  for (const Node* node = array->first; node != nullptr; node = node->next) {
    if (node->kind != Kind::string) {
      fail_type(*place_, key, "an array of strings", *node);
    }
    out.emplace_back(node->text);
  }
  return out;
}

std::optional<Table> Table::find_table(std::string_view key) const {
  const Node* node = table_->find(key);
  if (node == nullptr) {
    return std::nullopt;
  }
  if (node->kind != Kind::table) {
    fail_type(*place_, key, "a table", *node);
  }
  return Table(*node, *place_);
}

Table Table::table(std::string_view key) const {
  std::optional<Table> found = find_table(key);
  if (!found) {
    fail(fmt::format("has no '{}'", key));
  }
  return *found;
}

std::string Table::time(std::string_view key) const {
  const Node* node = table_->find(key);
  if (node == nullptr) {
    return "";
  }
  bool is_time = node->kind == Kind::string || (node->kind == Kind::time && !node->text.empty());
  if (!is_time) {
    fail_type(*place_, key, "a date and time", *node);
  }
  return std::string(node->text);
}

std::vector<std::string_view> Table::keys() const {
  std::vector<std::string_view> out;
  for (const Node* node = table_->first; node != nullptr; node = node->next) {
    out.push_back(node->key);
  }
  std::sort(out.begin(), out.end());
  return out;
}

void Table::for_each_table(const Node& array, const std::function<void(const Table&)>& work) const {
  for (const Node* node = array.first; node != nullptr; node = node->next) {
    if (node->kind != Kind::table) {
      place_->fail(*node, fmt::format("wanted a table in the array, found {}", kind_of(*node)));
    }
    work(Table(*node, *place_));
  }
}

void Table::for_each_table(std::string_view key,
                           const std::function<void(const Table&)>& work) const {
  if (const Node* array = find_array(key)) {
    for_each_table(*array, work);
  }
}

Document parse_toml(std::string_view file, std::string_view text) {
  if (std::optional<Document> plain = parse_plain(text)) {
    return std::move(*plain);
  }
  try {
    return parse_any(text);
  } catch (const toml::parse_error& error) {
    throw Error(
        ErrorKind::malformed,
        fmt::format("{}:{}: not TOML: {}", file, error.source().begin.line, error.description()));
  }
}

std::optional<Document> find_toml(std::string_view text) {
  if (std::optional<Document> plain = parse_plain(text)) {
    return plain;
  }
  try {
    return parse_any(text);
  } catch (const toml::parse_error&) {
    return std::nullopt;
  }
}

namespace {

// By memchr(3): std::count looks at each byte.
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

bool has_only(const Node& table, std::string_view key) {
  const Node* only = table.first;
  if (only == nullptr || only->next != nullptr || only->key != key || only->kind != Kind::array) {
    return false;
  }
  for (const Node* node = only->first; node != nullptr; node = node->next) {
    if (node->kind != Kind::table) {
      return false;
    }
  }
  return only->first != nullptr;
}

}  // namespace cartwheel::lock
