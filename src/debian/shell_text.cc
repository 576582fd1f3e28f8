#include <algorithm>
#include <cctype>
#include <charconv>
#include <set>

#include <fmt/format.h>

#include "debian/posix_regex.h"
#include "debian/shell_commands.h"
#include "util/text.h"

namespace cartwheel::debian {

namespace {

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

int cat(ShellCall& call) {
  const ShellOptions options = shell_options(call, "");
  const auto text = operand_text(call, options.operands);
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
  const auto text = operand_text(call, options.operands);
  if (!text) {
    return 2;
  }
  const PosixRegex regex(call, is_fixed ? "" : pattern, is_extended, options.has("i"));
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
  const auto text = operand_text(call, options.operands);
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
  const auto text = operand_text(call, options.operands);
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

}  // namespace

void add_text_commands(ShellCommands& commands) {
  commands.insert({{"basename", base_name},
                   {"cat", cat},
                   {"cut", cut},
                   {"dirname", folder_name},
                   {"egrep", grep},
                   {"fgrep", grep},
                   {"grep", grep},
                   {"sed", sed_command},
                   {"sort", sort},
                   {"tr", tr},
                   {"xargs", for_each_word}});
}

}  // namespace cartwheel::debian
