#include <charconv>

#include <fmt/format.h>

#include "debian/shell_commands.h"
#include "util/text.h"

namespace cartwheel::debian {

ShellOptions shell_options(const ShellCall& call, std::string_view known) {
  const std::vector<std::string_view> names = util::split(known, ' ');
  const auto takes = [&](std::string_view name, bool& has_value) {
    for (const std::string_view one : names) {
      if (one == name) {
        has_value = false;
        return true;
      }
      if (one.ends_with('=') && one.substr(0, one.size() - 1) == name) {
        has_value = true;
        return true;
      }
    }
    return false;
  };
  ShellOptions options;
  bool has_value = false;
  std::size_t i = 1;
  for (; i < call.words.size(); ++i) {
    const std::string& word = call.words[i];
    if (word == "--") {
      ++i;
      break;
    }
    if (word.size() < 2 || word[0] != '-') {
      options.operands.push_back(word);
      continue;
    }
    if (word[1] == '-') {
      const std::size_t equals = word.find('=');
      const std::string name = word.substr(2, equals == std::string::npos ? equals : equals - 2);
      if (!takes(name, has_value) || (!has_value && equals != std::string::npos)) {
        call.refuse(fmt::format("the option '{}'", word));
      }
      options.given[name] = !has_value                    ? ""
                            : equals != std::string::npos ? word.substr(equals + 1)
                            : i + 1 < call.words.size()   ? call.words[++i]
                                                          : "";
      continue;
    }
    for (std::size_t at = 1; at < word.size(); ++at) {
      const std::string name(1, word[at]);
      if (!takes(name, has_value)) {
        call.refuse(fmt::format("the option '-{}'", name));
      }
      if (!has_value) {
        options.given[name] = "";
        continue;
      }
      options.given[name] = at + 1 < word.size()        ? word.substr(at + 1)
                            : i + 1 < call.words.size() ? call.words[++i]
                                                        : "";
      break;
    }
  }
  for (; i < call.words.size(); ++i) {
    options.operands.push_back(call.words[i]);
  }
  return options;
}

std::optional<long long> shell_integer(std::string_view text) {
  long long number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return number;
}

std::optional<std::string> operand_text(ShellCall& call, const std::vector<std::string>& files) {
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

}  // namespace cartwheel::debian
