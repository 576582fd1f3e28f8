#include <cctype>
#include <memory>

#include <fmt/format.h>

#include "debian/posix_regex.h"
#include "debian/shell_commands.h"
#include "util/text.h"

namespace cartwheel::debian {

namespace {

// One command of sed(1): [/RE/] s, p, d or q.
struct SedCommand {
  std::shared_ptr<PosixRegex> address, pattern;
  std::size_t line = 0;  // address by number, 0 for none
  char name = 0;
  std::string replacement;
  bool is_global = false, prints = false;
};

// Up to an unescaped delimiter; "\DELIMITER" stands for itself.
std::string delimited(const std::string& script, std::size_t& at, char delimiter) {
  std::string text;
  while (at < script.size() && script[at] != delimiter) {
    if (script[at] == '\\' && at + 1 < script.size()) {
      if (script[at + 1] != delimiter) {
        text += '\\';
      }
      ++at;
    }
    text += script[at++];
  }
  ++at;
  return text;
}

std::vector<SedCommand> parse_sed(const ShellCall& call, const std::string& script, bool extended) {
  std::vector<SedCommand> commands;
  std::string last_pattern;
  std::size_t at = 0;
  const auto refuse = [&] { call.refuse(fmt::format("the script '{}'", script)); };
  while (at < script.size()) {
    if (script[at] == ';' || std::isspace(static_cast<unsigned char>(script[at])) != 0) {
      ++at;
      continue;
    }
    SedCommand command;
    if (script[at] == '/') {
      ++at;
      last_pattern = delimited(script, at, '/');
      command.address = std::make_shared<PosixRegex>(call, last_pattern, extended, false);
    } else {
      while (at < script.size() && std::isdigit(static_cast<unsigned char>(script[at])) != 0) {
        command.line = command.line * 10 + static_cast<std::size_t>(script[at++] - '0');
      }
    }
    if (at >= script.size()) {
      refuse();
    }
    command.name = script[at++];
    if (command.name == 's' && at < script.size()) {
      const char delimiter = script[at++];
      std::string pattern = delimited(script, at, delimiter);
      command.replacement = delimited(script, at, delimiter);
      if (pattern.empty()) {
        pattern = last_pattern;
      }
      last_pattern = pattern;
      bool ignores_case = false;
      for (; at < script.size() &&
             std::string_view("gpiI").find(script[at]) != std::string_view::npos;
           ++at) {
        command.is_global = command.is_global || script[at] == 'g';
        command.prints = command.prints || script[at] == 'p';
        ignores_case = ignores_case || script[at] == 'i' || script[at] == 'I';
      }
      command.pattern = std::make_shared<PosixRegex>(call, pattern, extended, ignores_case);
    } else if (command.name != 'p' && command.name != 'd' && command.name != 'q') {
      refuse();
    }
    if (at < script.size() && script[at] != ';' &&
        std::isspace(static_cast<unsigned char>(script[at])) == 0) {
      refuse();
    }
    commands.push_back(std::move(command));
  }
  return commands;
}

bool substitute_in(std::string& line, const SedCommand& command) {
  std::string result;
  std::vector<regmatch_t> groups;
  std::size_t from = 0;
  bool has_changed = false;
  while (from <= line.size() && command.pattern->match(line, from, groups)) {
    has_changed = true;
    const auto begin = from + static_cast<std::size_t>(groups[0].rm_so);
    const auto end = from + static_cast<std::size_t>(groups[0].rm_eo);
    result += line.substr(from, begin - from);
    for (std::size_t i = 0; i < command.replacement.size(); ++i) {
      char c = command.replacement[i];
      std::size_t group = c == '&' ? 0 : 10;
      if (c == '\\' && i + 1 < command.replacement.size()) {
        c = command.replacement[++i];
        group = c >= '0' && c <= '9' ? static_cast<std::size_t>(c - '0') : 10;
        c = c == 'n' ? '\n' : c;
      }
      if (group == 10) {
        result += c;
      } else if (groups[group].rm_so >= 0) {
        result += line.substr(from + static_cast<std::size_t>(groups[group].rm_so),
                              static_cast<std::size_t>(groups[group].rm_eo - groups[group].rm_so));
      }
    }
    if (begin == end && end < line.size()) {
      result += line[end];
    }
    from = begin == end ? end + 1 : end;
    if (!command.is_global) {
      break;
    }
  }
  if (has_changed) {
    line = result + (from <= line.size() ? line.substr(from) : "");
  }
  return has_changed;
}

std::string run_sed(const std::vector<SedCommand>& commands, const std::string& text, bool silent) {
  std::string output;
  std::size_t number = 0;
  for (const std::string_view each : util::lines(text)) {
    std::string line(each);
    ++number;
    bool is_deleted = false, is_last = false;
    for (const SedCommand& command : commands) {
      if ((command.address && !command.address->matches(line)) ||
          (command.line != 0 && command.line != number)) {
        continue;
      }
      if (command.name == 'd') {
        is_deleted = true;
        break;
      }
      if (command.name == 'q') {
        is_last = true;
        break;
      }
      if (command.name == 'p' || (substitute_in(line, command) && command.prints)) {
        output += line + "\n";
      }
    }
    if (!is_deleted && !silent) {
      output += line + "\n";
    }
    if (is_last) {
      break;
    }
  }
  return output;
}

}  // namespace

int sed_command(ShellCall& call) {
  std::string script;
  std::vector<std::string> files;
  bool is_silent = false, is_extended = false, is_in_place = false, has_script = false;
  for (std::size_t i = 1; i < call.words.size(); ++i) {
    const std::string& word = call.words[i];
    if (word.starts_with("-") && word.size() > 1) {
      for (const char option : word.substr(1)) {
        if (option == 'n') {
          is_silent = true;
        } else if (option == 'r' || option == 'E') {
          is_extended = true;
        } else if (option == 'i') {
          is_in_place = true;
        } else if (option == 'e') {
          const std::size_t at = word.find('e');
          script += (at + 1 < word.size()        ? word.substr(at + 1)
                     : i + 1 < call.words.size() ? call.words[++i]
                                                 : std::string()) +
                    ";";
          has_script = true;
          break;
        } else {
          call.refuse(fmt::format("the option '{}'", word));
        }
      }
    } else if (!has_script) {
      script = word;
      has_script = true;
    } else {
      files.push_back(word);
    }
  }
  const std::vector<SedCommand> commands = parse_sed(call, script, is_extended);
  if (!is_in_place) {
    const auto text = operand_text(call, files);
    if (!text) {
      return 2;
    }
    call.output += run_sed(commands, *text, is_silent);
    return 0;
  }
  for (const std::string& file : files) {
    const auto text = operand_text(call, {file});
    const auto at = call.shell.place(file, true);
    if (!text || !at) {
      return 4;
    }
    Node node = *call.shell.tree().find(*at);
    node.content = run_sed(commands, *text, is_silent);
    call.shell.tree().put(*at, std::move(node));
  }
  return 0;
}

}  // namespace cartwheel::debian
