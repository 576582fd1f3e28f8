#include <fmt/format.h>

#include "debian/deb822.h"
#include "debian/script_state.h"
#include "debian/shell_commands.h"
#include "debian/version.h"

namespace cartwheel::debian {

namespace {

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

}  // namespace

void add_dpkg_commands(ShellCommands& commands) {
  commands.insert({{"dpkg", dpkg},
                   {"dpkg-divert", divert},
                   {"dpkg-query", query_packages},
                   {"dpkg-statoverride", override_modes},
                   {"dpkg-trigger", set_off}});
}

}  // namespace cartwheel::debian
