#include "util/text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>

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

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      std::size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row[b.size()];
}

}  // namespace

std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates) {
  std::size_t best = std::max<std::size_t>(1, word.size() / 3) + 1;
  std::optional<std::string> found;
  for (const std::string& candidate : candidates) {
    std::size_t distance = edit_distance(word, candidate);
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

// Matches one component's class "[a-z]" or "[!a-z]" at pattern[0]; sets length to the class's own length.
bool class_matches(std::string_view pattern, char letter, std::size_t& length) {
  std::size_t i = 1;
  bool negated = i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^');
  i += negated ? 1 : 0;
  bool found = false;
  for (bool first = true; i < pattern.size() && (first || pattern[i] != ']'); first = false) {
    char low = pattern[i++];
    char high = low;
    if (i + 1 < pattern.size() && pattern[i] == '-' && pattern[i + 1] != ']') {
      high = pattern[i + 1];
      i += 2;
    }
    found = found || (letter >= low && letter <= high);
  }
  length = i + 1;
  return found != negated;
}

bool component_matches(std::string_view pattern, std::string_view text) {
  while (!pattern.empty()) {
    if (pattern[0] == '*') {
      for (std::size_t i = 0; i <= text.size(); ++i) {
        if (component_matches(pattern.substr(1), text.substr(i))) {
          return true;
        }
      }
      return false;
    }
    if (text.empty()) {
      return false;
    }
    std::size_t length = 1;
    if (pattern[0] == '[' && pattern.find(']', 2) != std::string_view::npos) {
      if (!class_matches(pattern, text[0], length)) {
        return false;
      }
    } else {
      if (pattern[0] == '\\' && pattern.size() > 1) {
        pattern.remove_prefix(1);
        if (pattern[0] != text[0]) {
          return false;
        }
      } else if (pattern[0] != '?' && pattern[0] != text[0]) {
        return false;
      }
    }
    pattern.remove_prefix(std::min(length, pattern.size()));
    text.remove_prefix(1);
  }
  return text.empty();
}

bool components_match(std::span<const std::string_view> pattern, std::span<const std::string_view> path) {
  if (pattern.empty()) {
    return path.empty();
  }
  if (pattern[0] == "**") {
    // a final '**' stands for what is below, so for at least one component
    std::size_t least = pattern.size() == 1 ? 1 : 0;
    for (std::size_t i = least; i <= path.size(); ++i) {
      if (components_match(pattern.subspan(1), path.subspan(i))) {
        return true;
      }
    }
    return false;
  }
  return !path.empty() && component_matches(pattern[0], path[0]) &&
         components_match(pattern.subspan(1), path.subspan(1));
}

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view path) {
  std::vector<std::string_view> pattern_parts = split(pattern, '/');
  std::vector<std::string_view> path_parts = split(path, '/');
  return components_match(pattern_parts, path_parts);
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
  auto at = [&](std::size_t i) { return i < text.size() ? static_cast<std::uint8_t>(text[i]) : std::uint8_t{0}; };
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
