#include <algorithm>

#include <fmt/format.h>

#include "settings/reading.h"
#include "util/text.h"

namespace cartwheel::settings {

namespace {

bool is_sha256(const std::string& text) {
  constexpr std::size_t kDigits = 64;
  return text.size() == kDigits && std::ranges::all_of(text, [](char letter) {
           return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'f');
         });
}

void check_url(const TableReader& entry, const DataEntry& data) {
  if (!data.url.starts_with("https://") && !data.url.starts_with("http://") &&
      !data.url.starts_with("file://")) {
    entry.fail("url", "wanted an address that begins with https://, http:// or file://");
  }
  if (!is_sha256(data.sha256)) {
    entry.fail(
        "sha256",
        fmt::format("'{}': wanted the 64 hexadecimal digits of the file's SHA-256", data.sha256));
  }
  if (!data.include.empty() || !data.exclude.empty()) {
    entry.fail(data.include.empty() ? "exclude" : "include", "a file behind a url is taken whole");
  }
}

void check_from(const TableReader& entry, const DataEntry& data) {
  if (data.from.empty() || data.from.starts_with('/')) {
    entry.fail("from", fmt::format("'{}': wanted a path relative to the project", data.from));
  }
  if (!data.sha256.empty()) {
    entry.fail("sha256", "is for a url: what lies here is hashed here");
  }
}

DataEntry read_entry(TableReader& entry) {
  DataEntry data;
  take(data.from, entry.text("from"));
  take(data.url, entry.text("url"));
  take(data.sha256, entry.text("sha256"));
  take(data.to, entry.text("to"));
  take(data.include, entry.texts("include"));
  take(data.exclude, entry.texts("exclude"));
  entry.finish();
  data.sha256 = util::lower(data.sha256);
  if (!data.from.empty() && !data.url.empty()) {
    entry.fail("url", "there is a from as well: one entry takes one of them");
  }
  if (data.url.empty()) {
    check_from(entry, data);
  } else {
    check_url(entry, data);
  }
  if (!is_plain_absolute(data.to)) {
    entry.fail("to", fmt::format("'{}': wanted an absolute path in the image", data.to));
  }
  if (const std::string link = linked_folder(data.to); !link.empty()) {
    entry.fail("to",
               fmt::format("'{}': {} is a link in the base: name what it leads to", data.to, link));
  }
  return data;
}

}  // namespace

void read_data(TableReader& table, Settings& settings) {
  std::vector<TableReader> entries = table.tables("data");
  if (!entries.empty()) {
    settings.data.clear();  // of the table that a variant varies
  }
  for (TableReader& entry : entries) {
    settings.data.push_back(read_entry(entry));
  }
}

}  // namespace cartwheel::settings
