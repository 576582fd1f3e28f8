#include <algorithm>
#include <cctype>
#include <charconv>
#include <set>

#include <fmt/format.h>
#include <regex.h>

#include "core/digest.h"
#include "debian/shell_commands.h"
#include "util/text.h"

namespace cartwheel::debian {

namespace {

// The text of the operands, or of the input when there are none; nothing when a file is missing.
std::optional<std::string> text_of(ShellCall& call, const std::vector<std::string>& files) {
  if (files.empty()) {
    return call.input.rest();
  }
  std::string text;
  for (const std::string& file : files) {
    if (file == "-") {
      text += call.input.rest();
      continue;
    }
    if (file == "/dev/null") {
      continue;
    }
    const Node* node = call.shell.find(file, true);
    if (node == nullptr || node->kind != Node::Kind::file) {
      return std::nullopt;
    }
    text += call.shell.tree().read(*node, 0, node->size());
  }
  return text;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (const std::string_view line : util::lines(text)) {
    lines.emplace_back(line);
  }
  return lines;
}

std::string text_of_lines(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) {
    text += line + "\n";
  }
  return text;
}

// A POSIX regular expression.
class Regex {
 public:
  Regex(const ShellCall& call, const std::string& pattern, bool is_extended, bool ignores_case) {
    const int flags = (is_extended ? REG_EXTENDED : 0) | (ignores_case ? REG_ICASE : 0);
    if (regcomp(&regex_, pattern.c_str(), flags) != 0) {
      call.refuse(fmt::format("the pattern '{}'", pattern));
    }
  }
  ~Regex() { regfree(&regex_); }
  Regex(const Regex&) = delete;
  Regex& operator=(const Regex&) = delete;

  // Where it matches: begin and end of the whole and of each group, -1 for none.
  bool match(const std::string& text, std::size_t from, std::vector<regmatch_t>& groups) const {
    groups.resize(10);
    return regexec(&regex_,
                   text.c_str() + from,
                   groups.size(),
                   groups.data(),
                   from > 0 ? REG_NOTBOL : 0) == 0;
  }
  bool matches(const std::string& text) const {
    return regexec(&regex_, text.c_str(), 0, nullptr, 0) == 0;
  }

