#include <fmt/format.h>

#include "debian/shell_parser.h"

namespace cartwheel::debian {

ShellWord ShellParser::parse_word() {
  ShellWord word;
  while (!is_word_end()) {
    if (peek() == '\\' && peek(1) == '\n') {
      next();
      next();
      continue;
    }
    parse_part(word, false);
  }
  if (word.empty()) {
    fail(at_end() ? std::string("wanted a word")
                  : fmt::format("wanted a word, found '{}'", peek()));
  }
  return word;
}

void ShellParser::add_text(ShellWord& word, char c, bool is_quoted) {
  if (word.empty() || word.back().kind != ShellPart::Kind::text ||
      word.back().is_quoted != is_quoted) {
    ShellPart part;
    part.is_quoted = is_quoted;
    word.push_back(std::move(part));
  }
  word.back().text += c;
}

void ShellParser::parse_part(ShellWord& word, bool is_quoted) {
  const char c = peek();
  if (c == '$') {
    parse_dollar(word, is_quoted);
  } else if (c == '`') {
    parse_backticks(word, is_quoted);
  } else if (c == '\\') {
    next();
    if (at_end()) {
      return;
    }
    const char escaped = next();
    if (is_quoted && std::string_view("$`\"\\\n").find(escaped) == std::string_view::npos) {
      add_text(word, '\\', true);
    }
    if (escaped != '\n') {
      add_text(word, escaped, true);
    }
  } else if (c == '\'' && !is_quoted) {
    next();
    ShellPart part;
    part.is_quoted = true;
    while (!at_end() && peek() != '\'') {
      part.text += next();
    }
    want('\'');
    word.push_back(std::move(part));
  } else if (c == '"' && !is_quoted) {
    next();
    ShellWord inner = parse_quoted('"');
    want('"');
    if (inner.empty()) {
      inner.emplace_back();
      inner.back().is_quoted = true;
    }
    word.insert(word.end(), inner.begin(), inner.end());
  } else {
    add_text(word, next(), is_quoted);
  }
}

ShellWord ShellParser::parse_quoted(char end) {
  ShellWord word;
  while (!at_end() && (end == '\0' || peek() != end)) {
    parse_part(word, true);
  }
  return word;
}

void ShellParser::parse_dollar(ShellWord& word, bool is_quoted) {
  if (depth_ > kDeepestNesting) {
    fail("nested too deeply");
  }
  ShellPart part;
  part.is_quoted = is_quoted;
  const char c = peek(1);
  if (c == '(' && peek(2) == '(') {
    parse_arithmetic(part);
  } else if (c == '(') {
    at_ += 2;
    part.kind = ShellPart::Kind::command;
    part.script = parse_list({});
    want(')');
  } else if (c == '{') {
    at_ += 2;
    parse_braces(part);
  } else if (is_name_start(c)) {
    ++at_;
    part.kind = ShellPart::Kind::parameter;
    while (is_name(peek())) {
      part.text += next();
    }
  } else if (c != '\0' && std::string_view("0123456789@*#?$!-").find(c) != std::string_view::npos) {
    ++at_;
    part.kind = ShellPart::Kind::parameter;
    part.text = next();
  } else {
    add_text(word, next(), is_quoted);
    return;
  }
  word.push_back(std::move(part));
}

void ShellParser::parse_arithmetic(ShellPart& part) {
  at_ += 3;
  part.kind = ShellPart::Kind::arithmetic;
  int open = 0;
  while (!at_end() && !(open == 0 && peek() == ')' && peek(1) == ')')) {
    open += peek() == '(' ? 1 : peek() == ')' ? -1 : 0;
    part.text += next();
  }
  if (!take("))")) {
    fail("wanted '))'");
  }
}

void ShellParser::parse_braces(ShellPart& part) {
  part.kind = ShellPart::Kind::parameter;
  if (peek() == '#' && peek(1) != '}') {
    ++at_;
    part.operation = "#len";
  }
  while (is_name(peek())) {
    part.text += next();
  }
  if (part.text.empty() && !at_end()) {
    part.text = next();  // "@", "?" …
  }
  if (peek() != '}' && part.operation.empty()) {
    for (const char* operation :
         {":-", ":=", ":?", ":+", "##", "%%", "-", "=", "?", "+", "#", "%"}) {
      if (take(operation)) {
        part.operation = operation;
        break;
      }
    }
    if (part.operation.empty()) {
      fail(fmt::format("an expansion of '{}' that a POSIX shell does not have", part.text));
    }
    ++depth_;
    while (!at_end() && peek() != '}') {
      parse_part(part.argument, false);
    }
    --depth_;
  }
  want('}');
}

void ShellParser::parse_backticks(ShellWord& word, bool is_quoted) {
  const std::size_t first = line_;
  next();
  std::string inner;
  while (!at_end() && peek() != '`') {
    if (peek() == '\\' &&
        (peek(1) == '`' || peek(1) == '\\' || peek(1) == '$' || (is_quoted && peek(1) == '"'))) {
      next();
    }
    inner += next();
  }
  want('`');
  ShellPart part;
  part.kind = ShellPart::Kind::command;
  part.is_quoted = is_quoted;
  part.script = ShellParser(inner, first, depth_ + 1).parse_all();
  word.push_back(std::move(part));
}

}  // namespace cartwheel::debian
