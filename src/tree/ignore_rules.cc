#include <algorithm>
#include <vector>

#include "tree/tree.h"
#include "util/text.h"

namespace cartwheel::tree {

namespace {

// Trailing spaces are dropped unless the last one is quoted with a backslash (gitignore(5)).
std::string_view without_trailing_spaces(std::string_view line) {
  while (line.ends_with(' ') && !line.ends_with("\\ ")) {
    line.remove_suffix(1);
  }
  return line;
}

// `path` relative to `base`, or nothing when it does not lie below.
std::optional<std::string_view> below(std::string_view path, std::string_view base) {
  if (base.empty()) {
    return path;
  }
  bool inside = path.size() > base.size() && path.starts_with(base) && path[base.size()] == '/';
  return inside ? std::optional(path.substr(base.size() + 1)) : std::nullopt;
}

}  // namespace

void IgnoreRules::add(std::string_view text, const std::string& base) {
  for (std::string_view line : util::lines(text)) {
    line = without_trailing_spaces(line);
    if (!line.empty() && !line.starts_with('#')) {
      add_pattern(std::string(line), base);
    }
  }
}

void IgnoreRules::add_pattern(const std::string& pattern, const std::string& base) {
  Rule rule{.base = base, .pattern = pattern};
  if (rule.pattern.starts_with('!')) {
    rule.negated = true;
    rule.pattern.erase(0, 1);
  } else if (rule.pattern.starts_with("\\!") || rule.pattern.starts_with("\\#")) {
    rule.pattern.erase(0, 1);
  }
  if (rule.pattern.ends_with('/')) {
    rule.directories_only = true;
    rule.pattern.pop_back();
  }
  rule.anchored = rule.pattern.find('/') != std::string::npos;
  if (rule.pattern.starts_with('/')) {
    rule.pattern.erase(0, 1);
  }
  if (!rule.pattern.empty()) {
    rules_.push_back(std::move(rule));
  }
}

void IgnoreRules::add_docker(std::string_view text) {
  for (std::string_view line : util::lines(text)) {
    line = util::trim(line);
    Rule rule{.negated = line.starts_with('!'), .anchored = true, .with_all_below = true};
    if (rule.negated) {
      line = util::trim(line.substr(1));
    }
    if (line.starts_with('#')) {
      continue;
    }
    if (line.empty()) {
      continue;
    }
    // as Docker cleans it: "./x", "/x", "x/" and "a/../x" are x
    rule.pattern = std::filesystem::path("/" + std::string(line)).lexically_normal().string();
    rule.pattern.erase(0, 1);
    if (rule.pattern.ends_with('/')) {
      rule.pattern.pop_back();
    }
    if (!rule.pattern.empty()) {
      rules_.push_back(std::move(rule));
    }
  }
}

bool IgnoreRules::Rule::matches(std::string_view relative, bool is_directory) const {
  std::optional<std::string_view> path = below(relative, base);
  if (!path || (directories_only && !is_directory)) {
    return false;
  }
  if (!anchored) {
    return util::glob_matches(pattern, path->substr(path->rfind('/') + 1));
  }
  if (util::glob_matches(pattern, *path)) {
    return true;
  }
  for (std::size_t slash = path->rfind('/'); with_all_below && slash != std::string_view::npos;
       slash = path->substr(0, slash).rfind('/')) {
    if (util::glob_matches(pattern, path->substr(0, slash))) {
      return true;
    }
  }
  return false;
}

bool IgnoreRules::ignores(const std::string& relative, bool is_directory) const {
  auto last = std::find_if(rules_.rbegin(), rules_.rend(), [&](const Rule& rule) {
    return rule.matches(relative, is_directory);
  });
  return last != rules_.rend() && !last->negated;
}

bool IgnoreRules::is_final_for_folders() const {
  return std::ranges::none_of(rules_,
                              [](const Rule& rule) { return rule.with_all_below && rule.negated; });
}

core::Digest IgnoreRules::digest() const {
  core::Hasher hasher;
  for (const Rule& rule : rules_) {
    std::string line = rule.base + '\0' + rule.pattern + '\0' + (rule.negated ? '!' : ' ') +
                       (rule.directories_only ? '/' : ' ') + (rule.anchored ? '^' : ' ') +
                       (rule.with_all_below ? '>' : ' ') + '\n';
    hasher.update(util::as_bytes(line));
  }
  return hasher.finish();
}

}  // namespace cartwheel::tree
