#include <fmt/format.h>

#include "debian/accounts.h"
#include "debian/shell_commands.h"
#include "util/text.h"

namespace cartwheel::debian {

namespace {

std::optional<unsigned> account_number(const std::string& text) {
  constexpr long long kMost = 0xffff'ffffLL;
  const std::optional<long long> number = shell_integer(text);
  return number && *number >= 0 && *number <= kMost
             ? std::optional<unsigned>(static_cast<unsigned>(*number))
             : std::nullopt;
}

int add_user_command(ShellCall& call) {  // adduser, addgroup
  ShellOptions options = shell_options(
      call,
      "system group quiet home= no-create-home gecos= comment= shell= uid= gid= ingroup= "
      "disabled-password disabled-login force-badname allow-badname allow-bad-names "
      "allow-all-names firstuid= lastuid= q");
  Tree& tree = call.shell.tree();
  const bool is_group = call.words[0].ends_with("addgroup");
  const auto number = [&](const char* name) { return account_number(options.given[name]); };
  if (options.operands.size() == 2) {  // adduser USER GROUP
    add_member(tree, options.operands[0], options.operands[1]);
    return 0;
  }
  if (options.operands.size() != 1 || !options.has("system")) {
    call.refuse("an account that is none of the system's");
  }
  const std::string& name = options.operands[0];
  if (is_group) {
    add_group(tree, name, number("gid"));
    return 0;
  }
  NewUser user{.name = name, .group = "", .gecos = ""};
  user.uid = number("uid");
  user.group = options.has("ingroup") ? options.given["ingroup"]
               : options.has("gid")   ? options.given["gid"]
               : options.has("group") ? ""
                                      : "nogroup";
  if (options.has("home")) {
    user.home = options.given["home"];
  }
  if (options.has("shell")) {
    user.shell = options.given["shell"];
  }
  user.gecos = options.has("gecos")     ? options.given["gecos"]
               : options.has("comment") ? options.given["comment"]
                                        : "";
  const bool is_new = !find_account(tree, "passwd", name);
  add_user(tree, user);
  if (is_new && !options.has("no-create-home") && user.home != "/nonexistent" &&
      call.shell.find(user.home, true) == nullptr) {
    std::string output;
    ShellInput input;
    call.shell.call({"mkdir", "-p", user.home}, input, output);
    call.shell.call(
        {"chown", fmt::format("{}:{}", name, user.group.empty() ? name : user.group), user.home},
        input,
        output);
  }
  return 0;
}

int add_account(ShellCall& call) {  // groupadd, useradd
  const bool is_group = call.words[0].ends_with("groupadd");
  ShellOptions options =
      is_group ? shell_options(call, "g= r f gid= system force")
               : shell_options(call,
                               "u= g= d= s= c= r M N uid= gid= home-dir= home= shell= comment= "
                               "system no-create-home no-user-group U user-group");
  const auto text = [&](std::initializer_list<const char*> names) {
    for (const char* name : names) {
      if (options.has(name)) {
        return options.given[name];
      }
    }
    return std::string();
  };
  if (options.operands.size() != 1) {
    call.refuse();
  }
  Tree& tree = call.shell.tree();
  if (is_group) {
    add_group(tree, options.operands[0], account_number(text({"g", "gid"})));
    return 0;
  }
  NewUser user{.name = options.operands[0], .group = text({"g", "gid"}), .gecos = ""};
  user.uid = account_number(text({"u", "uid"}));
  user.gecos = text({"c", "comment"});
  if (const std::string home = text({"d", "home-dir", "home"}); !home.empty()) {
    user.home = home;
  }
  if (const std::string shell = text({"s", "shell"}); !shell.empty()) {
    user.shell = shell;
  }
  add_user(tree, user);
  return 0;
}

int get_entry(ShellCall& call) {  // getent passwd|group NAME
  if (call.words.size() != 3 || (call.words[1] != "passwd" && call.words[1] != "group")) {
    call.refuse();
  }
  const auto line = account_line(call.shell.tree(), call.words[1], call.words[2]);
  call.output += line ? *line + "\n" : "";
  return line ? 0 : 2;
}

int identify(ShellCall& call) {  // id [-u|-g] [NAME]
  const ShellOptions options = shell_options(call, "u g n");
  if (options.has("n")) {
    call.refuse();
  }
  if (options.operands.empty()) {
    call.output += "0\n";  // scripts run as root
    return 0;
  }
  const auto line = account_line(call.shell.tree(), "passwd", options.operands[0]);
  if (!line) {
    return 1;
  }
  const std::string text = *line;
  const std::vector<std::string_view> fields = util::split(text, ':');
  call.output += std::string(fields.at(options.has("g") ? 3 : 2)) + "\n";
  return 0;
}

// The fields of a line of sysusers.d(5), of which some are in double quotes.
std::vector<std::string> sysusers_fields(std::string_view line) {
  std::vector<std::string> fields;
  std::string field;
  bool is_quoted = false;
  for (const char c : std::string(line) + " ") {
    if (c == '"') {
      is_quoted = !is_quoted;
    } else if ((c == ' ' || c == '\t') && !is_quoted) {
      if (!field.empty()) {
        fields.push_back(field);
      }
      field.clear();
    } else {
      field += c;
    }
  }
  return fields;
}

// systemd-sysusers FILE.conf: its lines of the types u, g and m (sysusers.d(5)).
int make_system_users(ShellCall& call) {
  const ShellOptions options = shell_options(call, "root=");
  Tree& tree = call.shell.tree();
  for (const std::string& name : options.operands) {
    const std::string path = name.starts_with('/') ? name : "/usr/lib/sysusers.d/" + name;
    const Node* node = call.shell.find(path, true);
    if (node == nullptr) {
      return 1;
    }
    const std::string text = tree.read(*node, 0, node->size());
    for (const std::string_view line : util::lines(text)) {
      const std::vector<std::string> fields = sysusers_fields(line);
      if (fields.empty() || fields[0].starts_with('#')) {
        continue;
      }
      const auto at = [&](std::size_t i) {
        return i < fields.size() && fields[i] != "-" ? fields[i] : std::string();
      };
      const auto number = account_number(at(2));
      if (!at(2).empty() && !number && fields[0] != "m") {
        call.refuse(fmt::format("its line '{}'", line));
      }
      if (fields[0] == "g") {
        add_group(tree, at(1), number);
      } else if (fields[0] == "u" || fields[0] == "u!") {
        add_user(tree,
                 {.name = at(1),
                  .group = "",
                  .home = at(4).empty() ? "/" : at(4),
                  .shell = at(5).empty() ? "/usr/sbin/nologin" : at(5),
                  .gecos = at(3),
                  .uid = number});
      } else if (fields[0] == "m") {
        add_member(tree, at(1), at(2));
      } else {
        call.refuse(fmt::format("its line '{}'", line));
      }
    }
  }
  return 0;
}

}  // namespace

void add_account_commands(ShellCommands& commands) {
  commands.insert({{"addgroup", add_user_command},
                   {"adduser", add_user_command},
                   {"getent", get_entry},
                   {"groupadd", add_account},
                   {"id", identify},
                   {"systemd-sysusers", make_system_users},
                   {"useradd", add_account}});
}

}  // namespace cartwheel::debian
