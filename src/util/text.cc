#include "util/text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <utility>

#include <fmt/format.h>

namespace cartwheel::util {

std::string_view trim(std::string_view text) {
  std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& letter : out) {
    if (letter >= 'A' && letter <= 'Z') {
      letter = static_cast<char>(letter - 'A' + 'a');
    }
  }
  return out;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) {
      return parts;
    }
    text.remove_prefix(at + 1);
  }
}

std::vector<std::string_view> lines(std::string_view text) {
  std::vector<std::string_view> out = split(text, '\n');
  if (out.back().empty()) {
    out.pop_back();
  }
  for (std::string_view& line : out) {
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
  }
  return out;
}

std::string join(std::span<const std::string> parts, std::string_view separator) {
  return fmt::format("{}", fmt::join(parts, separator));
}

namespace {

// Letters put in, left out, changed, or two neighbours swapped.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  std::vector<std::size_t> above(b.size() + 1);  // the row before, and the one before that
  std::vector<std::size_t> above_it(b.size() + 1);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    above_it.swap(above);
    above.swap(row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      std::size_t substituted = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, substituted});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], above_it[j - 2] + 1);
      }
    }
  }
  return row[b.size()];
}

}  // namespace

std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates) {
  std::size_t best = std::max<std::size_t>(1, word.size() / 3) + 1;
  const std::string small = lower(word);
  std::optional<std::string> found;
  for (const std::string& candidate : candidates) {
    std::size_t distance = edit_distance(small, lower(candidate));
    if (distance < best) {
      best = distance;
      found = candidate;
    }
  }
  return found;
}

std::string did_you_mean(std::string_view word, std::span<const std::string> candidates) {
  std::optional<std::string> name = nearest(word, candidates);
  return name ? fmt::format(" (did you mean '{}'?)", *name) : "";
}

namespace {

// The length of the class "[a-z]" or "[!a-z]" at pattern[0], or 0 where its ']' is missing. A ']'
// that comes first belongs to the class.
std::size_t class_length(std::string_view pattern) {
  std::size_t first = pattern.size() > 1 && (pattern[1] == '!' || pattern[1] == '^') ? 2 : 1;
  std::size_t end = pattern.find(']', first + 1);
  return end == std::string_view::npos ? 0 : end + 1;
}

// `inside`: what stands between '[' and ']'.
bool class_matches(std::string_view inside, char letter) {
  bool negated = inside[0] == '!' || inside[0] == '^';
  inside.remove_prefix(negated ? 1 : 0);
  bool found = false;
  while (!inside.empty()) {
    bool range = inside.size() > 2 && inside[1] == '-';
    char high = range ? inside[2] : inside[0];
    found = found || (letter >= inside[0] && letter <= high);
    inside.remove_prefix(range ? 3 : 1);
  }
  return found != negated;
}

// The length of what stands at the pattern's front for one letter, when it matches that; 0 when it
// does not.
std::size_t letter_match(std::string_view pattern, char letter) {
  if (pattern.empty()) {
    return 0;
  }
  if (std::size_t length = pattern[0] == '[' ? class_length(pattern) : 0; length > 0) {
    return class_matches(pattern.substr(1, length - 2), letter) ? length : 0;
  }
  if (pattern[0] == '\\' && pattern.size() > 1) {
    return pattern[1] == letter ? 2 : 0;
  }
  return pattern[0] == '?' || pattern[0] == letter ? 1 : 0;
}

// After a mismatch only the last '*' is given one letter more, so that time is at most the product
// of both lengths.
bool component_matches(std::string_view pattern, std::string_view text) {
  std::optional<std::pair<std::string_view, std::string_view>>
      star;  // what follows the last '*', and its text
  for (;;) {
    if (!pattern.empty() && pattern[0] == '*') {
      pattern.remove_prefix(1);
      star = {pattern, text};
      continue;
    }
    if (text.empty() && pattern.empty()) {
      return true;
    }
    std::size_t length = text.empty() ? 0 : letter_match(pattern, text[0]);
    if (length > 0) {
      pattern.remove_prefix(length);
      text.remove_prefix(1);
      continue;
    }
    if (!star || star->second.empty()) {
      return false;
    }
    star->second.remove_prefix(1);
    pattern = star->first;
    text = star->second;
  }
}

// The same with components for letters and '**' for '*'. A final '**' stands for what is below, so
// for at least one.
bool components_match(std::span<const std::string_view> pattern,
                      std::span<const std::string_view> path) {
  using Parts = std::span<const std::string_view>;
  std::optional<std::pair<Parts, Parts>> stars;
  for (;;) {
    if (!pattern.empty() && pattern[0] == "**") {
      pattern = pattern.subspan(1);
      if (pattern.empty()) {
        return !path.empty();
      }
      stars = {pattern, path};
      continue;
    }
    if (path.empty() && pattern.empty()) {
      return true;
    }
    if (!path.empty() && !pattern.empty() && component_matches(pattern[0], path[0])) {
      pattern = pattern.subspan(1);
      path = path.subspan(1);
      continue;
    }
    if (!stars || stars->second.empty()) {
      return false;
    }
    stars->second = stars->second.subspan(1);
    pattern = stars->first;
    path = stars->second;
  }
}

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view path) {
  std::vector<std::string_view> pattern_parts = split(pattern, '/');
  std::vector<std::string_view> path_parts = split(path, '/');
  return components_match(pattern_parts, path_parts);
}

std::string count(std::size_t number, std::string_view noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

std::string human_bytes(unsigned long long bytes) {
  static constexpr std::array<const char*, 6> kUnits{"B", "kB", "MB", "GB", "TB", "PB"};
  if (bytes < 1000) {
    return fmt::format("{} B", bytes);
  }
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 999.95 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

namespace {

// The length of the well-formed sequence at the front (Unicode 15, table 3-7), or 0.
std::size_t sequence_length(std::string_view text) {
  auto at = [&](std::size_t i) {
    return i < text.size() ? static_cast<std::uint8_t>(text[i]) : std::uint8_t{0};
  };
  auto continues = [&](std::size_t i) { return (at(i) & 0xC0) == 0x80; };
  std::uint8_t first = at(0);
  if (first < 0x80) {
    return 1;
  }
  if (first >= 0xC2 && first <= 0xDF) {
    return continues(1) ? 2 : 0;
  }
  if (first >= 0xE0 && first <= 0xEF) {
    bool second = first == 0xE0 ? at(1) >= 0xA0 : (first != 0xED || at(1) <= 0x9F);
    return second && continues(1) && continues(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    bool second = first == 0xF0 ? at(1) >= 0x90 : (first != 0xF4 || at(1) <= 0x8F);
    return second && continues(1) && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

bool is_valid_utf8(std::string_view text) {
  while (!text.empty()) {
    std::size_t length = sequence_length(text);
    if (length == 0) {
      return false;
    }
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace cartwheel::util
