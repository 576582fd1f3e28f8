#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "debian/shell_syntax.h"

namespace cartwheel::debian {

// Reads a script from the front, by recursive descent. Every error is Error{unsupported}
// "line N: …".
class ShellParser {
 public:
  // line: of the text's first, from 1; depth: of what the text stands in.
  ShellParser(std::string_view text, std::size_t line, int depth)
      : text_(text),
        line_(line),
        depth_(depth) {}

  std::shared_ptr<const ShellNode> parse_all();

 private:
  using Node = ShellNode;
  using NodePtr = std::shared_ptr<const ShellNode>;
  struct Pending {  // a here-document whose text comes with the next line
    std::string delimiter;
    bool is_quoted, strips_tabs;
    std::shared_ptr<ShellWord> target;
  };

  // shell_scanner.cc: characters, blanks, lines and single words
  [[noreturn]] void fail(const std::string& message) const;
  bool at_end() const;
  char peek(std::size_t ahead = 0) const;
  char next();
  bool take(std::string_view token);
  // Blanks, continued lines and a comment.
  void skip_blanks();
  void take_newline();
  void skip_lines();
  void read_document(const Pending& document);
  // The reserved word or plain word at this place, without taking it.
  std::string_view peek_word() const;
  bool take_word(std::string_view word);
  void want_word(std::string_view word);
  bool is_word_end() const;
  void want(char c);

  // shell_words.cc: quotes and expansions
  ShellWord parse_word();
  static void add_text(ShellWord& word, char c, bool is_quoted);
  // One character, quotation or expansion.
  void parse_part(ShellWord& word, bool is_quoted);
  // Up to an unescaped `end`, or to the end of the text for '\0'; as between double quotes.
  ShellWord parse_quoted(char end);
  void parse_dollar(ShellWord& word, bool is_quoted);
  void parse_arithmetic(ShellPart& part);
  void parse_braces(ShellPart& part);
  void parse_backticks(ShellWord& word, bool is_quoted);

  // shell_syntax.cc: commands
  std::shared_ptr<Node> make(Node::Kind kind) const;
  NodePtr parse_list(const std::set<std::string_view>& ends);
  NodePtr parse_and_or();
  NodePtr parse_pipeline();
  NodePtr parse_command();
  NodePtr parse_body();
  std::shared_ptr<Node> parse_if();
  std::shared_ptr<Node> parse_for();
  std::shared_ptr<Node> parse_case();
  // "[n]OP word": says whether there was one.
  bool try_redirection(Node& node);
  std::string assigned_name() const;
  NodePtr parse_simple();
  NodePtr parse_function(Node& simple);

  std::string_view text_;
  std::size_t at_ = 0, line_;
  int depth_;
  std::vector<Pending> pending_;
};

bool is_name_start(char c);  // of a variable
bool is_name(char c);        // what follows

constexpr int kDeepestNesting = 200;  // of lists, commands and expansions

}  // namespace cartwheel::debian
