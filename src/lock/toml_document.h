#pragma once

// For the .cc files of this folder only: the one wrapper around toml++.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <toml++/toml.h>

#include "util/parallel.h"
#include "util/toml.h"

namespace cartwheel::lock {

// Where a part of a lock stands, for messages.
struct Place {
  std::string_view file;
  std::size_t lines_before = 0;  // lines of the file before the part that toml++ was given
  std::string_view package;      // "" outside of packages

  // Error{malformed} "FILE:LINE: package 'NAME': MESSAGE".
  [[noreturn]] void fail(const toml::node& node, const std::string& message) const;
  std::size_t line(const toml::node& node) const { return node.source().begin.line + lines_before; }
  std::string str(std::size_t line) const;  // "FILE:LINE: package 'NAME'"
};

// Typed access to a table of untrusted TOML. What is absent is nothing; what has the wrong type is
// Error{malformed} that says what was wanted and found. Views live as long as the table.
class Table {
 public:
  Table(const toml::table& table, const Place& place) : table_(&table), place_(&place) {}

  std::optional<std::string_view> find_string(std::string_view key) const;
  std::string_view string(std::string_view key) const;  // must be there
  std::string string_or_empty(std::string_view key) const;
  std::optional<std::int64_t> find_integer(std::string_view key) const;
  std::optional<bool> find_bool(std::string_view key) const;
  std::vector<std::string> strings(std::string_view key) const;
  std::optional<Table> find_table(std::string_view key) const;
  Table table(std::string_view key) const;  // must be there
  // A date-time as RFC 3339 text, or a string as it stands; "" when absent.
  std::string time(std::string_view key) const;
  const toml::array* find_array(std::string_view key) const;
  // Calls work for each table of the array under the key; nothing for none.
  void for_each_table(std::string_view key, const std::function<void(const Table&)>& work) const;
  // Calls work(key, table) for each table of the array.
  void for_each_table(const toml::array& array,
                      const std::function<void(const Table&)>& work) const;

  bool has(std::string_view key) const { return table_->contains(key); }
  bool has_string(std::string_view key) const;  // where something else may stand as well
  const toml::table& node() const { return *table_; }
  const Place& place() const { return *place_; }
  std::size_t line() const { return place_->line(*table_); }
  Table within(const Place& place) const { return {*table_, place}; }
  [[noreturn]] void fail(const std::string& message) const { place_->fail(*table_, message); }
  [[noreturn]] void fail_at(std::string_view key, const std::string& message) const;

 private:
  const toml::table* table_;
  const Place* place_;
};

// A text cut at lines that are exactly `header` ("[[package]]"), so that each part is TOML of its
// own; of about equal size. One part when the text is small, or has a multi-line string that could
// hold such a line.
struct TextPart {
  std::string_view text;
  std::size_t lines_before = 0;
};
std::vector<TextPart> cut_at(std::string_view text, std::string_view header, std::size_t parts);

// Whether a part after the first has nothing but the array of tables named `key`.
bool has_only(const toml::table& table, std::string_view key);

// Calls read(Table) for every part of a lock whose bulk is the array of tables `key`, on as many
// threads as help, and gives the results in the order of the text. A text that does not fall into
// parts cleanly is read as one, so that errors are those of the whole text.
template <typename Result, typename Read>
std::vector<Result> read_parts(std::string_view file,
                               std::string_view text,
                               const std::string& key,
                               Read read) {
  constexpr std::size_t kWorthAThread = 128 << 10;
  std::size_t threads = std::min<std::size_t>(util::available_threads(), 4);
  std::vector<TextPart> parts =
      cut_at(text,
             "[[" + key + "]]",
             threads == 1 ? 1 : std::min(threads * 2, text.size() / kWorthAThread));
  std::vector<std::optional<Result>> results(parts.size());
  std::vector<char> clean(parts.size(), 1);
  auto read_part = [&](std::size_t i) {
    Place place{file, parts[i].lines_before, {}};
    if (parts.size() == 1) {
      toml::table table = util::parse_toml(file, parts[i].text);
      results[i] = read(Table(table, place));
      return;
    }
    try {
      toml::table table = toml::parse(parts[i].text);
      clean[i] = i == 0 || has_only(table, key) ? 1 : 0;
      results[i] = clean[i] != 0 ? std::optional<Result>(read(Table(table, place))) : std::nullopt;
    } catch (const toml::parse_error&) {
      clean[i] = 0;
    }
  };
  util::parallel_for(parts.size(), threads, read_part);
  if (std::find(clean.begin(), clean.end(), 0) != clean.end()) {
    parts = {{text, 0}};
    results.assign(1, std::nullopt);
    read_part(0);
  }
  std::vector<Result> out;
  out.reserve(results.size());
  for (std::optional<Result>& result : results) {
    out.push_back(std::move(*result));
  }
  return out;
}

}  // namespace cartwheel::lock
