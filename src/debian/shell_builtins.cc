#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "debian/shell_commands.h"
#include "util/text.h"

namespace cartwheel::debian {

namespace {

using Flow = Shell::Flow;

int succeed(ShellCall&) { return 0; }
int fail(ShellCall&) { return 1; }

// The escapes of echo and printf's format.
std::string unescaped(const std::string& text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      result += text[i];
      continue;
    }
    const char c = text[++i];
    constexpr std::string_view kFrom = "ntrabfv\\";
    constexpr std::string_view kTo = "\n\t\r\a\b\f\v\\";
    const std::size_t place = kFrom.find(c);
    if (place != std::string_view::npos) {
      result += kTo[place];
    } else if (c >= '0' && c <= '7') {
      int value = 0;
      for (int digits = 0; digits < 3 && i < text.size() && text[i] >= '0' && text[i] <= '7';
           ++digits, ++i) {
        value = value * 8 + (text[i] - '0');
      }
      --i;
      result += static_cast<char>(value);
    } else {
      result += '\\';
      result += c;
    }
  }
  return result;
}

int echo(ShellCall& call) {  // as dash(1) has it
  const bool is_open = call.words.size() > 1 && call.words[1] == "-n";
  std::vector<std::string> words(call.words.begin() + (is_open ? 2 : 1), call.words.end());
  call.output += unescaped(util::join(words, " ")) + (is_open ? "" : "\n");
  return 0;
}

int print(ShellCall& call) {
  if (call.words.size() < 2) {
    call.refuse();
  }
  std::size_t format_at = call.words[1] == "--" ? 2 : 1;
  const std::string format = unescaped(call.words.at(format_at));
  std::size_t next = format_at + 1;
  do {
    for (std::size_t i = 0; i < format.size(); ++i) {
      if (format[i] != '%') {
        call.output += format[i];
        continue;
      }
      const char c = ++i < format.size() ? format[i] : '\0';
      if (c == '%') {
        call.output += '%';
        continue;
      }
      const std::string argument = next < call.words.size() ? call.words[next] : "";
      ++next;
      if (c == 's') {
        call.output += argument;
      } else if (c == 'b') {
        call.output += unescaped(argument);
      } else if (c == 'd' || c == 'i' || c == 'u') {
        call.output += std::to_string(shell_integer(argument).value_or(0));
      } else {
        call.refuse(fmt::format("the format '{}'", call.words[format_at]));
      }
    }
  } while (next < call.words.size() && format.find('%') != std::string::npos);
  return 0;
}

int status_of(const ShellCall& call) {
  if (call.words.size() < 2) {
    return 0;
  }
  return static_cast<int>(shell_integer(call.words[1]).value_or(2)) & 255;
}

int leave_script(ShellCall& call) {
  call.shell.flow(Flow::leave_script, status_of(call));
  return status_of(call);
}
int leave_function(ShellCall& call) {
  call.shell.flow(Flow::leave_function, status_of(call));
  return status_of(call);
}
int loop_count(const ShellCall& call) { return std::max(1, status_of(call)); }
int leave_loop(ShellCall& call) {
  call.shell.flow(Flow::leave_loop, loop_count(call));
  return 0;
}
int next_round(ShellCall& call) {
  call.shell.flow(Flow::next_round, loop_count(call));
  return 0;
}

int set(ShellCall& call) {
  std::size_t i = 1;
  for (; i < call.words.size(); ++i) {
    const std::string& word = call.words[i];
    if (word == "--") {
      ++i;
      break;
    }
    if (word.size() < 2 || (word[0] != '-' && word[0] != '+')) {
      break;
    }
    for (const char option : word.substr(1)) {
      if (option == 'o') {
        ++i;  // its name: none of them changes what a script does here
        break;
      }
      call.shell.set_option(option, word[0] == '-');
    }
    if (i + 1 == call.words.size()) {
      return 0;
    }
  }
  if (i < call.words.size() || (call.words.size() > 1 && call.words.back() == "--")) {
    call.shell.arguments().assign(call.words.begin() + static_cast<std::ptrdiff_t>(i),
                                  call.words.end());
  }
  return 0;
}

int shift(ShellCall& call) {
  auto& arguments = call.shell.arguments();
  const std::size_t count = call.words.size() > 1 ? static_cast<std::size_t>(status_of(call)) : 1;
  if (count > arguments.size()) {
    return 1;
  }
  arguments.erase(arguments.begin(), arguments.begin() + static_cast<std::ptrdiff_t>(count));
  return 0;
}

// export, readonly, local: "NAME" or "NAME=VALUE".
int declare(ShellCall& call) {
  for (std::size_t i = 1; i < call.words.size(); ++i) {
    const std::string& word = call.words[i];
    if (word.starts_with('-')) {
      continue;
    }
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    if (call.words[0] == "local") {
      call.shell.make_local(name);
    }
    if (equals != std::string::npos) {
      call.shell.variables()[name] = word.substr(equals + 1);
    }
  }
  return 0;
}

int unset(ShellCall& call) {
  for (std::size_t i = 1; i < call.words.size(); ++i) {
    call.shell.variables().erase(call.words[i]);
  }
  return 0;
}

int change_folder(ShellCall& call) {
  const std::string path = call.words.size() > 1 ? call.words.back() : "/root";
  const std::optional<std::string> at = call.shell.place(path, true);
  const Node* node = call.shell.find(path, true);
  if (!at || node == nullptr || node->kind != Node::Kind::directory) {
    return 1;
  }
  call.shell.set_folder("/" + *at);
  return 0;
}

