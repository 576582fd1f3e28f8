#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <fnmatch.h>

#include "debian/shell.h"
#include "util/text.h"

namespace cartwheel::debian {

namespace {

bool is_glob_letter(char c) { return std::string_view("*?[]\\").find(c) != std::string_view::npos; }

void add_escaped(std::string& pattern, std::string_view text, bool is_quoted) {
  for (const char c : text) {
    if (is_quoted && is_glob_letter(c)) {
      pattern += '\\';
    }
    pattern += c;
  }
}

// `text` without what the pattern matches of its beginning or end.
std::string without_match(const std::string& text,
                          const std::string& pattern,
                          const std::string& operation) {
  const bool is_front = operation[0] == '#';
  const bool is_longest = operation.size() == 2;
  std::string result = text;
  for (std::size_t length = 0; length <= text.size(); ++length) {
    const std::string part = is_front ? text.substr(0, length) : text.substr(text.size() - length);
    if (fnmatch(pattern.c_str(), part.c_str(), 0) == 0) {
      result = is_front ? text.substr(length) : text.substr(0, text.size() - length);
      if (!is_longest) {
        break;
      }
    }
  }
  return result;
}

}  // namespace

// A field under way: its text, and the same as a pattern in which quoted letters are escaped.
struct Shell::Field {
  std::string text, pattern;
  bool has_glob = false;

