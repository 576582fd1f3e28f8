#include "debian/changing_commands.h"

#include <array>

#include "debian/shell_syntax.h"

namespace cartwheel::debian {

namespace {

// What changes the system when a script calls it.
constexpr std::array kChanging = {"add-shell",
                                  "addgroup",
                                  "adduser",
                                  "chgrp",
                                  "chmod",
                                  "chown",
                                  "cp",
                                  "dbus-send",
                                  "deb-systemd-helper",
                                  "deb-systemd-invoke",
                                  "debconf-set-selections",
                                  "dpkg-divert",
                                  "dpkg-maintscript-helper",
                                  "dpkg-statoverride",
                                  "dpkg-trigger",
                                  "fc-cache",
                                  "glib-compile-schemas",
                                  "groupadd",
                                  "groupmod",
                                  "initctl",
                                  "install-info",
                                  "invoke-rc.d",
                                  "ldconfig",
                                  "ln",
                                  "locale-gen",
                                  "mkdir",
                                  "mkfifo",
                                  "mknod",
                                  "mv",
                                  "perl",
                                  "py3clean",
                                  "py3compile",
                                  "py_compile.py",
                                  "python3",
                                  "rm",
                                  "rmdir",
                                  "service",
                                  "setcap",
                                  "sysctl",
                                  "systemctl",
                                  "systemd-sysusers",
                                  "systemd-tmpfiles",
                                  "tee",
                                  "touch",
                                  "udevadm",
                                  "update-alternatives",
                                  "update-binfmts",
                                  "update-ca-certificates",
                                  "update-catalog",
                                  "update-desktop-database",
                                  "update-initramfs",
                                  "update-locale",
                                  "update-mime-database",
                                  "update-passwd",
                                  "update-rc.d",
                                  "update-shells",
                                  "update-xmlcatalog",
                                  "useradd",
                                  "usermod"};

// The commands of a tree that are written in full: their last components.
void collect_commands(const ShellNode& node, std::set<std::string>& found);

void collect_commands(const ShellWord& word, std::set<std::string>& found) {
  for (const ShellPart& part : word) {
    if (part.script) {
      collect_commands(*part.script, found);
    }
    collect_commands(part.argument, found);
  }
}

void collect_commands(const ShellNode& node, std::set<std::string>& found) {
  if (node.kind == ShellNode::Kind::simple && !node.words.empty()) {
    std::size_t first = 0;
    std::string name = plain_text(node.words[0]);
    while ((name == "exec" || name == "command" || name == "xargs") &&
           first + 1 < node.words.size()) {
      name = plain_text(node.words[++first]);
    }
    found.insert(name.substr(name.rfind('/') + 1));
  }
  for (const ShellAssignment& assignment : node.assignments) {
    collect_commands(assignment.value, found);
  }
  for (const ShellWord& word : node.words) {
    collect_commands(word, found);
  }
  for (const ShellRedirection& redirection : node.redirections) {
    collect_commands(*redirection.target, found);
  }
  for (const auto& child : node.children) {
    collect_commands(*child, found);
  }
  for (const ShellNode::Case& one : node.cases) {
    collect_commands(*one.body, found);
  }
}

}  // namespace

std::set<std::string> changing_commands(std::string_view script) {
  std::set<std::string> all;
  collect_commands(*parse_shell(script), all);
  std::set<std::string> found;
  for (const std::string_view command : kChanging) {
    if (all.count(std::string(command)) != 0) {
      found.emplace(command);
    }
  }
  return found;
}

}  // namespace cartwheel::debian
