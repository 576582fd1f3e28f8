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

bool IgnoreRules::ignores(const std::string& relative, bool is_directory) const {
  std::string_view name = std::string_view(relative).substr(relative.rfind('/') + 1);
  for (auto rule = rules_.rbegin(); rule != rules_.rend();
       ++rule) {  // the last one that matches decides
    std::optional<std::string_view> path = below(relative, rule->base);
    if (!path || (rule->directories_only && !is_directory)) {
      continue;
    }
    if (util::glob_matches(rule->pattern, rule->anchored ? *path : name)) {
      return !rule->negated;
    }
  }
  return false;
}

core::Digest IgnoreRules::digest() const {
  core::Hasher hasher;
  for (const Rule& rule : rules_) {
    std::string line = rule.base + '\0' + rule.pattern + '\0' + (rule.negated ? '!' : ' ') +
                       (rule.directories_only ? '/' : ' ') + (rule.anchored ? '^' : ' ') + '\n';
    hasher.update(util::as_bytes(line));
  }
  return hasher.finish();
}

}  // namespace cartwheel::tree