  void add(std::string_view more, bool is_quoted) {
    text += more;
    add_escaped(pattern, more, is_quoted);
    has_glob = has_glob || (!is_quoted && more.find_first_of("*?[") != std::string_view::npos);
  }
};

std::vector<std::string> Shell::expand(const std::vector<ShellWord>& words) {
  std::vector<std::string> result;
  for (const ShellWord& word : words) {
    std::vector<Field> fields;
    expand_word(word, fields);
    for (const Field& field : fields) {
      std::vector<std::string> paths;
      if (field.has_glob && has_globs_) {
        paths = match_paths(field.pattern);
      }
      if (paths.empty()) {
        result.push_back(field.text);
      } else {
        result.insert(result.end(), paths.begin(), paths.end());
      }
    }
  }
  return result;
}

void Shell::expand_word(const ShellWord& word, std::vector<Field>& fields) {
  bool is_open = false;  // whether the last field goes on
  const auto open = [&]() -> Field& {
    if (!is_open) {
      fields.emplace_back();
      is_open = true;
    }
    return fields.back();
  };
  for (const ShellPart& part : word) {
    if (part.kind == ShellPart::Kind::parameter && part.is_quoted && part.text == "@" &&
        part.operation.empty()) {
      for (std::size_t i = 0; i < arguments_.size(); ++i) {
        if (i > 0) {
          is_open = false;
        }
        open().add(arguments_[i], true);
      }
      continue;
    }
    // ${x:+WORD} and ${x:-WORD} keep the quotes and fields of WORD
    const bool has_word = part.kind == ShellPart::Kind::parameter && !part.is_quoted &&
                          part.operation.size() <= 2 && !part.operation.empty() &&
                          (part.operation.back() == '+' || part.operation.back() == '-');
    if (has_word) {
      const std::optional<std::string> now = value(part.text);
      const bool is_set = now && (part.operation.size() == 1 || !now->empty());
      if (is_set == (part.operation.back() == '+')) {
        std::vector<Field> inner;
        expand_word(part.argument, inner);
        for (std::size_t i = 0; i < inner.size(); ++i) {
          is_open = is_open && i == 0;
          Field& field = open();
          field.text += inner[i].text;
          field.pattern += inner[i].pattern;
          field.has_glob = field.has_glob || inner[i].has_glob;
        }
        continue;
      }
    }
    const std::string text = expand_part(part);
    if (part.kind == ShellPart::Kind::text || part.is_quoted) {
      open().add(text, part.is_quoted);
      continue;
    }
    const std::string separators = value("IFS").value_or(" \t\n");
    for (const char c : text) {
      if (separators.find(c) == std::string::npos) {
        open().add(std::string_view(&c, 1), false);
      } else if (c == ' ' || c == '\t' || c == '\n' || is_open) {
        is_open = false;
      } else {
        fields.emplace_back();
      }
    }
  }
}

std::string Shell::expand_text(const ShellWord& word) {
  std::string text;
  for (const ShellPart& part : word) {
    text += expand_part(part);
  }
  return text;
}

std::string Shell::expand_pattern(const ShellWord& word) {
  std::string pattern;
  for (const ShellPart& part : word) {
    add_escaped(pattern, expand_part(part), part.is_quoted);
  }
  return pattern;
}

std::string Shell::expand_part(const ShellPart& part) {
  std::string text;
  switch (part.kind) {
    case ShellPart::Kind::text:
      return part.text;
    case ShellPart::Kind::command:
      text = substitute(*part.script);
      break;
    case ShellPart::Kind::arithmetic:
      refuse(fmt::format("'$(({}))'", part.text));
    case ShellPart::Kind::parameter:
      text = expand_parameter(part);
      break;
  }
  spend(text.size());
  return text;
}

std::optional<std::string> Shell::value(const std::string& name) const {
  if (name == "@" || name == "*") {
    return util::join(arguments_, " ");
  }
  if (name == "#") {
    return std::to_string(arguments_.size());
  }
  if (name == "?") {
    return std::to_string(status_);
  }
  if (name == "$") {
    return "1";
  }
  if (name == "-") {
    return stops_on_failure_ ? "e" : "";
  }
  if (name == "!") {
    return std::nullopt;
  }
  if (name[0] >= '0' && name[0] <= '9') {
    std::size_t number = 0;
    std::from_chars(name.data(), name.data() + name.size(), number);
    if (number == 0) {
      const auto script = variables_.find("DPKG_MAINTSCRIPT_NAME");
      return script == variables_.end() ? "sh" : "/var/lib/dpkg/info/" + script->second;
    }
    return number <= arguments_.size() ? std::optional<std::string>(arguments_[number - 1])
                                       : std::nullopt;
  }
  const auto found = variables_.find(name);
  return found == variables_.end() ? std::nullopt : std::optional<std::string>(found->second);
}

std::string Shell::expand_parameter(const ShellPart& part) {
  const std::optional<std::string> now = value(part.text);
  const std::string& operation = part.operation;
  if (operation.empty() || operation == "#len") {
    if (!now && refuses_unset_ && part.text != "@" && part.text != "*") {
      refuse(fmt::format("'{}' is not set", part.text));
    }
    const std::string text = now.value_or("");
    return operation.empty() ? text : std::to_string(text.size());
  }
  if (operation[0] == '#' || operation[0] == '%') {
    return without_match(now.value_or(""), expand_pattern(part.argument), operation);
  }
  const bool is_set = now && (operation.size() == 1 || !now->empty());
  switch (operation.back()) {
    case '+':
      return is_set ? expand_text(part.argument) : "";
    case '-':
      return is_set ? *now : expand_text(part.argument);
    case '=':
      return is_set ? *now : (variables_[part.text] = expand_text(part.argument));
    default:  // '?'
      if (!is_set) {
        refuse(fmt::format("'{}' is not set", part.text));
      }
      return *now;
  }
}

std::string Shell::substitute(const ShellNode& script) {
  const std::size_t line = line_;
  Streams streams;
  streams.outputs[1] = std::make_shared<std::string>();
  ++conditions_;  // a failure within ends the substitution only, and counts where it is assigned
  substitution_status_ = run_apart(script, streams);
  --conditions_;
  line_ = line;
  std::string text = std::move(streams.output());
  while (text.ends_with('\n')) {
    text.pop_back();
  }
  return text;
}

// The paths of the tree that fit, in order of bytes, as the script would have written them.
std::vector<std::string> Shell::match_paths(const std::string& pattern) const {
  std::vector<std::string> found = {pattern.starts_with('/') ? "/" : ""};
  for (const std::string_view component : util::split(pattern, '/')) {
    if (component.empty()) {
      continue;
    }
    std::vector<std::string> next;
    for (const std::string& folder : found) {
      const std::string prefix = folder.empty() || folder == "/" ? folder : folder + "/";
      if (component.find_first_of("*?[\\") == std::string_view::npos) {
        if (find(prefix + std::string(component), false) != nullptr) {
          next.push_back(prefix + std::string(component));
        }
        continue;
      }
      const std::optional<std::string> at = place(folder.empty() ? folder_ : folder, true);
      if (!at) {
        continue;
      }
      for (const std::string& name : tree_.list(*at)) {
        if (fnmatch(std::string(component).c_str(), name.c_str(), FNM_PERIOD) == 0) {
          next.push_back(prefix + name);
        }
      }
    }
    found = std::move(next);
  }
  return found;
}

}  // namespace cartwheel::debian
