#include "settings/table_reader.h"

#include <cctype>
#include <charconv>

#include <fmt/format.h>

#include "util/text.h"
#include "util/toml.h"

namespace cartwheel::settings {

using util::Error;
using util::ErrorKind;

std::string place_of(const std::string& file, const toml::node& node) {
  return fmt::format("{}:{}: ", file, node.source().begin.line);
}

namespace {

// "512 MiB", "1GB", "1024" → bytes.
std::optional<std::uint64_t> parse_bytes(std::string_view text) {
  static const std::map<std::string, std::uint64_t> kUnits{
      {"", 1},
      {"b", 1},
      {"kb", 1000},
      {"mb", 1000000},
      {"gb", 1000000000},
      {"kib", 1U << 10},
      {"mib", 1U << 20},
      {"gib", 1U << 30},
  };
  std::uint64_t number = 0;
  auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string unit = util::lower(util::trim(
      std::string_view(rest, static_cast<std::size_t>(text.data() + text.size() - rest))));
  auto found = kUnits.find(unit);
  constexpr std::uint64_t kMost = 1ULL << 40;
  if (error != std::errc() || found == kUnits.end() || number > kMost / found->second) {
    return std::nullopt;
  }
  return number * found->second;
}

}  // namespace

const toml::node* TableReader::take(const std::string& key) {
  asked_.insert(key);
  return table_.get(key);
}

std::string TableReader::path_of(const std::string& key) const {
  return name_.empty() ? key : name_ + "." + key;
}

void TableReader::fail(const std::string& key, const std::string& message) const {
  const toml::node* node = table_.get(key);
  throw Error(
      ErrorKind::usage,
      fmt::format(
          "{}{}: {}", place_of(file_, node != nullptr ? *node : table_), path_of(key), message));
}

void TableReader::fail_type(const std::string& key,
                            const toml::node& node,
                            const std::string& wanted) const {
  fail(key, fmt::format("wanted {}, found {}", wanted, util::type_name(node)));
}

std::optional<std::string> TableReader::text(const std::string& key) {
  const toml::node* node = take(key);
  if (node == nullptr) {
    return std::nullopt;
  }
  if (!node->is_string()) {
    fail_type(key, *node, "a string");
  }
  return node->as_string()->get();
}

std::optional<bool> TableReader::boolean(const std::string& key) {
  const toml::node* node = take(key);
  if (node == nullptr) {
    return std::nullopt;
  }
  if (!node->is_boolean()) {
    fail_type(key, *node, "true or false");
  }
  return node->as_boolean()->get();
}

std::optional<std::int64_t> TableReader::integer(const std::string& key) {
  const toml::node* node = take(key);
  if (node == nullptr) {
    return std::nullopt;
  }
  if (!node->is_integer()) {
    fail_type(key, *node, "an integer");
  }
  return node->as_integer()->get();
}

std::optional<std::uint64_t> TableReader::bytes(const std::string& key) {
  const toml::node* node = take(key);
  if (node == nullptr) {
    return std::nullopt;
  }
  std::optional<std::uint64_t> value;
  if (node->is_integer() && node->as_integer()->get() > 0) {
    value = static_cast<std::uint64_t>(node->as_integer()->get());
  } else if (node->is_string()) {
    value = parse_bytes(node->as_string()->get());
  }
  if (!value || *value == 0) {
    fail_type(key, *node, "a size as 536870912 or \"512 MiB\"");
  }
  return value;
}

std::optional<std::vector<std::string>> TableReader::texts(const std::string& key) {
  const toml::node* node = take(key);
  if (node == nullptr) {
    return std::nullopt;
  }
  if (!node->is_array()) {
    fail_type(key, *node, "a list of strings");
  }
  std::vector<std::string> out;
  for (const toml::node& element : *node->as_array()) {
    if (!element.is_string()) {
      fail_type(key, element, "a list of strings");
    }
    out.push_back(element.as_string()->get());
  }
  return out;
}

std::optional<std::map<std::string, std::string>> TableReader::text_map(const std::string& key) {
  const toml::node* node = take(key);
  if (node == nullptr) {
    return std::nullopt;
  }
  if (!node->is_table()) {
    fail_type(key, *node, "a table of strings");
  }
  std::map<std::string, std::string> out;
  for (const auto& [name, value] : *node->as_table()) {
    if (!value.is_string()) {
      fail(key,
           fmt::format(
               "'{}': wanted a string, found {}", std::string(name.str()), util::type_name(value)));
    }
    out.emplace(name.str(), value.as_string()->get());
  }
  return out;
}

std::optional<std::map<std::string, std::vector<std::string>>> TableReader::texts_map(
    const std::string& key) {
  const toml::node* node = take(key);
  if (node == nullptr) {
    return std::nullopt;
  }
  if (!node->is_table()) {
    fail_type(key, *node, "a table of lists");
  }
  std::map<std::string, std::vector<std::string>> out;
  TableReader inner(file_, path_of(key), *node->as_table());
  for (const auto& [name, value] : *node->as_table()) {
    out.emplace(name.str(), *inner.texts(std::string(name.str())));
  }
  return out;
}

std::map<std::string, std::vector<std::string>> TableReader::texts_by_name(const std::string& key) {
  const toml::node* node = take(key);
  if (node == nullptr) {
    return {};
  }
  if (node->is_array()) {
    return {{"", *texts(key)}};
  }
  if (!node->is_table()) {
    fail_type(key, *node, "a list of strings, or a table of lists");
  }
  return *texts_map(key);
}

TableReader TableReader::table(const std::string& key) {
  const toml::node* node = take(key);
  if (node == nullptr || !node->is_table()) {
    throw Error(ErrorKind::internal, path_of(key) + " is no table");
  }
  return {file_, path_of(key), *node->as_table()};
}

std::vector<TableReader> TableReader::tables(const std::string& key) {
  const toml::node* node = take(key);
  std::vector<TableReader> out;
  if (node == nullptr) {
    return out;
  }
  if (!node->is_array_of_tables()) {
    fail_type(key, *node, fmt::format("tables as [[{}]]", path_of(key)));
  }
  for (const toml::node& element : *node->as_array()) {
    out.emplace_back(file_, path_of(key), *element.as_table());
  }
  return out;
}

std::map<std::string, TableReader> TableReader::named_tables(const std::string& key) {
  const toml::node* node = take(key);
  std::map<std::string, TableReader> out;
  if (node == nullptr) {
    return out;
  }
  if (!node->is_table()) {
    fail_type(key, *node, fmt::format("tables as [{}.NAME]", path_of(key)));
  }
  TableReader inner(file_, path_of(key), *node->as_table());
  for (const auto& [name, value] : *node->as_table()) {
    std::string text(name.str());
    if (!value.is_table()) {
      inner.fail_type(text, value, "a table");
    }
    out.emplace(text, TableReader(file_, inner.path_of(text), *value.as_table()));
  }
  return out;
}

std::string TableReader::place(const std::string& key) const {
  const toml::node* node = table_.get(key);
  return node == nullptr ? "" : settings::place_of(file_, *node) + path_of(key);
}

void TableReader::finish() const {
  const toml::node* first = nullptr;
  std::string unknown;
  for (const auto& [key, value] : table_) {
    if (!asked_.contains(std::string(key.str())) &&
        (first == nullptr || value.source().begin.line < first->source().begin.line)) {
      first = &value;
      unknown = key.str();
    }
  }
  if (first != nullptr) {
    std::vector<std::string> known(asked_.begin(), asked_.end());
    fail(unknown, "unknown key" + util::did_you_mean(unknown, known));
  }
}

}  // namespace cartwheel::settings