 private:
  regex_t regex_{};
};

int cat(ShellCall& call) {
  const ShellOptions options = shell_options(call, "");
  const auto text = text_of(call, options.operands);
  if (!text) {
    return 1;
  }
  call.output += *text;
  return 0;
}

int grep(ShellCall& call) {
  ShellOptions options =
      shell_options(call, "q quiet silent v E F x i c w s l e= regexp= h o m= fixed-strings");
  if (options.has("w") || options.has("o") || options.has("m")) {
    call.refuse("an option");
  }
  std::string pattern;
  if (options.has("e")) {
    pattern = options.given["e"];
  } else if (options.has("regexp")) {
    pattern = options.given["regexp"];
  } else if (!options.operands.empty()) {
    pattern = options.operands[0];
    options.operands.erase(options.operands.begin());
  } else {
    call.refuse("names no pattern");
  }
  const bool is_fixed =
      options.has("F") || options.has("fixed-strings") || call.words[0].ends_with("fgrep");
  const bool is_extended = options.has("E") || call.words[0].ends_with("egrep");
  if (options.has("x") && !is_fixed) {
    pattern = is_extended ? "^(" + pattern + ")$" : "^\\(" + pattern + "\\)$";
  }
  const auto text = text_of(call, options.operands);
  if (!text) {
    return 2;
  }
  const Regex regex(call, is_fixed ? "" : pattern, is_extended, options.has("i"));
  std::size_t count = 0;
  std::string found;
  for (const std::string& line : lines_of(*text)) {
    const bool is_match = !is_fixed          ? regex.matches(line)
                          : options.has("x") ? line == pattern
                                             : line.find(pattern) != std::string::npos;
    if (is_match != options.has("v")) {
      ++count;
      found += line + "\n";
    }
  }
  if (options.has("c")) {
    call.output += std::to_string(count) + "\n";
  } else if (options.has("l")) {
    call.output += count > 0 && !options.operands.empty() ? options.operands[0] + "\n" : "";
  } else if (!options.has("q") && !options.has("quiet") && !options.has("silent")) {
    call.output += found;
  }
  return count > 0 ? 0 : 1;
}

// One command of sed(1): [/RE/] s, p, d or q.
struct SedCommand {
  std::shared_ptr<Regex> address, pattern;
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
      command.address = std::make_shared<Regex>(call, last_pattern, extended, false);
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
      command.pattern = std::make_shared<Regex>(call, pattern, extended, ignores_case);
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
  for (std::string line : lines_of(text)) {
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

int sed(ShellCall& call) {
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
    const auto text = text_of(call, files);
    if (!text) {
      return 2;
    }
    call.output += run_sed(commands, *text, is_silent);
    return 0;
  }
  for (const std::string& file : files) {
    const auto text = text_of(call, {file});
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

// "a-z", "[:upper:]", "\n" → the letters.
std::string letters_of(const ShellCall& call, const std::string& set) {
  if (set == "[:upper:]" || set == "[:lower:]") {
    return letters_of(call, set == "[:upper:]" ? "A-Z" : "a-z");
  }
  if (set.find("[:") != std::string::npos) {
    call.refuse(fmt::format("the set '{}'", set));
  }
  std::string letters;
  for (std::size_t i = 0; i < set.size(); ++i) {
    if (set[i] == '\\' && i + 1 < set.size()) {
      ++i;
      letters += set[i] == 'n' ? '\n' : set[i] == 't' ? '\t' : set[i];
    } else if (i + 2 < set.size() && set[i + 1] == '-') {
      for (int c = static_cast<unsigned char>(set[i]); c <= static_cast<unsigned char>(set[i + 2]);
           ++c) {
        letters += static_cast<char>(c);
      }
      i += 2;
    } else {
      letters += set[i];
    }
  }
  return letters;
}

int tr(ShellCall& call) {
  const ShellOptions options = shell_options(call, "d s c");
  if (options.operands.empty() || options.has("s") || (options.has("c") && !options.has("d"))) {
    call.refuse();
  }
  const std::string from = letters_of(call, options.operands[0]);
  const std::string to = options.operands.size() > 1 ? letters_of(call, options.operands[1]) : "";
  for (const char c : call.input.rest()) {
    const std::size_t place = from.find(c);
    if ((place == std::string::npos) != options.has("c")) {
      call.output += c;
    } else if (!options.has("d") && !to.empty()) {
      call.output += to[std::min(place, to.size() - 1)];
    }
  }
  return 0;
}

int cut(ShellCall& call) {
  ShellOptions options = shell_options(call, "d= f= c= delimiter= fields=");
  const std::string fields = options.has("f") ? options.given["f"] : options.given["fields"];
  const std::string delimiter = options.has("d")           ? options.given["d"]
                                : options.has("delimiter") ? options.given["delimiter"]
                                                           : "\t";
  std::set<std::size_t> wanted;
  bool takes_rest = false;
  std::size_t rest_from = 0;
  for (const std::string_view one : util::split(fields, ',')) {
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(one.data(), one.data() + one.size(), number);
    if (error != std::errc() || number == 0 || delimiter.size() != 1) {
      call.refuse();
    }
    wanted.insert(number);
    if (end != one.data() + one.size()) {
      if (std::string_view(end, one.data() + one.size()) != "-") {
        call.refuse();
      }
      takes_rest = true;
      rest_from = number;
    }
  }
  const auto text = text_of(call, options.operands);
  if (!text) {
    return 1;
  }
  for (const std::string& line : lines_of(*text)) {
    const std::vector<std::string_view> parts = util::split(line, delimiter[0]);
    std::vector<std::string> kept;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (parts.size() == 1 || wanted.count(i + 1) != 0 || (takes_rest && i + 1 >= rest_from)) {
        kept.emplace_back(parts[i]);
      }
    }
    call.output += util::join(kept, delimiter) + "\n";
  }
  return 0;
}

int sort(ShellCall& call) {
  const ShellOptions options = shell_options(call, "u r");
  const auto text = text_of(call, options.operands);
  if (!text) {
    return 2;
  }
  std::vector<std::string> lines = lines_of(*text);
  std::sort(lines.begin(), lines.end());
  if (options.has("u")) {
    lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
  }
  if (options.has("r")) {
    std::reverse(lines.begin(), lines.end());
  }
  call.output += text_of_lines(lines);
  return 0;
}

int uniq(ShellCall& call) {
  const auto text = text_of(call, shell_options(call, "").operands);
  std::vector<std::string> lines = lines_of(text.value_or(""));
  lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
  call.output += text_of_lines(lines);
  return 0;
}

int take_lines(ShellCall& call) {  // head, tail
  std::size_t count = 10;
  std::vector<std::string> files;
  for (std::size_t i = 1; i < call.words.size(); ++i) {
    std::string word = call.words[i];
    if (!word.starts_with('-') || word == "-") {
      files.push_back(word);
      continue;
    }
    word.erase(0, word.starts_with("-n") ? 2 : 1);
    if (word.empty() && i + 1 < call.words.size()) {
      word = call.words[++i];
    }
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), count);
    if (error != std::errc() || end != word.data() + word.size()) {
      call.refuse();
    }
  }
  const auto text = text_of(call, files);
  if (!text) {
    return 1;
  }
  std::vector<std::string> lines = lines_of(*text);
  if (lines.size() > count) {
    if (call.words[0].ends_with("tail")) {
      lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(count));
    } else {
      lines.resize(count);
    }
  }
  call.output += text_of_lines(lines);
  return 0;
}

