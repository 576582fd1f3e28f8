#include <cctype>

#include <fmt/format.h>

#include "debian/shell_parser.h"

namespace cartwheel::debian {

std::shared_ptr<const ShellNode> ShellParser::parse_all() {
  NodePtr list = parse_list({});
  if (!at_end()) {
    fail(fmt::format("found '{}' where a command was wanted", peek()));
  }
  return list;
}

std::shared_ptr<ShellNode> ShellParser::make(Node::Kind kind) const {
  auto node = std::make_shared<Node>();
  node->kind = kind;
  node->line = line_;
  return node;
}

std::shared_ptr<const ShellNode> ShellParser::parse_list(const std::set<std::string_view>& ends) {
  if (++depth_ > kDeepestNesting) {
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

std::shared_ptr<const ShellNode> ShellParser::parse_and_or() {
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

std::shared_ptr<const ShellNode> ShellParser::parse_pipeline() {
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

std::shared_ptr<const ShellNode> ShellParser::parse_command() {
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

std::shared_ptr<const ShellNode> ShellParser::parse_body() {
  want_word("do");
  NodePtr body = parse_list({"done"});
  want_word("done");
  return body;
}

std::shared_ptr<ShellNode> ShellParser::parse_if() {
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

std::shared_ptr<ShellNode> ShellParser::parse_for() {
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

std::shared_ptr<ShellNode> ShellParser::parse_case() {
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

bool ShellParser::try_redirection(Node& node) {
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

std::string ShellParser::assigned_name() const {
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

std::shared_ptr<const ShellNode> ShellParser::parse_simple() {
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

std::shared_ptr<const ShellNode> ShellParser::parse_function(Node& simple) {
  auto node = make(Node::Kind::function);
  node->name = simple.words.size() == 1 ? plain_text(simple.words[0]) : "";
  take("(");
  skip_blanks();
  if (node->name.empty() || !take(")")) {
    fail("'(' within a command");
  }
  skip_lines();
  if (++depth_ > kDeepestNesting) {
    fail("nested too deeply");
  }
  node->children = {parse_command()};
  --depth_;
  return node;
}

std::shared_ptr<const ShellNode> parse_shell(std::string_view text) {
  return ShellParser(text, 1, 0).parse_all();
}

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
