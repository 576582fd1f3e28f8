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
void add_shell_builtins(ShellCommands& commands);    // test, echo, read, set, cd …
void add_text_commands(ShellCommands& commands);     // grep, sed, cut, sort …
void add_file_commands(ShellCommands& commands);     // mkdir, ln, cp, rm …
void add_mode_commands(ShellCommands& commands);     // chmod, chown, chgrp
void add_account_commands(ShellCommands& commands);  // adduser, useradd, getent, systemd-sysusers …
void add_dpkg_commands(ShellCommands& commands);     // dpkg, dpkg-query, dpkg-divert …
void add_debian_commands(ShellCommands& commands);  // update-alternatives, ucf, debconf's …

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

// A decimal number and nothing else, or nothing.
std::optional<long long> shell_integer(std::string_view text);

// What a command reads: the files that it names, or its input when it names none. Nothing when one
// is not there.
std::optional<std::string> operand_text(ShellCall& call, const std::vector<std::string>& files);

// test(1) and `[`.
int test_command(ShellCall& call);
// sed(1): addresses /RE/ and NUMBER, the commands s, p, d and q.
int sed_command(ShellCall& call);

}  // namespace cartwheel::debian