int count_words(ShellCall& call) {  // wc
  const ShellOptions options = shell_options(call, "l c");
  const auto text = text_of(call, options.operands);
  if (!text || options.given.size() != 1) {
    call.refuse();
  }
  call.output += std::to_string(options.has("c") ? static_cast<std::ptrdiff_t>(text->size())
                                                 : std::count(text->begin(), text->end(), '\n')) +
                 "\n";
  return 0;
}

int base_name(ShellCall& call) {
  if (call.words.size() < 2 || call.words[1].starts_with('-')) {
    call.refuse();
  }
  std::string name = call.words[1];
  while (name.size() > 1 && name.ends_with('/')) {
    name.pop_back();
  }
  name = name.substr(name.rfind('/') + 1);
  if (call.words.size() > 2 && name.size() > call.words[2].size() &&
      name.ends_with(call.words[2])) {
    name.resize(name.size() - call.words[2].size());
  }
  call.output += name + "\n";
  return 0;
}

int folder_name(ShellCall& call) {
  if (call.words.size() != 2 || call.words[1].starts_with('-')) {
    call.refuse();
  }
  std::string path = call.words[1];
  while (path.size() > 1 && path.ends_with('/')) {
    path.pop_back();
  }
  const std::size_t slash = path.rfind('/');
  call.output += (slash == std::string::npos ? "."
                  : slash == 0               ? "/"
                                             : path.substr(0, slash)) +
                 "\n";
  return 0;
}

int calculate(ShellCall& call) {  // expr NUMBER OP NUMBER
  if (call.words.size() != 4) {
    call.refuse();
  }
  const std::string& operation = call.words[2];
  if (operation.size() != 1 ||
      std::string_view("+-*/%").find(operation) == std::string_view::npos) {
    call.refuse();
  }
  return call.shell.evaluate(
      fmt::format("echo $(({} {} {}))", call.words[1], operation, call.words[3]),
      call.input,
      call.output);
}

int for_each_word(ShellCall& call) {  // xargs
  std::vector<std::string> command(call.words.begin() + 1, call.words.end());
  while (!command.empty() && (command[0] == "-r" || command[0] == "--no-run-if-empty")) {
    command.erase(command.begin());
  }
  if (command.empty() || command[0].starts_with('-')) {
    call.refuse();
  }
  const std::string text = call.input.rest();
  const std::size_t own = command.size();
  for (std::size_t at = text.find_first_not_of(" \t\n"); at != std::string::npos;) {
    const std::size_t end = std::min(text.find_first_of(" \t\n", at), text.size());
    command.push_back(text.substr(at, end - at));
    at = text.find_first_not_of(" \t\n", end);
  }
  return command.size() == own ? 0 : call.shell.call(command, call.input, call.output);
}

int hash(ShellCall& call) {  // sha256sum
  const ShellOptions options = shell_options(call, "");
  const auto text = text_of(call, options.operands);
  if (!text || options.operands.size() > 1) {
    return 1;
  }
  call.output += core::Digest::of(*text).hex() + "  " +
                 (options.operands.empty() ? "-" : options.operands[0]) + "\n";
  return 0;
}

}  // namespace

void add_text_commands(ShellCommands& commands) {
  commands.insert({{"basename", base_name},
                   {"cat", cat},
                   {"cut", cut},
                   {"dirname", folder_name},
                   {"egrep", grep},
                   {"expr", calculate},
                   {"fgrep", grep},
                   {"grep", grep},
                   {"head", take_lines},
                   {"sed", sed},
                   {"sha256sum", hash},
                   {"sort", sort},
                   {"tail", take_lines},
                   {"tr", tr},
                   {"uniq", uniq},
                   {"wc", count_words},
                   {"xargs", for_each_word}});
}

}  // namespace cartwheel::debian
