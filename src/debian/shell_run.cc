#include <fmt/format.h>
#include <fnmatch.h>

#include "debian/shell.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::debian {

namespace {

constexpr std::size_t kMostSteps = 1'000'000;
constexpr std::size_t kBytesOfStep = 64;  // of text that is moved
constexpr int kDeepest = 200;

}  // namespace

// Text counts, too: `x=$x$x` in a loop would fill any memory.
void Shell::spend(std::size_t bytes) {
  steps_ += 1 + bytes / kBytesOfStep;
  if (steps_ > kMostSteps) {
    refuse("does not come to an end");
  }
}

int Shell::run_node(const ShellNode& node, Streams& streams) {
  spend(0);
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
  const std::size_t before = streams.output().size();
  ShellCall call{*this, std::move(words), *streams.input, streams.output()};
  const int status = command->second(call);
  spend(streams.output().size() - before);
  return status;
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
