#include <fmt/format.h>

#include "debian/shell.h"

namespace cartwheel::debian {

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

}  // namespace cartwheel::debian
