#include "debian/shell.h"

#include <algorithm>

#include <fmt/format.h>
#include <fnmatch.h>

#include "debian/shell_commands.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::debian {

namespace {

using util::Error;
using util::ErrorKind;

constexpr std::size_t kMostSteps = 1'000'000;
constexpr int kDeepest = 200;
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
  for (const std::string_view folder : util::split(variables_.at("PATH"), ':')) {
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

// ---- what is run ----

int Shell::run_node(const ShellNode& node, Streams& streams) {
  if (++steps_ > kMostSteps) {
    refuse("does not come to an end");
  }
  if (depth_ >= kDeepest) {
    refuse("calls itself too deeply");
  }
  ++depth_;
  line_ = node.line;
  if (node.redirections.empty()) {
    status_ = run_kind(node, streams);
  } else {
    status_ = run_redirected(node, streams);
  }
  --depth_;
  return status_;
}

int Shell::run_redirected(const ShellNode& node, Streams& streams) {
  Streams inner = streams;
  std::vector<Written> files;
  for (const ShellRedirection& redirection : node.redirections) {
    if (!redirect(redirection, inner, files)) {
      return 1;  // a file that is not there
    }
  }
  const bool stays = node.kind == ShellNode::Kind::simple && node.words.size() == 1 &&
                     plain_text(node.words[0]) == "exec";
  if (stays && !files.empty()) {
    refuse("'exec' with a file");
  }
  const int status = run_kind(node, inner);
  for (const Written& file : files) {
    write(file);
  }
  if (stays) {
    streams = inner;
  }
  return status;
}

bool Shell::redirect(const ShellRedirection& redirection,
                     Streams& streams,
                     std::vector<Written>& files) {
  const std::string target = expand_text(*redirection.target);
  const std::string& operation = redirection.operation;
  if (operation == "<<") {
    streams.input = std::make_shared<ShellInput>(ShellInput{target, 0});
    return true;
  }
  if (operation == "<&" && redirection.descriptor == 0) {
    return true;  // reads what it read
  }
  if (operation == ">&" || operation == "<&") {
    if (target == "-") {
      streams.outputs[redirection.descriptor] = std::make_shared<std::string>();
      return true;
    }
    const auto source = streams.outputs.find(target.size() == 1 ? target[0] - '0' : -1);
    if (source == streams.outputs.end()) {
      refuse(fmt::format("'{}{}'", operation, target));
    }
    streams.outputs[redirection.descriptor] = source->second;
    return true;
  }
  if (operation == "<") {
    if (target == "/dev/null") {
      streams.input = std::make_shared<ShellInput>();
      return true;
    }
    const Node* node = find(target, true);
    if (node == nullptr || node->kind != Node::Kind::file) {
      return false;
    }
    streams.input = std::make_shared<ShellInput>(ShellInput{tree_.read(*node, 0, node->size()), 0});
    return true;
  }
  auto text = std::make_shared<std::string>();
  streams.outputs[redirection.descriptor] = text;
  if (target == "/dev/null" || target == "/dev/stderr" || target == "/dev/stdout" ||
      target == "/dev/tty") {
    return true;
  }
  files.push_back({target, operation == ">>", text});
  return true;
}

void Shell::write(const Written& file) {
  const Node* old = find(file.path, true);
  if (old != nullptr && old->kind != Node::Kind::file) {
    refuse(fmt::format("writes into '{}', which is no file", file.path));
  }
  const std::optional<std::string> at = place(file.path, old != nullptr);
  if (!at) {
    refuse(fmt::format("writes into '{}', whose folder is not there", file.path));
  }
  Node node = old == nullptr ? Node::file("", 0666 & ~umask_) : *old;
  node.content =
      (file.appends && old != nullptr ? tree_.read(*old, 0, old->size()) : "") + *file.text;
  tree_.put(*at, std::move(node));
}

int Shell::run_kind(const ShellNode& node, Streams& streams) {
  switch (node.kind) {
    case ShellNode::Kind::simple:
      return run_simple(node, streams);
    case ShellNode::Kind::pipeline:
      return run_pipeline(node, streams);
    case ShellNode::Kind::both: {
      const int left = in_condition(*node.children[0], streams);
      return left != 0 || flow_ != Flow::none ? left : run_node(*node.children[1], streams);
    }
    case ShellNode::Kind::either: {
      const int left = in_condition(*node.children[0], streams);
      return left == 0 || flow_ != Flow::none ? left : run_node(*node.children[1], streams);
    }
    case ShellNode::Kind::list:
      return run_list(node, streams);
    case ShellNode::Kind::condition:
      return run_condition(node, streams);
    case ShellNode::Kind::loop_while:
      return run_while(node, streams);
    case ShellNode::Kind::loop_for:
      return run_for(node, streams);
    case ShellNode::Kind::choice:
      return run_choice(node, streams);
    case ShellNode::Kind::group:
      return run_node(*node.children[0], streams);
    case ShellNode::Kind::subshell:
      return run_subshell(node, streams);
    case ShellNode::Kind::function:
      functions_[node.name] = node.children[0];
      return 0;
  }
  return 0;
}

int Shell::in_condition(const ShellNode& node, Streams& streams) {
  ++conditions_;
  const int status = run_node(node, streams);
  --conditions_;
  return status;
}

// What a script does that `set -e` ends: dpkg would say that the package cannot be configured.
void Shell::check_failure(int status) {
  if (status != 0 && stops_on_failure_ && conditions_ == 0 && flow_ == Flow::none) {
    flow(Flow::leave_script, status);
  }
}

int Shell::run_list(const ShellNode& node, Streams& streams) {
  int status = 0;
  for (const auto& child : node.children) {
    status = run_node(*child, streams);
    if (flow_ != Flow::none) {
      return flow_ == Flow::leave_function || flow_ == Flow::leave_script ? flow_count_ : status;
    }
  }
  return status;
}

int Shell::run_pipeline(const ShellNode& node, Streams& streams) {
  conditions_ += node.is_negated ? 1 : 0;
  int status = 0;
  std::shared_ptr<ShellInput> input = streams.input;
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    const bool is_last = i + 1 == node.children.size();
    Streams inner = streams;
    inner.input = input;
    if (!is_last) {
      inner.outputs[1] = std::make_shared<std::string>();
    }
    if (node.children.size() == 1) {
      status = run_node(*node.children[i], inner);
    } else {
      status = run_apart(*node.children[i], inner);
    }
    input = std::make_shared<ShellInput>(ShellInput{*inner.outputs[1], 0});
  }
  conditions_ -= node.is_negated ? 1 : 0;
  if (node.is_negated) {
    return status == 0 ? 1 : 0;
  }
  if (node.children.size() > 1) {
    check_failure(status);
  }
  return status;
}

int Shell::run_condition(const ShellNode& node, Streams& streams) {
  for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
    const int test = in_condition(*node.children[i], streams);
    if (flow_ != Flow::none) {
      return test;
    }
    if (test == 0) {
      return run_node(*node.children[i + 1], streams);
    }
  }
  return node.children.size() % 2 == 1 ? run_node(*node.children.back(), streams) : 0;
}

