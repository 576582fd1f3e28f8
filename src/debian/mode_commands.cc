#include <charconv>

#include <fmt/format.h>

#include "debian/accounts.h"
#include "debian/file_modes.h"
#include "debian/shell_commands.h"
#include "util/text.h"

namespace cartwheel::debian {

namespace {

std::optional<unsigned> octal(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 8);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || value > 07777) {
    return std::nullopt;
  }
  return value;
}

// The nodes of an operand, and what is below it if `deep`.
std::vector<std::string> operand_paths(ShellCall& call, const std::string& path, bool deep) {
  const auto at = call.shell.place(path, true);
  if (!at || call.shell.tree().find(*at) == nullptr) {
    return {};
  }
  std::vector<std::string> paths = {*at};
  if (deep) {
    const std::vector<std::string> below = call.shell.tree().below(*at);
    paths.insert(paths.end(), below.begin(), below.end());
  }
  return paths;
}

// The node that --reference names; null without it. Nothing is there: std::nullopt.
std::optional<const Node*> model_of(ShellCall& call, ShellOptions& options) {
  if (!options.has("reference")) {
    return nullptr;
  }
  const Node* model = call.shell.find(options.given["reference"], true);
  return model == nullptr ? std::nullopt : std::optional(model);
}

// Puts `change` of each node of the operands from `first` on.
int change_nodes(ShellCall& call,
                 const ShellOptions& options,
                 std::size_t first,
                 const std::function<void(Node&)>& change) {
  Tree& tree = call.shell.tree();
  if (options.operands.size() <= first) {
    call.refuse();
  }
  int status = 0;
  for (std::size_t i = first; i < options.operands.size(); ++i) {
    const auto paths =
        operand_paths(call, options.operands[i], options.has("R") || options.has("recursive"));
    status = paths.empty() ? 1 : status;
    for (const std::string& path : paths) {
      Node node = *tree.find(path);
      change(node);
      tree.put(path, std::move(node));
    }
  }
  return status;
}

int change_mode(ShellCall& call) {
  ShellOptions options = shell_options(call, "R f c v recursive reference=");
  const auto model = model_of(call, options);
  if (!model) {
    return 1;
  }
  const unsigned given = *model == nullptr ? 0 : (*model)->mode;  // the node may move
  return change_nodes(call, options, *model == nullptr ? 1 : 0, [&](Node& node) {
    if (node.kind != Node::Kind::symlink) {
      node.mode = *model == nullptr ? changed_mode(call, node.mode, options.operands[0]) : given;
    }
  });
}

int change_owner(ShellCall& call) {
  ShellOptions options = shell_options(call, "R f h c v recursive no-dereference reference=");
  const auto model = model_of(call, options);
  if (!model) {
    return 1;
  }
  if (*model == nullptr && options.operands.empty()) {
    call.refuse();
  }
  const FileOwner owner =
      *model != nullptr ? FileOwner{(*model)->uid, (*model)->gid}
                        : parse_owner(call, options.operands[0], call.words[0].ends_with("chgrp"));
  return change_nodes(call, options, *model == nullptr ? 1 : 0, [&](Node& node) {
    node.uid = owner.user.value_or(node.uid);
    node.gid = owner.group.value_or(node.gid);
    if (node.kind == Node::Kind::file) {
      node.mode &= 01777U;  // chown(2) takes setuid and setgid away
    }
  });
}

}  // namespace

unsigned changed_mode(const ShellCall& call, unsigned mode, const std::string& change) {
  if (const auto value = octal(change)) {
    return *value;
  }
  for (const std::string_view clause : util::split(change, ',')) {
    std::size_t at = 0;
    unsigned who = 0;
    for (;
         at < clause.size() && std::string_view("ugoa").find(clause[at]) != std::string_view::npos;
         ++at) {
      who |= clause[at] == 'u'   ? 04700U
             : clause[at] == 'g' ? 02070U
             : clause[at] == 'o' ? 0007U
                                 : 06777U;
    }
    who = who == 0 ? 06777U : who;
    if (at >= clause.size() || std::string_view("+-=").find(clause[at]) == std::string_view::npos) {
      call.refuse(fmt::format("the mode '{}'", change));
    }
    const char operation = clause[at++];
    unsigned bits = 0;
    for (; at < clause.size(); ++at) {
      switch (clause[at]) {
        case 'r':
          bits |= 0444U & who;
          break;
        case 'w':
          bits |= 0222U & who;
          break;
        case 'x':
          bits |= 0111U & who;
          break;
        case 'X':
          bits |= (mode & 0111U) != 0 ? 0111U & who : 0;
          break;
        case 's':
          bits |= 06000U & who;
          break;
        case 't':
          bits |= 01000U;
          break;
        default:
          call.refuse(fmt::format("the mode '{}'", change));
      }
    }
    mode = operation == '+'   ? mode | bits
           : operation == '-' ? mode & ~bits
                              : (mode & ~(who & 0777U)) | bits;
  }
  return mode;
}

FileOwner parse_owner(const ShellCall& call, const std::string& text, bool is_group) {
  FileOwner owner;
  const std::size_t colon = is_group ? std::string::npos : text.find_first_of(":.");
  const std::string user = is_group ? "" : text.substr(0, colon);
  const std::string group = is_group                     ? text
                            : colon == std::string::npos ? ""
                                                         : text.substr(colon + 1);
  const Tree& tree = call.shell.tree();
  if (!user.empty() && !(owner.user = find_account(tree, "passwd", user))) {
    call.refuse(fmt::format("there is no user '{}'", user));
  }
  if (!group.empty() && !(owner.group = find_account(tree, "group", group))) {
    call.refuse(fmt::format("there is no group '{}'", group));
  }
  return owner;
}

void add_mode_commands(ShellCommands& commands) {
  commands.insert({{"chgrp", change_owner}, {"chmod", change_mode}, {"chown", change_owner}});
}

}  // namespace cartwheel::debian
