#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "debian/shell_syntax.h"
#include "debian/tree.h"

namespace cartwheel::debian {

class Shell;

// Whether a text begins as a script of a POSIX shell does ("#!/bin/sh").
bool is_shell_script(std::string_view text);

// What a command of a script reads: a text and how far it is read.
struct ShellInput {
  std::string text;
  std::size_t at = 0;

  std::string rest();                      // and it is read
  std::optional<std::string> next_line();  // without LF; nothing at the end
};

// A call of a command.
struct ShellCall {
  Shell& shell;
  std::vector<std::string> words;  // words[0] is the command as it was written
  ShellInput& input;
  std::string& output;

  // Error{unsupported}: nothing here stands in for this call. `why`: "", or what of it.
  [[noreturn]] void refuse(const std::string& why = "") const;
};

using ShellCommand = int (*)(ShellCall&);  // gives the exit status

// Runs a POSIX shell script on a tree, without running any program: expansions, conditions, loops
// and functions are the shell's own; a command is a function of the table, or a shell script of the
// tree; one that is neither refuses the script. Nothing outside the tree is read, so a script gives
// the same everywhere.
class Shell {
 public:
  // What the commands need beyond the tree lies with their owner, who finds it by `state`.
  Shell(Tree& tree, const std::map<std::string_view, ShellCommand>& commands, void* state);

  // Runs a script with arguments ($1 …). Gives its exit status. Throws Error{unsupported} "line N:
  // 'TEXT': …" for what nothing here stands in for.
  int run(std::string_view script, std::vector<std::string> arguments);

  Tree& tree() { return tree_; }
  void* state() const { return state_; }
  std::map<std::string, std::string>& variables() { return variables_; }
  const std::string& folder() const { return folder_; }
  void set_folder(std::string folder) { folder_ = std::move(folder); }
  unsigned umask() const { return umask_; }
  void set_umask(unsigned mask) { umask_ = mask; }

  // Runs these words as a command, as `xargs` does.
  int call(const std::vector<std::string>& words, ShellInput& input, std::string& output);
  // Runs a text in the same shell, as `eval` and `.` do.
  int evaluate(std::string_view text, ShellInput& input, std::string& output);
  // Where a program of this name lies: in the table, or in the tree's PATH; "" for nowhere.
  std::string find_command(const std::string& name) const;
  bool has_function(const std::string& name) const { return functions_.count(name) != 0; }

  // Where a path of the script lies in the tree, its folder's links followed and its own if
  // `follow`; nothing when a folder of it is missing, or what it links to.
  std::optional<std::string> place(const std::string& path, bool follow) const;
  const Node* find(const std::string& path, bool follow) const;

  // Error{unsupported} at the line that is being run.
  [[noreturn]] void refuse(const std::string& message) const;

  // What builtins change.
  enum class Flow { none, leave_loop, next_round, leave_function, leave_script };
  void flow(Flow flow, int count_or_status);
  std::vector<std::string>& arguments() { return arguments_; }
  void set_option(char option, bool on);
  void make_local(const std::string& name);

  // Where a command reads and writes.
  struct Streams {
    std::shared_ptr<ShellInput> input = std::make_shared<ShellInput>();
    std::map<int, std::shared_ptr<std::string>> outputs = {{1, std::make_shared<std::string>()},
                                                           {2, std::make_shared<std::string>()}};
    std::string& output() { return *outputs.at(1); }
  };

 private:
  struct Field;
  struct Written {  // a file that a redirection writes
    std::string path;
    bool appends;
    std::shared_ptr<std::string> text;
  };

  // shell_run.cc
  void spend(std::size_t bytes);
  int run_node(const ShellNode& node, Streams& streams);
  int run_kind(const ShellNode& node, Streams& streams);
  int run_simple(const ShellNode& node, Streams& streams);
  int run_words(std::vector<std::string> words, Streams& streams);
  int run_program(std::vector<std::string> words, Streams& streams);
  int run_function(const std::shared_ptr<const ShellNode>& body,
                   std::vector<std::string> words,
                   Streams& streams);
  int run_pipeline(const ShellNode& node, Streams& streams);
  int run_list(const ShellNode& node, Streams& streams);
  int run_condition(const ShellNode& node, Streams& streams);
  int run_while(const ShellNode& node, Streams& streams);
  int run_for(const ShellNode& node, Streams& streams);
  int run_choice(const ShellNode& node, Streams& streams);
  int run_subshell(const ShellNode& node, Streams& streams);
  int run_apart(const ShellNode& node, Streams& streams);
  int in_condition(const ShellNode& node, Streams& streams);
  bool ends_loop();
  void check_failure(int status);
  void restore(const std::map<std::string, std::optional<std::string>>& hidden);

  // shell_redirect.cc
  int run_redirected(const ShellNode& node, Streams& streams);
  bool redirect(const ShellRedirection& redirection, Streams& streams, std::vector<Written>& files);
  void write(const Written& file);

  // shell_expand.cc
  std::vector<std::string> expand(const std::vector<ShellWord>& words);
  void expand_word(const ShellWord& word, std::vector<Field>& fields);
  void expand_all_arguments(const ShellPart& part, std::vector<Field>& fields);
  std::string expand_text(const ShellWord& word);     // one text: no splitting, no globs
  std::string expand_pattern(const ShellWord& word);  // the same, quoted letters escaped
  std::string expand_part(const ShellPart& part);
  std::string expand_parameter(const ShellPart& part);
  std::optional<std::string> value(const std::string& name) const;
  std::string substitute(const ShellNode& script);
  std::vector<std::string> match_paths(const std::string& pattern) const;

  Tree& tree_;
  const std::map<std::string_view, ShellCommand>& commands_;
  void* state_;
  std::map<std::string, std::string> variables_;
  std::map<std::string, std::shared_ptr<const ShellNode>> functions_;
  std::vector<std::string> arguments_;                                     // $1 …
  std::vector<std::map<std::string, std::optional<std::string>>> locals_;  // what functions hide
  std::string folder_ = "/";
  unsigned umask_ = 022;
  bool stops_on_failure_ = false;  // set -e
  bool refuses_unset_ = false;     // set -u
  bool has_globs_ = true;          // set +f
  int conditions_ = 0;             // depth of what set -e does not look at
  Flow flow_ = Flow::none;
  int flow_count_ = 0;
  int status_ = 0;  // $?
  int substitution_status_ = 0;
  std::size_t line_ = 0;
  std::size_t steps_ = 0;
  int depth_ = 0;
  std::vector<std::string_view> lines_;                  // of the script
  std::vector<std::shared_ptr<const ShellNode>> trees_;  // keeps what functions point into
};

}  // namespace cartwheel::debian
