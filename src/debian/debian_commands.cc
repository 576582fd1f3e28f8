#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "debian/accounts.h"
#include "debian/deb822.h"
#include "debian/script_state.h"
#include "debian/shell_commands.h"
#include "debian/version.h"
#include "util/text.h"

namespace cartwheel::debian {

namespace {

ScriptState& state_of(const ShellCall& call) {
  return *static_cast<ScriptState*>(call.shell.state());
}

std::optional<int> number_of(const std::string& text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return number;
}

int do_nothing(ShellCall&) { return 0; }

// What cannot be made without running a program of the image, and what programs can do without:
// docs/base.md says what that costs.
int leave_out(ShellCall&) { return 1; }

// ---- update-alternatives ----

int update_alternatives(ShellCall& call) {
  ScriptState& state = state_of(call);
  std::vector<std::string> words;
  for (std::size_t i = 1; i < call.words.size(); ++i) {
    if (call.words[i] == "--quiet" || call.words[i] == "--force" || call.words[i] == "--verbose" ||
        call.words[i] == "--skip-auto") {
      continue;
    }
    words.push_back(call.words[i]);
  }
  const std::string action = words.empty() ? "" : words[0];
  if (action == "--install" && words.size() >= 5) {
    const auto priority = number_of(words[4]);
    std::vector<AlternativeLinks::Slave> slaves;
    std::size_t i = 5;
    for (; i + 3 < words.size() && words[i] == "--slave"; i += 4) {
      slaves.push_back({words[i + 1], words[i + 2], words[i + 3]});
    }
    if (!priority || i != words.size()) {
      // also what dpkg's program would refuse: a script that continues a line by mistake
      call.refuse("its options");
    }
    state.alternatives.install(call.shell.tree(), words[1], words[2], words[3], *priority, slaves);
    return 0;
  }
  if (action == "--remove" && words.size() == 3) {
    state.alternatives.remove(call.shell.tree(), words[1], words[2]);
    return 0;
  }
  if (action == "--remove-all" && words.size() == 2) {
    for (const std::string& path : state.alternatives.paths(words[1])) {
      state.alternatives.remove(call.shell.tree(), words[1], path);
    }
    return 0;
  }
  if (action == "--list" && words.size() == 2) {
    const std::vector<std::string> paths = state.alternatives.paths(words[1]);
    for (const std::string& path : paths) {
      call.output += path + "\n";
    }
    return paths.empty() ? 2 : 0;
  }
  if ((action == "--display" || action == "--query") && words.size() == 2 &&
      state.alternatives.paths(words[1]).empty()) {
    return 2;
  }
  if (action == "--auto" && words.size() == 2) {
    return 0;
  }
  call.refuse("its options");
}

// ---- accounts ----

int add_user_command(ShellCall& call) {  // adduser, addgroup
  ShellOptions options = shell_options(
      call,
      "system group quiet home= no-create-home gecos= comment= shell= uid= gid= ingroup= "
      "disabled-password disabled-login force-badname allow-badname allow-bad-names "
      "allow-all-names firstuid= lastuid= q");
  Tree& tree = call.shell.tree();
  const bool is_group = call.words[0].ends_with("addgroup");
  const auto number = [&](const char* name) -> std::optional<unsigned> {
    const auto value = options.has(name) ? number_of(options.given[name]) : std::nullopt;
    return value ? std::optional<unsigned>(static_cast<unsigned>(*value)) : std::nullopt;
  };
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
  const unsigned uid = add_user(tree, user);
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
  (void)uid;
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
  const auto number = [&](const std::string& value) -> std::optional<unsigned> {
    const auto parsed = number_of(value);
    return parsed ? std::optional<unsigned>(static_cast<unsigned>(*parsed)) : std::nullopt;
  };
  if (options.operands.size() != 1) {
    call.refuse();
  }
  Tree& tree = call.shell.tree();
  if (is_group) {
    add_group(tree, options.operands[0], number(text({"g", "gid"})));
    return 0;
  }
  NewUser user{.name = options.operands[0], .group = text({"g", "gid"}), .gecos = ""};
  user.uid = number(text({"u", "uid"}));
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

int modify_user(ShellCall& call) {  // usermod -aG GROUP USER, gpasswd -a USER GROUP
  ShellOptions options = shell_options(call, "a G= append groups=");
  if (options.operands.size() != 1 || !(options.has("G") || options.has("groups"))) {
    call.refuse();
  }
  const std::string groups = options.has("G") ? options.given["G"] : options.given["groups"];
  for (const std::string_view group : util::split(groups, ',')) {
    add_member(call.shell.tree(), options.operands[0], std::string(group));
  }
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
      if (fields.empty() || fields[0].starts_with('#')) {
        continue;
      }
      const auto at = [&](std::size_t i) {
        return i < fields.size() && fields[i] != "-" ? fields[i] : std::string();
      };
      const auto id = number_of(at(2));
      const auto number = id ? std::optional<unsigned>(static_cast<unsigned>(*id)) : std::nullopt;
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

// ---- dpkg ----

// As dpkg(1) has it: no version is earlier than any, and for the operators in -nl later than any.
bool versions_hold(const ShellCall& call,
                   const std::string& left,
                   std::string operation,
                   const std::string& right) {
  const bool none_is_last = operation.ends_with("-nl");
  if (none_is_last) {
    operation.resize(operation.size() - 3);
  }
  const int missing = none_is_last ? 1 : -1;
  const int order = left.empty() && right.empty() ? 0
                    : left.empty()                ? missing
                    : right.empty()               ? -missing
                                                  : compare_versions(left, right);
  if (operation == "lt" || operation == "<<") {
    return order < 0;
  }
  if (operation == "le" || operation == "<=" || operation == "<") {
    return order <= 0;
  }
  if (operation == "eq" || operation == "=") {
    return order == 0;
  }
  if (operation == "ne") {
    return order != 0;
  }
  if (operation == "ge" || operation == ">=" || operation == ">") {
    return order >= 0;
  }
  if (operation == "gt" || operation == ">>") {
    return order > 0;
  }
  call.refuse(fmt::format("the operator '{}'", operation));
}

const Installed* find_package(const ShellCall& call, const std::string& name) {
  return state_of(call).system.find(name.substr(0, name.find(':')));
}

int dpkg(ShellCall& call) {
  const std::string action = call.words.size() > 1 ? call.words[1] : "";
  if (action == "--compare-versions" && call.words.size() == 5) {
    return versions_hold(call, call.words[2], call.words[3], call.words[4]) ? 0 : 1;
  }
  if (action == "--print-architecture") {
    call.output += state_of(call).system.platform.oci_name() + "\n";
    return 0;
  }
  if (action == "--print-foreign-architectures" || action == "--assert-multi-arch" ||
      action.starts_with("--assert-") || action.starts_with("--validate-")) {
    return 0;
  }
  if ((action == "-L" || action == "--listfiles") && call.words.size() >= 3) {
    int status = 0;
    for (std::size_t i = 2; i < call.words.size(); ++i) {
      const Installed* package = find_package(call, call.words[i]);
      call.output += package == nullptr ? "" : package->list;
      status = package == nullptr ? 1 : status;
    }
    return status;
  }
  if ((action == "-s" || action == "--status") && call.words.size() == 3) {
    const Installed* package = find_package(call, call.words[2]);
    call.output += package == nullptr ? "" : package->control + "Status: install ok installed\n";
    return package == nullptr ? 1 : 0;
  }
  call.refuse("its options");
}

// dpkg-query -S: which packages list a path.
int search_packages(ShellCall& call, const std::vector<std::string>& paths) {
  int status = 0;
  for (const std::string& path : paths) {
    bool is_found = false;
    for (const Installed& package : state_of(call).system.packages) {
      if (("\n" + package.list).find("\n" + path + "\n") != std::string::npos) {
        call.output += fmt::format("{}: {}\n", package.name, path);
        is_found = true;
      }
    }
    status = is_found ? status : 1;
  }
  return status;
}

// dpkg-query -W [-f FORMAT] PACKAGE…, with fields of the control file.
int query_packages(ShellCall& call) {
  ShellOptions options = shell_options(call, "W S f= showformat= show search control-path");
  std::string format = options.has("f")            ? options.given["f"]
                       : options.has("showformat") ? options.given["showformat"]
                                                   : "${Package}\\t${Version}\\n";
  if (options.operands.empty()) {
    call.refuse("of all packages");
  }
  if (options.has("S") || options.has("search")) {
    return search_packages(call, options.operands);
  }
  if (format.starts_with('=')) {
    format.erase(0, 1);  // "-f=…"
  }
  int status = 0;
  for (const std::string& name : options.operands) {
    const Installed* package = find_package(call, name);
    if (package == nullptr) {
      status = 1;
      continue;
    }
    if (options.has("control-path")) {
      call.refuse("'--control-path'");
    }
    const Paragraph control = parse_paragraph(package->control, "control");
    for (std::size_t at = 0; at < format.size(); ++at) {
      const std::size_t end = format.find('}', at);
      if (format.compare(at, 2, "${") == 0 && end != std::string::npos) {
        const std::string field = format.substr(at + 2, end - at - 2);
        call.output += field == "Status"             ? "install ok installed"
                       : field == "db:Status-Status" ? "installed"
                       : field == "Conffiles"        ? std::string()
                                                     : std::string(control.get(field));
        at = end;
      } else if (format[at] == '\\' && at + 1 < format.size()) {
        ++at;
        call.output += format[at] == 'n' ? '\n' : format[at] == 't' ? '\t' : format[at];
      } else {
        call.output += format[at];
      }
    }
  }
  return status;
}

// dpkg-divert(1). A diversion that would move another package's file aside is refused: the other
// package's files are unpacked already.
int divert(ShellCall& call) {
  ShellOptions options = shell_options(call,
                                       "package= divert= add remove rename no-rename quiet local "
                                       "list truename listpackage test");
  std::map<std::string, Diversion>& diversions = state_of(call).diversions;
  for (const std::string& path : options.operands) {
    const auto known = diversions.find(path);
    if (options.has("truename")) {
      call.output += (known == diversions.end() ? path : known->second.to) + "\n";
    } else if (options.has("listpackage") || options.has("list")) {
      call.output +=
          known == diversions.end() ? ""
          : options.has("listpackage")
              ? known->second.package + "\n"
              : fmt::format(
                    "diversion of {} to {} by {}\n", path, known->second.to, known->second.package);
    } else if (options.has("remove")) {
      if (known != diversions.end() &&
          (!options.has("package") || known->second.package == options.given["package"])) {
        diversions.erase(known);
      }
    } else {
      const Node* node = call.shell.find(path, false);
      const bool is_anothers = node != nullptr && node->package != state_of(call).package->name;
      if (is_anothers && options.has("rename") && !options.has("no-rename")) {
        call.refuse(fmt::format("moves the file '{}' of package '{}' aside", path, node->package));
      }
      diversions[path] = {
          options.has("divert") ? options.given["divert"] : path + ".distrib",
          options.has("package") ? options.given["package"] : state_of(call).package->name};
    }
  }
  return 0;
}

int override_modes(ShellCall& call) {  // dpkg-statoverride
  ShellOptions options = shell_options(call, "add update force quiet list remove force-all");
  if (options.has("list")) {
    return 1;  // an administrator has overridden nothing
  }
  if (options.has("remove")) {
    return 0;
  }
  if (!options.has("add") || options.operands.size() != 4) {
    call.refuse();
  }
  std::string output;
  ShellInput input;
  const std::vector<std::string>& words = options.operands;
  if (call.shell.find(words[3], true) == nullptr) {
    return 0;
  }
  call.shell.call({"chown", words[0] + ":" + words[1], words[3]}, input, output);
  return call.shell.call({"chmod", words[2], words[3]}, input, output);
}

int set_off(ShellCall& call) {  // dpkg-trigger NAME
  const ShellOptions options = shell_options(call, "no-await await by-package= check-supported");
  for (const std::string& name : options.operands) {
    state_of(call).triggers.insert(name);
  }
  return 0;
}

// ucf [OPTIONS] NEW FILE: a configuration file that is managed, and is not there yet.
int update_configuration_file(ShellCall& call) {
  const ShellOptions options =
      shell_options(call, "three-way debconf-ok debconf-template= sum-file= src-dir= p purge");
  if (options.has("p") || options.has("purge")) {
    return 0;
  }
  if (options.operands.size() != 2) {
    call.refuse();
  }
  if (call.shell.find(options.operands[1], true) != nullptr) {
    return 0;
  }
  std::string output;
  ShellInput input;
  return call.shell.call({"cp", "-p", options.operands[0], options.operands[1]}, input, output);
}

// ---- debconf ----

// The answer to a question: what a script has set, else the template's default.
std::optional<std::string> answer(const ScriptState& state, const std::string& question) {
  const auto set = state.answers.find(question);
  if (set != state.answers.end()) {
    return set->second;
  }
  for (const Installed& package : state.system.packages) {
    const auto templates = package.members.find("templates");
    if (templates == package.members.end() ||
        templates->second.find(question) == std::string::npos) {
      continue;
    }
    for (const Paragraph& paragraph : parse_paragraphs(templates->second, "templates")) {
      if (paragraph.get("Template") == question) {
        return std::string(paragraph.get("Default"));
      }
    }
  }
  return std::nullopt;
}

int get_answer(ShellCall& call) {  // db_get, db_fget
  if (call.words.size() < 2) {
    call.refuse();
  }
  const bool is_flag = call.words[0] == "db_fget";
  const auto value = is_flag ? std::string("false") : answer(state_of(call), call.words[1]);
  call.shell.variables()["RET"] = value.value_or("");
  return value ? 0 : 10;
}

int set_answer(ShellCall& call) {
  if (call.words.size() < 2) {
    call.refuse();
  }
  state_of(call).answers[call.words[1]] = call.words.size() > 2 ? call.words[2] : "";
  return 0;
}

int ask(ShellCall&) { return 30; }  // nobody is asked

// ---- the machine ----

int real_path(ShellCall& call) {  // dpkg-realpath [--root ""] PATH
  ShellOptions options = shell_options(call, "root=");
  if (options.operands.size() != 1 ||
      (options.has("root") && !options.given["root"].empty() && options.given["root"] != "/")) {
    call.refuse();
  }
  const auto at = call.shell.place(options.operands[0], true);
  call.output += at ? "/" + *at + "\n" : "";
  return at ? 0 : 1;
}

int is_mounted(ShellCall& call) {  // mountpoint: in an image under way, /proc alone
  return call.words.back() == "/proc" ? 0 : 1;
}

int describe(ShellCall& call) {  // stat --file-system: nothing is known of the disk
  if (call.words.size() < 2 || call.words[1] != "--file-system") {
    call.refuse();
  }
  return 1;
}

int name_system(ShellCall& call) {  // uname
  const std::string option = call.words.size() > 1 ? call.words[1] : "-s";
  if (call.words.size() > 2 || (option != "-s" && option != "-m")) {
    call.refuse();
  }
  const bool is_arm = state_of(call).system.platform.oci_name() == "arm64";
  call.output += option == "-s" ? "Linux\n" : is_arm ? "aarch64\n" : "x86_64\n";
  return 0;
}

int compile_schemas(ShellCall& call) {  // glib-compile-schemas FOLDER
  const std::string folder = call.words.back();
  const auto at = call.shell.place(folder, true);
  const std::vector<std::string> names =
      at ? call.shell.tree().list(*at) : std::vector<std::string>();
  for (const std::string& name : names) {
    if (name.ends_with(".gschema.xml")) {
      call.refuse(fmt::format("compiles {}/{}", folder, name));
    }
  }
  return 0;
}

// Programs of packages that a system need not have: `command -v` finds them by the tree alone.
constexpr std::array kOptional = {"addgroup",
                                  "adduser",
                                  "fc-cache",
                                  "gdk-pixbuf-query-loaders",
                                  "gio-querymodules",
                                  "glib-compile-schemas",
                                  "groupadd",
                                  "gtk-update-icon-cache",
                                  "install-info",
                                  "mandb",
                                  "py3clean",
                                  "py3compile",
                                  "pyclean",
                                  "pycompile",
                                  "pypy3clean",
                                  "pypy3compile",
                                  "shadowconfig",
                                  "systemctl",
                                  "systemd-sysusers",
                                  "systemd-tmpfiles",
                                  "ucf",
                                  "ucfr",
                                  "udevadm",
                                  "update-binfmts",
                                  "update-desktop-database",
                                  "update-icon-caches",
                                  "update-initramfs",
                                  "update-menus",
                                  "update-mime",
                                  "update-mime-database",
                                  "useradd",
                                  "usermod"};

}  // namespace

bool is_optional_command(std::string_view name) {
  return std::find(kOptional.begin(), kOptional.end(), name) != kOptional.end();
}

void add_debian_commands(ShellCommands& commands) {
  commands.insert({{"addgroup", add_user_command},
                   {"adduser", add_user_command},
                   {"dpkg", dpkg},
                   {"dpkg-divert", divert},
                   {"dpkg-query", query_packages},
                   {"dpkg-realpath", real_path},
                   {"dpkg-statoverride", override_modes},
                   {"dpkg-trigger", set_off},
                   {"getent", get_entry},
                   {"glib-compile-schemas", compile_schemas},
                   {"groupadd", add_account},
                   {"id", identify},
                   {"mountpoint", is_mounted},
                   {"stat", describe},
                   {"systemd-sysusers", make_system_users},
                   {"ucf", update_configuration_file},
                   {"uname", name_system},
                   {"update-alternatives", update_alternatives},
                   {"useradd", add_account},
                   {"usermod", modify_user}});
  commands.insert({{"db_fget", get_answer},
                   {"db_get", get_answer},
                   {"db_input", ask},
                   {"db_set", set_answer},
                   {"db_go", do_nothing}});
  for (const char* name : {"db_beginblock",
                           "db_capb",
                           "db_clear",
                           "db_endblock",
                           "db_fset",
                           "db_info",
                           "db_metaget",
                           "db_progress",
                           "db_purge",
                           "db_register",
                           "db_reset",
                           "db_settitle",
                           "db_stop",
                           "db_subst",
                           "db_title",
                           "db_unregister",
                           "db_version"}) {
    commands.emplace(name, do_nothing);
  }
  // Nothing is to be done on a first installation into an image that no init system runs in.
  for (const char* name : {"deb-systemd-helper",
                           "deb-systemd-invoke",
                           "dpkg-maintscript-helper",
                           "initctl",
                           "invoke-rc.d",
                           "ldconfig",  // the cache is written when all packages are there
                           "service",
                           "start-stop-daemon",
                           "systemctl",
                           "systemd-tmpfiles",
                           "ucfr",
                           "udevadm",
                           "update-binfmts",
                           "update-initramfs",
                           "update-rc.d"}) {
    commands.emplace(name, do_nothing);
  }
  // Indexes for desktops and readers of documentation, caches that programs rebuild or do without,
  // bytecode.
  for (const char* name : {"fc-cache",
                           "gio-querymodules",
                           "gtk-update-icon-cache",
                           "install-info",
                           "mandb",
                           "pam-auth-update",
                           "py3clean",
                           "py3compile",
                           "pyclean",
                           "pycompile",
                           "pypy3clean",
                           "pypy3compile",
                           "shadowconfig",
                           "update-desktop-database",
                           "update-icon-caches",
                           "update-menus",
                           "update-mime",
                           "update-mime-database"}) {
    commands.emplace(name, do_nothing);
  }
  commands.emplace("gdk-pixbuf-query-loaders", leave_out);
  commands.emplace("pidof", leave_out);  // no process runs
}

}  // namespace cartwheel::debian
