#include <cctype>

#include <fmt/format.h>

#include "debian/shell_parser.h"
#include "util/error.h"

namespace cartwheel::debian {

using util::Error;
using util::ErrorKind;

bool is_name_start(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_name(char c) {
  return is_name_start(c) || std::isdigit(static_cast<unsigned char>(c)) != 0;
}

void ShellParser::fail(const std::string& message) const {
  throw Error(ErrorKind::unsupported, fmt::format("line {}: {}", line_, message));
}

bool ShellParser::at_end() const { return at_ >= text_.size(); }

char ShellParser::peek(std::size_t ahead) const {
  return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
}

char ShellParser::next() {
  const char c = text_[at_++];
  line_ += c == '\n' ? 1 : 0;
  return c;
}

bool ShellParser::take(std::string_view token) {
  if (text_.substr(at_).starts_with(token)) {
    at_ += token.size();
    return true;
  }
  return false;
}

void ShellParser::skip_blanks() {
  while (!at_end()) {
    if (peek() == ' ' || peek() == '\t' || peek() == '\r') {
      ++at_;
    } else if (peek() == '\\' && peek(1) == '\n') {
      next();
      next();
    } else if (peek() == '#') {
      while (!at_end() && peek() != '\n') {
        ++at_;
      }
    } else {
      return;
    }
  }
}

void ShellParser::take_newline() {
  next();
  std::vector<Pending> pending;
  pending.swap(pending_);
  for (const Pending& document : pending) {
    read_document(document);
  }
}

void ShellParser::skip_lines() {
  for (skip_blanks(); !at_end() && peek() == '\n'; skip_blanks()) {
    take_newline();
  }
}

void ShellParser::read_document(const Pending& document) {
  std::string body;
  const std::size_t first = line_;
  while (!at_end()) {
    std::string line;
    while (!at_end() && peek() != '\n') {
      line += next();
    }
    if (!at_end()) {
      next();
    }
    if (document.strips_tabs) {
      line.erase(0, std::min(line.find_first_not_of('\t'), line.size()));
    }
    if (line == document.delimiter) {
      break;
    }
    body += line + "\n";
  }
  if (document.is_quoted) {
    document.target->assign(1, ShellPart());
    document.target->front().is_quoted = true;
    document.target->front().text = body;
    return;
  }
  ShellParser inner(body, first, depth_ + 1);
  *document.target = inner.parse_quoted('\0');
}

std::string_view ShellParser::peek_word() const {
  std::size_t end = at_;
  while (end < text_.size() &&
         std::string_view(" \t\r\n;&|()<>\"'$`\\#").find(text_[end]) == std::string_view::npos) {
    ++end;
  }
  if (end < text_.size() &&
      std::string_view("\"'$`\\#").find(text_[end]) != std::string_view::npos) {
    return {};
  }
  return text_.substr(at_, end - at_);
}

bool ShellParser::take_word(std::string_view word) {
  skip_blanks();
  if (peek_word() != word) {
    return false;
  }
  at_ += word.size();
  return true;
}

void ShellParser::want_word(std::string_view word) {
  skip_lines();
  if (!take_word(word)) {
    fail(fmt::format("wanted '{}'", word));
  }
}

bool ShellParser::is_word_end() const {
  return at_end() || std::string_view(" \t\r\n;&|()<>").find(peek()) != std::string_view::npos;
}

void ShellParser::want(char c) {
  if (at_end() || peek() != c) {
    fail(fmt::format("wanted {}", c));
  }
  next();
}

}  // namespace cartwheel::debian
