#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "debian/shell.h"

namespace cartwheel::debian {

using ShellCommands = std::map<std::string_view, ShellCommand>;

// The commands that scripts may call, by what they have to do with. Each does to the tree what the
// program of that name would do, or refuses options that it does not know.
void add_shell_builtins(ShellCommands& commands);   // test, echo, read, set, cd …
void add_text_commands(ShellCommands& commands);    // grep, sed, cut, sort …
void add_file_commands(ShellCommands& commands);    // mkdir, ln, chmod, cp, rm …
void add_debian_commands(ShellCommands& commands);  // update-alternatives, adduser, dpkg …

// Whether a system need not have a program of this name, although a command here stands in for it.
bool is_optional_command(std::string_view name);

// The short options of a call in front of its operands: "-pm" "755" with "m" among `with_value`.
// Long ones stand with their name: "--mode=755" → {"mode", "755"}.
struct ShellOptions {
  std::map<std::string, std::string> given;
  std::vector<std::string> operands;

  bool has(const std::string& name) const { return given.count(name) != 0; }
};
// `known`: the letters and names that are taken, separated by spaces; one that ends in '=' has a
// value. Another one refuses the call.
ShellOptions shell_options(const ShellCall& call, std::string_view known);

// user or group → its number, by /etc/passwd or /etc/group of the tree; digits are their own.
// Nothing when there is none.
std::optional<unsigned> find_account(const Tree& tree, const char* table, const std::string& name);

}  // namespace cartwheel::debian
