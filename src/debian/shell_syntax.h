#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cartwheel::debian {

struct ShellNode;

// A piece of a word: what stands between changes of quoting and expansions.
struct ShellPart {
  enum class Kind { text, parameter, command, arithmetic } kind = Kind::text;
  bool is_quoted = false;
  std::string text;                 // as it is; the parameter's name; the arithmetic expression
  std::string operation;            // of a parameter: "", "#" (length), ":-", "%%" …
  std::vector<ShellPart> argument;  // of the operation
  std::shared_ptr<const ShellNode> script;  // of a command substitution
};
using ShellWord = std::vector<ShellPart>;

struct ShellRedirection {
  int descriptor = 1;
  std::string operation;  // "<", ">", ">>", ">|", ">&", "<&", "<<" (the target is the text itself)
  std::shared_ptr<ShellWord> target;
};

struct ShellAssignment {
  std::string name;
  ShellWord value;
};

// A node of the syntax tree of a POSIX shell script.
//
//   simple     assignments, words
//   pipeline   children, is_negated
//   both       children[0] && children[1];  either: ||
//   list       children, one after another
//   condition  children: test, then, test, then … [else]
//   loop_while children: test, body (is_negated: until)
//   loop_for   name, words (without "in": "$@" stands there), children: body
//   choice     words[0], cases
//   group      children[0]; subshell: the same
//   function   name, children[0]
struct ShellNode {
  enum class Kind {
    simple,
    pipeline,
    both,
    either,
    list,
    condition,
    loop_while,
    loop_for,
    choice,
    group,
    subshell,
    function
  } kind = Kind::simple;
  struct Case {
    std::vector<ShellWord> patterns;
    std::shared_ptr<const ShellNode> body;
  };
  std::size_t line = 0;  // where it begins, from 1
  bool is_negated = false;
  std::string name;
  std::vector<ShellAssignment> assignments;
  std::vector<ShellWord> words;
  std::vector<ShellRedirection> redirections;
  std::vector<std::shared_ptr<const ShellNode>> children;
  std::vector<Case> cases;
};

// The syntax tree of a script (POSIX.1-2017, Shell Command Language, sections 2.2 to 2.10), a list.
// Throws Error{unsupported} "line N: …" for what is no such script.
std::shared_ptr<const ShellNode> parse_shell(std::string_view text);

// The word's text when it is plain: without any expansion. Otherwise "".
std::string plain_text(const ShellWord& word);

}  // namespace cartwheel::debian
