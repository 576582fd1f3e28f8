#include "debian/shell_syntax.h"

#include <cctype>
#include <set>

#include <fmt/format.h>

#include "util/error.h"

namespace cartwheel::debian {

namespace {

using util::Error;
using util::ErrorKind;
using Node = ShellNode;
using NodePtr = std::shared_ptr<const ShellNode>;

constexpr int kDeepest = 200;

bool is_name_start(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_name(char c) {
  return is_name_start(c) || std::isdigit(static_cast<unsigned char>(c)) != 0;
}

class Parser {
 public:
  Parser(std::string_view text, std::size_t line, int depth)
      : text_(text),
        line_(line),
        depth_(depth) {}

  NodePtr parse_all() {
    NodePtr list = parse_list({});
    if (!at_end()) {
      fail(fmt::format("found '{}' where a command was wanted", peek()));
    }
    return list;
  }

 private:
  struct Pending {
    std::string delimiter;
    bool is_quoted, strips_tabs;
    std::shared_ptr<ShellWord> target;
  };

  [[noreturn]] void fail(const std::string& message) const {
    throw Error(ErrorKind::unsupported, fmt::format("line {}: {}", line_, message));
  }

  bool at_end() const { return at_ >= text_.size(); }
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  char next() {
    const char c = text_[at_++];
    line_ += c == '\n' ? 1 : 0;
    return c;
  }
  bool take(std::string_view token) {
    if (text_.substr(at_).starts_with(token)) {
      at_ += token.size();
      return true;
    }
    return false;
  }

  // Blanks, continued lines and a comment.
  void skip_blanks() {
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

  void take_newline() {
    next();
    std::vector<Pending> pending;
    pending.swap(pending_);
    for (const Pending& document : pending) {
      read_document(document);
    }
  }

  void skip_lines() {
    for (skip_blanks(); !at_end() && peek() == '\n'; skip_blanks()) {
      take_newline();
    }
  }

  void read_document(const Pending& document) {
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
    Parser inner(body, first, depth_ + 1);
    *document.target = inner.parse_quoted('\0');
  }

  // The reserved word or plain word at this place, without taking it.
  std::string_view peek_word() const {
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

  bool take_word(std::string_view word) {
    skip_blanks();
    if (peek_word() != word) {
      return false;
    }
    at_ += word.size();
    return true;
  }

  void want_word(std::string_view word) {
    skip_lines();
    if (!take_word(word)) {
      fail(fmt::format("wanted '{}'", word));
    }
  }

  std::shared_ptr<Node> make(Node::Kind kind) const {
    auto node = std::make_shared<Node>();
    node->kind = kind;
    node->line = line_;
    return node;
  }

  NodePtr parse_list(const std::set<std::string_view>& ends) {
    if (++depth_ > kDeepest) {
      fail("nested too deeply");
    }
    auto list = make(Node::Kind::list);
    while (true) {
      skip_lines();
      if (at_end() || peek() == ')' || (peek() == ';' && peek(1) == ';') ||
          ends.count(peek_word()) != 0) {
        break;
      }
      list->children.push_back(parse_and_or());
      skip_blanks();
      if (peek() == ';' && peek(1) != ';') {
        ++at_;
      } else if (peek() == '&' && peek(1) != '&') {
        fail("a command in the background");
      }
    }
    --depth_;
    return list;
  }

  NodePtr parse_and_or() {
    NodePtr left = parse_pipeline();
    while (true) {
      skip_blanks();
      const bool is_both = take("&&");
      if (!is_both && !take("||")) {
        return left;
      }
      skip_lines();
      auto node = make(is_both ? Node::Kind::both : Node::Kind::either);
      node->line = left->line;
      node->children = {left, parse_pipeline()};
      left = node;
    }
  }

  NodePtr parse_pipeline() {
    auto node = make(Node::Kind::pipeline);
    skip_blanks();
    node->is_negated = take_word("!");
    while (true) {
      node->children.push_back(parse_command());
      skip_blanks();
      if (peek() != '|' || peek(1) == '|') {
        break;
      }
      ++at_;
      skip_lines();
    }
    return node->children.size() == 1 && !node->is_negated ? node->children.front() : node;
  }

  NodePtr parse_command() {
    skip_blanks();
    const std::string_view word = peek_word();
    std::shared_ptr<Node> node;
    if (peek() == '(') {
      node = make(Node::Kind::subshell);
      ++at_;
      node->children = {parse_list({})};
      if (!take(")")) {
        fail("wanted ')'");
      }
    } else if (word == "{") {
      node = make(Node::Kind::group);
      take_word("{");
      node->children = {parse_list({"}"})};
      want_word("}");
    } else if (word == "if") {
      node = parse_if();
    } else if (word == "while" || word == "until") {
      node = make(Node::Kind::loop_while);
      node->is_negated = word == "until";
      take_word(word);
      node->children = {parse_list({"do"}), parse_body()};
    } else if (word == "for") {
      node = parse_for();
    } else if (word == "case") {
      node = parse_case();
    } else {
      return parse_simple();
    }
    while (try_redirection(*node)) {
    }
    return node;
  }

  NodePtr parse_body() {
    want_word("do");
    NodePtr body = parse_list({"done"});
    want_word("done");
    return body;
  }

  std::shared_ptr<Node> parse_if() {
    auto node = make(Node::Kind::condition);
    take_word("if");
    while (true) {
      node->children.push_back(parse_list({"then"}));
      want_word("then");
      node->children.push_back(parse_list({"elif", "else", "fi"}));
      if (take_word("elif")) {
        continue;
      }
      if (take_word("else")) {
        node->children.push_back(parse_list({"fi"}));
      }
      want_word("fi");
      return node;
    }
  }

  std::shared_ptr<Node> parse_for() {
    auto node = make(Node::Kind::loop_for);
    take_word("for");
    skip_blanks();
    while (is_name(peek())) {
      node->name += next();
    }
    skip_lines();
    if (take_word("in")) {
      for (skip_blanks(); !at_end() && peek() != ';' && peek() != '\n'; skip_blanks()) {
        node->words.push_back(parse_word());
      }
    } else {
      ShellPart all;
      all.kind = ShellPart::Kind::parameter;
      all.is_quoted = true;
      all.text = "@";
      node->words = {{all}};
    }
    skip_blanks();
    take(";");
    node->children = {parse_body()};
    return node;
  }

  std::shared_ptr<Node> parse_case() {
    auto node = make(Node::Kind::choice);
    take_word("case");
    skip_blanks();
    node->words.push_back(parse_word());
    want_word("in");
    for (skip_lines(); !take_word("esac"); skip_lines()) {
      if (at_end()) {
        fail("wanted 'esac'");
      }
      take("(");
      Node::Case one;
      do {
        skip_blanks();
        one.patterns.push_back(parse_word());
        skip_blanks();
      } while (take("|"));
      if (!take(")")) {
        fail("wanted ')' after a pattern");
      }
      one.body = parse_list({"esac"});
      skip_lines();
      take(";;");
      node->cases.push_back(std::move(one));
    }
    return node;
  }

  // "[n]OP word": says whether there was one.
  bool try_redirection(Node& node) {
    skip_blanks();
    std::size_t digits = 0;
    while (std::isdigit(static_cast<unsigned char>(peek(digits))) != 0) {
      ++digits;
    }
    const char first = peek(digits);
    if ((first != '<' && first != '>') || digits > 1) {
      return false;
    }
    ShellRedirection redirection;
    redirection.descriptor = digits == 1 ? peek() - '0' : first == '<' ? 0 : 1;
    at_ += digits;
    for (const char* operation : {"<<-", "<<", ">>", ">|", ">&", "<&", "<", ">"}) {
      if (take(operation)) {
        redirection.operation = operation;
        break;
      }
    }
    skip_blanks();
    redirection.target = std::make_shared<ShellWord>(parse_word());
    if (redirection.operation.starts_with("<<")) {
      Pending pending{"", false, redirection.operation == "<<-", redirection.target};
      for (const ShellPart& part : *redirection.target) {
        pending.delimiter += part.text;
        pending.is_quoted = pending.is_quoted || part.is_quoted;
      }
      redirection.operation = "<<";
      pending_.push_back(pending);  // the text comes with the next line
    }
    node.redirections.push_back(std::move(redirection));
    return true;
  }

  std::string assigned_name() const {
    std::size_t end = at_;
    if (end < text_.size() && is_name_start(text_[end])) {
      while (end < text_.size() && is_name(text_[end])) {
        ++end;
      }
      if (end < text_.size() && text_[end] == '=') {
        return std::string(text_.substr(at_, end - at_));
      }
    }
    return "";
  }

  NodePtr parse_simple() {
    auto node = make(Node::Kind::simple);
    while (true) {
      skip_blanks();
      if (at_end() || std::string_view("\n;&|)").find(peek()) != std::string_view::npos) {
        break;
      }
      if (try_redirection(*node)) {
        continue;
      }
      if (peek() == '(') {
        return parse_function(*node);
      }
      const std::string name = node->words.empty() ? assigned_name() : "";
      if (!name.empty()) {
        at_ += name.size() + 1;
        node->assignments.push_back({name, is_word_end() ? ShellWord() : parse_word()});
      } else {
        node->words.push_back(parse_word());
      }
    }
    if (node->words.empty() && node->assignments.empty() && node->redirections.empty()) {
      fail(at_end() ? std::string("wanted a command")
                    : fmt::format("found '{}' where a command was wanted", peek()));
    }
    return node;
  }

  NodePtr parse_function(Node& simple) {
    auto node = make(Node::Kind::function);
    node->name = simple.words.size() == 1 ? plain_text(simple.words[0]) : "";
    take("(");
    skip_blanks();
    if (node->name.empty() || !take(")")) {
      fail("'(' within a command");
    }
    skip_lines();
    node->children = {parse_command()};
    return node;
  }

  bool is_word_end() const {
    return at_end() || std::string_view(" \t\r\n;&|()<>").find(peek()) != std::string_view::npos;
  }

  ShellWord parse_word() {
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

  static void add_text(ShellWord& word, char c, bool is_quoted) {
    if (word.empty() || word.back().kind != ShellPart::Kind::text ||
        word.back().is_quoted != is_quoted) {
      ShellPart part;
      part.is_quoted = is_quoted;
      word.push_back(std::move(part));
    }
    word.back().text += c;
  }

  // One character, quotation or expansion.
  void parse_part(ShellWord& word, bool is_quoted) {
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

  void want(char c) {
    if (at_end() || peek() != c) {
      fail(fmt::format("wanted {}", c));
    }
    next();
  }

  // Up to an unescaped `end`, or to the end of the text for '\0'; as between double quotes.
  ShellWord parse_quoted(char end) {
    ShellWord word;
    while (!at_end() && (end == '\0' || peek() != end)) {
      parse_part(word, true);
    }
    return word;
  }

  void parse_dollar(ShellWord& word, bool is_quoted) {
    if (depth_ > kDeepest) {
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
    } else if (c != '\0' &&
               std::string_view("0123456789@*#?$!-").find(c) != std::string_view::npos) {
      ++at_;
      part.kind = ShellPart::Kind::parameter;
      part.text = next();
    } else {
      add_text(word, next(), is_quoted);
      return;
    }
    word.push_back(std::move(part));
  }

  void parse_arithmetic(ShellPart& part) {
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

  void parse_braces(ShellPart& part) {
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

  void parse_backticks(ShellWord& word, bool is_quoted) {
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
    part.script = Parser(inner, first, depth_ + 1).parse_all();
    word.push_back(std::move(part));
  }

  std::string_view text_;
  std::size_t at_ = 0, line_;
  int depth_;
  std::vector<Pending> pending_;
};

}  // namespace

NodePtr parse_shell(std::string_view text) { return Parser(text, 1, 0).parse_all(); }

std::string plain_text(const ShellWord& word) {
  std::string text;
  for (const ShellPart& part : word) {
    if (part.kind != ShellPart::Kind::text) {
      return "";
    }
    text += part.text;
  }
  return text;
}

}  // namespace cartwheel::debian