int print_folder(ShellCall& call) {
  call.output += call.shell.folder() + "\n";
  return 0;
}

int set_umask(ShellCall& call) {
  unsigned mask = 0;
  if (call.words.size() < 2) {
    call.output += fmt::format("{:04o}\n", call.shell.umask());
    return 0;
  }
  const std::string& text = call.words[1];
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mask, 8);
  if (error != std::errc() || end != text.data() + text.size()) {
    call.refuse();
  }
  call.shell.set_umask(mask & 0777U);
  return 0;
}

// command -v, which, type: what would be run.
int locate(ShellCall& call) {
  std::size_t first = 1;
  while (first < call.words.size() && call.words[first].starts_with('-')) {
    ++first;
  }
  int status = first < call.words.size() ? 0 : 1;
  for (std::size_t i = first; i < call.words.size(); ++i) {
    const std::string& name = call.words[i];
    const std::string path = call.shell.has_function(name) ? name : call.shell.find_command(name);
    if (path.empty()) {
      status = 1;
    } else {
      call.output += path + "\n";
    }
  }
  return status;
}

int run_rest(ShellCall& call, std::size_t from) {
  const std::vector<std::string> words(
      call.words.begin() + static_cast<std::ptrdiff_t>(std::min(from, call.words.size())),
      call.words.end());
  return words.empty() ? 0 : call.shell.call(words, call.input, call.output);
}

int command(ShellCall& call) {
  if (call.words.size() > 1 && (call.words[1] == "-v" || call.words[1] == "-V")) {
    return locate(call);
  }
  return run_rest(call, 1);
}

int replace(ShellCall& call) {  // exec
  if (call.words.size() == 1) {
    return 0;
  }
  const int status = run_rest(call, 1);
  call.shell.flow(Flow::leave_script, status);
  return status;
}

int env(ShellCall& call) {
  std::size_t first = 1;
  while (first < call.words.size() &&
         (call.words[first].find('=') != std::string::npos || call.words[first].starts_with('-'))) {
    ++first;
  }
  return run_rest(call, first);
}

int evaluate(ShellCall& call) {
  const std::vector<std::string> words(call.words.begin() + 1, call.words.end());
  return call.shell.evaluate(util::join(words, " "), call.input, call.output);
}

int source(ShellCall& call) {
  if (call.words.size() < 2) {
    call.refuse("names no file");
  }
  if (call.words[1].ends_with("/debconf/confmodule")) {
    return 0;  // debconf's functions are commands here
  }
  const Node* node = call.shell.find(call.words[1], true);
  if (node == nullptr || node->kind != Node::Kind::file) {
    call.refuse(fmt::format("there is no '{}'", call.words[1]));
  }
  return call.shell.evaluate(
      call.shell.tree().read(*node, 0, node->size()), call.input, call.output);
}

int read_line(ShellCall& call) {
  std::vector<std::string> names(call.words.begin() + 1, call.words.end());
  bool is_raw = false;
  while (!names.empty() && names[0].starts_with('-')) {
    is_raw = is_raw || names[0] == "-r";
    names.erase(names.begin());
  }
  std::optional<std::string> line = call.input.next_line();
  if (!line) {
    for (const std::string& name : names) {
      call.shell.variables()[name] = "";
    }
    return 1;
  }
  if (!is_raw && line->find('\\') != std::string::npos) {
    call.refuse("a line with '\\'");
  }
  const std::string separators = call.shell.variables()["IFS"];
  const auto skip = [&] {
    while (!line->empty() && separators.find(line->front()) != std::string::npos &&
           (line->front() == ' ' || line->front() == '\t')) {
      line->erase(0, 1);
    }
  };
  skip();
  for (std::size_t i = 0; i < names.size(); ++i) {
    const bool is_last = i + 1 == names.size();
    const std::size_t end =
        is_last ? line->size() : std::min(line->find_first_of(separators), line->size());
    std::string part = line->substr(0, end);
    line->erase(0, end);
    const bool was_blank = !line->empty() && (line->front() == ' ' || line->front() == '\t');
    if (was_blank) {
      skip();
    } else if (!line->empty()) {
      line->erase(0, 1);
    }
    while (is_last && !part.empty() && (part.back() == ' ' || part.back() == '\t') &&
           separators.find(part.back()) != std::string::npos) {
      part.pop_back();
    }
    call.shell.variables()[names[i]] = part;
  }
  return 0;
}

}  // namespace

void add_shell_builtins(ShellCommands& commands) {
  commands.insert({{".", source},
                   {":", succeed},
                   {"[", test_command},
                   {"break", leave_loop},
                   {"cd", change_folder},
                   {"command", command},
                   {"continue", next_round},
                   {"echo", echo},
                   {"env", env},
                   {"eval", evaluate},
                   {"exec", replace},
                   {"exit", leave_script},
                   {"export", declare},
                   {"false", fail},
                   {"local", declare},
                   {"printf", print},
                   {"pwd", print_folder},
                   {"read", read_line},
                   {"readonly", declare},
                   {"return", leave_function},
                   {"set", set},
                   {"shift", shift},
                   {"sleep", succeed},
                   {"sync", succeed},
                   {"test", test_command},
                   {"trap", succeed},
                   {"true", succeed},
                   {"type", locate},
                   {"umask", set_umask},
                   {"unset", unset},
                   {"which", locate}});
}

}  // namespace cartwheel::debian