// Whether a loop ends here; a `continue` that is meant for it goes on.
bool Shell::ends_loop() {
  if (flow_ == Flow::none) {
    return false;
  }
  if (flow_ != Flow::leave_loop && flow_ != Flow::next_round) {
    return true;
  }
  if (--flow_count_ > 0) {
    return true;
  }
  const bool ends = flow_ == Flow::leave_loop;
  flow_ = Flow::none;
  return ends;
}

int Shell::run_while(const ShellNode& node, Streams& streams) {
  int status = 0;
  while ((in_condition(*node.children[0], streams) == 0) != node.is_negated) {
    if (ends_loop()) {
      break;
    }
    status = run_node(*node.children[1], streams);
    if (ends_loop()) {
      break;
    }
  }
  return status;
}

int Shell::run_for(const ShellNode& node, Streams& streams) {
  int status = 0;
  for (const std::string& item : expand(node.words)) {
    variables_[node.name] = item;
    status = run_node(*node.children[0], streams);
    if (ends_loop()) {
      break;
    }
  }
  return status;
}

int Shell::run_choice(const ShellNode& node, Streams& streams) {
  const std::string text = expand_text(node.words[0]);
  for (const ShellNode::Case& one : node.cases) {
    for (const ShellWord& pattern : one.patterns) {
      if (fnmatch(expand_pattern(pattern).c_str(), text.c_str(), 0) == 0) {
        return run_node(*one.body, streams);
      }
    }
  }
  return 0;
}

