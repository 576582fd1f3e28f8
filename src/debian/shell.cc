#include "debian/shell.h"

#include <algorithm>

#include <fmt/format.h>

#include "debian/shell_commands.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::debian {

namespace {

using util::Error;
using util::ErrorKind;

constexpr std::string_view kShells[] = {"/sh", "/dash", "/bash"};

}  // namespace

bool is_shell_script(std::string_view text) {
  const std::string_view first = text.substr(0, text.find('\n'));
  if (!first.starts_with("#!")) {
    return false;
  }
  return std::any_of(std::begin(kShells), std::end(kShells), [&](std::string_view shell) {
    return first.find(shell) != std::string_view::npos;
  });
}

std::string ShellInput::rest() {
  std::string text_left = text.substr(std::min(at, text.size()));
  at = text.size();
  return text_left;
}

std::optional<std::string> ShellInput::next_line() {
  if (at >= text.size()) {
    return std::nullopt;
  }
  const std::size_t end = std::min(text.find('\n', at), text.size());
  std::string line = text.substr(at, end - at);
  at = end + 1;
  return line;
}

void ShellCall::refuse(const std::string& why) const {
  shell.refuse(why.empty() ? fmt::format("nothing here stands in for '{}'", words[0])
                           : fmt::format("'{}': {}", words[0], why));
}

Shell::Shell(Tree& tree, const std::map<std::string_view, ShellCommand>& commands, void* state)
    : tree_(tree),
      commands_(commands),
      state_(state) {
  variables_["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  variables_["IFS"] = " \t\n";
}

int Shell::run(std::string_view script, std::vector<std::string> arguments) {
  lines_ = util::lines(script);
  arguments_ = std::move(arguments);
  trees_.push_back(parse_shell(script));
  Streams streams;
  status_ = run_node(*trees_.back(), streams);
  return flow_ == Flow::leave_script ? flow_count_ : status_;
}

int Shell::evaluate(std::string_view text, ShellInput& input, std::string& output) {
  const std::size_t line = line_;
  const std::vector<std::string_view> lines = lines_;
  trees_.push_back(parse_shell(text));
  lines_ = util::lines(text);
  Streams streams;
  *streams.input = std::move(input);
  const int status = run_node(*trees_.back(), streams);
  input = std::move(*streams.input);
  output += streams.output();
  line_ = line;
  lines_ = lines;
  return status;
}

int Shell::call(const std::vector<std::string>& words, ShellInput& input, std::string& output) {
  Streams streams;
  *streams.input = std::move(input);
  const int status = run_words(words, streams);
  input = std::move(*streams.input);
  output += streams.output();
  return status;
}

void Shell::refuse(const std::string& message) const {
  std::string text;
  if (line_ >= 1 && line_ <= lines_.size()) {
    text = fmt::format("'{}': ", util::trim(lines_[line_ - 1]));
  }
  throw Error(ErrorKind::unsupported, fmt::format("line {}: {}{}", line_, text, message));
}

void Shell::flow(Flow flow, int count_or_status) {
  flow_ = flow;
  flow_count_ = count_or_status;
}

void Shell::set_option(char option, bool on) {
  if (option == 'e') {
    stops_on_failure_ = on;
  } else if (option == 'u') {
    refuses_unset_ = on;
  } else if (option == 'f') {
    has_globs_ = !on;
  } else if (option == 'n') {
    refuse("'set -n'");
  }
}

void Shell::make_local(const std::string& name) {
  if (locals_.empty()) {
    refuse("'local' outside a function");
  }
  const auto old = variables_.find(name);
  locals_.back().emplace(
      name, old == variables_.end() ? std::nullopt : std::optional<std::string>(old->second));
}

std::string Shell::find_command(const std::string& name) const {
  if (name.find('/') != std::string::npos) {
    const Node* node = find(name, true);
    const bool is_program =
        node != nullptr && node->kind == Node::Kind::file && (node->mode & 0111U) != 0;
    return is_program ? name : "";
  }
  const std::string folders = value("PATH").value_or("");
  for (const std::string_view folder : util::split(folders, ':')) {
    const std::string path = fmt::format("{}/{}", folder, name);
    const Node* node = find(path, true);
    if (node != nullptr && node->kind == Node::Kind::file && (node->mode & 0111U) != 0) {
      return path;
    }
  }
  return commands_.count(name) != 0 && !is_optional_command(name) ? "/usr/bin/" + name : "";
}

std::optional<std::string> Shell::place(const std::string& path, bool follow) const {
  if (path.empty()) {
    return std::nullopt;
  }
  std::string whole = path.starts_with('/') ? path : folder_ + "/" + path;
  while (whole.size() > 1 && whole.ends_with('/')) {
    whole.pop_back();
  }
  if (follow) {
    return tree_.resolve(whole);
  }
  const std::size_t slash = whole.rfind('/');
  const std::string name = whole.substr(slash + 1);
  if (name == "." || name == ".." || name.empty()) {
    return tree_.resolve(whole);
  }
  const std::optional<std::string> parent = tree_.resolve(whole.substr(0, slash));
  if (!parent) {
    return std::nullopt;
  }
  return parent->empty() ? name : *parent + "/" + name;
}

const Node* Shell::find(const std::string& path, bool follow) const {
  static const Node root = Node::directory();
  const std::optional<std::string> at = place(path, follow);
  if (!at) {
    return nullptr;
  }
  return at->empty() ? &root : tree_.find(*at);
}

}  // namespace cartwheel::debian
