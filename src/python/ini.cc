// https://docs.python.org/3/library/configparser.html#supported-ini-file-structure

#include "python/ini.h"

#include <algorithm>

#include <fmt/format.h>

#include "util/error.h"

namespace cartwheel::python {

namespace {

constexpr std::string_view kSpace = " \t\n\r\v\f";
constexpr std::string_view kDefault = "DEFAULT";

std::string_view right_trimmed(std::string_view text) {
  return text.substr(0, text.find_last_not_of(kSpace) + 1);  // npos + 1 is 0
}

std::string_view trimmed(std::string_view text) {
  text = right_trimmed(text);
  return text.substr(std::min(text.find_first_not_of(kSpace), text.size()));
}

class IniReader {
 public:
  std::vector<IniSection> read(std::string_view text) {
    while (!text.empty()) {
      std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
      ++line_;
      take(text.substr(0, end));
      std::size_t length = text.substr(end).starts_with("\r\n") ? 2 : 1;
      text.remove_prefix(std::min(end + length, text.size()));
    }
    for (IniSection& section : sections_) {
      for (auto& [name, value] : section.values) {
        value = right_trimmed(value);
      }
    }
    return with_defaults();
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw util::Error(util::ErrorKind::malformed, fmt::format("line {}: {}", line_, what));
  }

  void take(std::string_view line) {
    std::string_view content = trimmed(line);
    if (content.starts_with('#') || content.starts_with(';')) {
      return;
    }
    if (content.empty()) {
      if (has_value_) {
        value() += '\n';
      }
      return;
    }
    std::size_t indent = line.find_first_not_of(kSpace);
    if (has_value_ && indent > indent_) {
      value() += '\n' + std::string(content);
      return;
    }
    indent_ = indent;
    std::size_t bracket = content.find(']');
    if (content.starts_with('[') && bracket != std::string_view::npos && bracket > 1) {
      begin_section(content.substr(1, bracket - 1));
    } else {
      begin_value(content);
    }
  }

  std::string& value() { return sections_.back().values.back().second; }

  void begin_section(std::string_view name) {
    if (std::ranges::find(sections_, name, &IniSection::name) != sections_.end()) {
      fail(fmt::format("the section '{}' a second time", name));
    }
    sections_.push_back({.name = std::string(name), .values = {}});
    has_value_ = false;
  }

  void begin_value(std::string_view content) {
    if (sections_.empty()) {
      fail("wanted a section in brackets first");
    }
    std::size_t equals = content.find('=');
    std::string name(right_trimmed(content.substr(0, equals)));
    if (equals == std::string_view::npos || name.empty()) {
      fail(fmt::format("wanted 'NAME = VALUE', found '{}'", content.substr(0, 200)));
    }
    auto& values = sections_.back().values;
    if (std::ranges::find(values, name, [](const auto& one) { return one.first; }) !=
        values.end()) {
      fail(fmt::format("'{}' a second time in '{}'", name, sections_.back().name));
    }
    values.emplace_back(std::move(name), trimmed(content.substr(equals + 1)));
    has_value_ = true;
  }

  std::vector<IniSection> with_defaults() {
    auto defaults = std::ranges::find(sections_, kDefault, &IniSection::name);
    if (defaults == sections_.end()) {
      return std::move(sections_);
    }
    IniSection common = std::move(*defaults);
    sections_.erase(defaults);
    for (IniSection& section : sections_) {
      std::size_t own = section.values.size();
      for (const auto& value : common.values) {
        if (std::none_of(section.values.begin(),
                         section.values.begin() + static_cast<std::ptrdiff_t>(own),
                         [&](const auto& one) { return one.first == value.first; })) {
          section.values.push_back(value);
        }
      }
    }
    return std::move(sections_);
  }

  std::vector<IniSection> sections_;
  std::size_t line_ = 0;
  std::size_t indent_ = 0;  // of the line that began the value or section
  bool has_value_ = false;  // the last section's last one, which may go on
};

}  // namespace

std::vector<IniSection> parse_ini(std::string_view text) { return IniReader().read(text); }

}  // namespace cartwheel::python