int Shell::run_subshell(const ShellNode& node, Streams& streams) {
  const int status = run_apart(*node.children[0], streams);
  check_failure(status);
  return status;
}

// In a subshell: what is changed within the shell itself is undone.
int Shell::run_apart(const ShellNode& node, Streams& streams) {
  const auto variables = variables_;
  const auto functions = functions_;
  const auto arguments = arguments_;
  const std::string folder = folder_;
  const unsigned mask = umask_;
  const bool stops = stops_on_failure_;
  const bool refuses = refuses_unset_;
  Streams inner = streams;
  int status = run_node(node, inner);
  if (flow_ == Flow::leave_script || flow_ == Flow::leave_function) {
    status = flow_count_;
  }
  flow_ = Flow::none;
  variables_ = variables;
  functions_ = functions;
  arguments_ = arguments;
  folder_ = folder;
  umask_ = mask;
  stops_on_failure_ = stops;
  refuses_unset_ = refuses;
  return status;
}

int Shell::run_simple(const ShellNode& node, Streams& streams) {
  substitution_status_ = 0;
  std::vector<std::string> words = expand(node.words);
  if (words.empty()) {
    for (const ShellAssignment& assignment : node.assignments) {
      variables_[assignment.name] = expand_text(assignment.value);
    }
    check_failure(substitution_status_);
    return substitution_status_;
  }
  std::map<std::string, std::optional<std::string>> hidden;
  for (const ShellAssignment& assignment : node.assignments) {
    hidden.emplace(assignment.name, value(assignment.name));
    variables_[assignment.name] = expand_text(assignment.value);
  }
  line_ = node.line;
  const int status = run_words(std::move(words), streams);
  restore(hidden);
  check_failure(status);
  return status;
}

void Shell::restore(const std::map<std::string, std::optional<std::string>>& hidden) {
  for (const auto& [name, old] : hidden) {
    if (old) {
      variables_[name] = *old;
    } else {
      variables_.erase(name);
    }
  }
}

int Shell::run_words(std::vector<std::string> words, Streams& streams) {
  const auto function = functions_.find(words[0]);
  if (function != functions_.end()) {
    return run_function(function->second, std::move(words), streams);
  }
  const std::size_t slash = words[0].rfind('/');
  const std::string name = slash == std::string::npos ? words[0] : words[0].substr(slash + 1);
  const auto command = commands_.find(name);
  if (command == commands_.end()) {
    return run_program(std::move(words), streams);
  }
  ShellCall call{*this, std::move(words), *streams.input, streams.output()};
  return command->second(call);
}

// A program of the tree that is a shell script runs as the scripts that call it do.
int Shell::run_program(std::vector<std::string> words, Streams& streams) {
  const std::string path = find_command(words[0]);
  const Node* node = path.empty() ? nullptr : find(path, true);
  const std::string text =
      node == nullptr || tree_.read(*node, 0, 2) != "#!" ? "" : tree_.read(*node, 0, node->size());
  if (!is_shell_script(text)) {
    refuse(fmt::format("nothing here stands in for '{}'", words[0]));
  }
  trees_.push_back(parse_shell(text));
  const ShellNode& script = *trees_.back();
  const std::size_t line = line_;
  const std::vector<std::string_view> lines = lines_;
  lines_ = util::lines(text);
  words.erase(words.begin());
  std::swap(arguments_, words);
  const int conditions = conditions_;
  conditions_ = 0;
  const int status = util::in_context(path, [&] { return run_apart(script, streams); });
  conditions_ = conditions;
  std::swap(arguments_, words);
  line_ = line;
  lines_ = lines;
  return status;
}

int Shell::run_function(const std::shared_ptr<const ShellNode>& body,
                        std::vector<std::string> words,
                        Streams& streams) {
  words.erase(words.begin());
  std::swap(arguments_, words);
  locals_.emplace_back();
  const std::shared_ptr<const ShellNode> kept = body;  // it may define itself anew
  int status = run_node(*kept, streams);
  if (flow_ == Flow::leave_function) {
    status = flow_count_;
    flow_ = Flow::none;
  }
  restore(locals_.back());
  locals_.pop_back();
  std::swap(arguments_, words);
  return status;
}

}  // namespace cartwheel::debian
