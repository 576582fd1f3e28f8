#include "cli/usage.h"

#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "util/text.h"

namespace cartwheel::cli {

namespace {

// The command that was named, as far as it parsed.
const CLI::App& chosen(const CLI::App& program) {
  const std::vector<CLI::App*> parsed = program.get_subcommands();
  return parsed.empty() ? program : chosen(*parsed.front());
}

std::string full_name(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  return parent == nullptr ? command.get_name() : full_name(*parent) + " " + command.get_name();
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      names.push_back("--" + name);
    }
  }
  return names;
}

std::vector<std::string> command_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::App* each : command.get_subcommands({})) {
    names.push_back(each->get_name());
  }
  return names;
}

// Of an argument that nothing takes.
std::string unexpected(const CLI::App& command, const std::string& word) {
  if (word.starts_with("-")) {
    const std::string name = word.substr(0, word.find('='));
    return fmt::format(
        "{}: no such option{}", name, util::did_you_mean(name, option_names(command)));
  }
  const std::vector<std::string> names = command_names(command);
  return names.empty()
             ? fmt::format("'{}': one argument too many", word)
             : fmt::format("'{}': no such command{}", word, util::did_you_mean(word, names));
}

}  // namespace

std::string usage_message(const CLI::App& program, const CLI::ParseError& error) {
  const CLI::App& command = chosen(program);
  const std::vector<std::string> left = program.remaining(true);
  const std::string what = left.empty() ? error.what() : unexpected(command, left.front());
  return fmt::format("{}\nrun '{} --help'", what, full_name(command));
}

}  // namespace cartwheel::cli
