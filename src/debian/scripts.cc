#include "debian/scripts.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "util/error.h"
#include "util/text.h"

namespace cartwheel::debian {

namespace {

using util::Error;
using util::ErrorKind;

// What changes the system when a script calls it. Builtins that only print are not here: what a
// script writes by redirection is known for the packages of the table, and a script of another
// package may not redirect.
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

void base_files(System& system, const Installed&) {
  Tree& tree = system.tree;
  for (const char* path : {"mnt", "srv", "opt", "etc/opt", "var/opt", "media"}) {
    tree.ensure_directory(path);
  }
  tree.ensure_directory("var/mail", 02775, 0, 8);  // root:mail
  tree.ensure_directory("var/spool");
  tree.put("var/spool/mail", Node::symlink("../mail"));
  tree.ensure_directory("run");
  tree.ensure_directory("run/lock", 01777);
  tree.put("var/run", Node::symlink("/run"));
  tree.put("var/lock", Node::symlink("/run/lock"));
  tree.ensure_directory("usr/local");
  for (const char* name :
       {"bin", "etc", "games", "include", "lib", "sbin", "share", "share/man", "src"}) {
    tree.ensure_directory(std::string("usr/local/") + name);
  }
  tree.put("usr/local/man", Node::symlink("share/man"));
  if (tree.find("etc/dpkg/origins/debian") != nullptr) {
    tree.put("etc/dpkg/origins/default", Node::symlink("debian"));
  }
}

void base_passwd(System& system, const Installed&) {
  for (const std::string name : {"passwd", "group"}) {
    system.tree.put("etc/" + name,
                    Node::file(system.tree.text("usr/share/base-passwd/" + name + ".master")));
  }
}

void ca_certificates(System& system, const Installed&) {
  Tree& tree = system.tree;
  const std::string folder = "usr/share/ca-certificates";
  std::string names;
  for (const std::string& path : tree.below(folder)) {
    if (path.ends_with(".crt")) {
      names += path.substr(folder.size() + 1) + "\n";
    }
  }
  tree.put("etc/ca-certificates.conf", Node::file(names));
  tree.ensure_directory("usr/local/share/ca-certificates");
  tree.put("etc/ssl/certs/ca-certificates.crt", Node::file(certificate_bundle(tree)));
  // Where OpenSSL looks unless it is told otherwise; the package 'openssl', which has these links,
  // brings more than libssl needs.
  tree.ensure_directory("usr/lib/ssl");
  tree.put("usr/lib/ssl/cert.pem", Node::symlink("/etc/ssl/certs/ca-certificates.crt"));
  tree.put("usr/lib/ssl/certs", Node::symlink("/etc/ssl/certs"));
}

void libc_bin(System& system, const Installed&) {
  // ldconfig: configure() writes the cache when all packages are there.
  if (system.tree.find("etc/nsswitch.conf") == nullptr) {
    system.tree.put("etc/nsswitch.conf",
                    Node::file(system.tree.text("usr/share/libc-bin/nsswitch.conf")));
  }
}

void netbase(System& system, const Installed&) {
  system.tree.put("etc/hosts",
                  Node::file("127.0.0.1\tlocalhost\n"
                             "::1\t\tlocalhost ip6-localhost ip6-loopback\n"
                             "ff02::1\t\tip6-allnodes\n"
                             "ff02::2\t\tip6-allrouters\n\n"));
  system.tree.put(
      "etc/networks",
      Node::file("default\t\t0.0.0.0\nloopback\t127.0.0.0\nlink-local\t169.254.0.0\n\n"));
}

void python_minimal(System& system, const Installed& package) {
  // "python3.11-minimal". Nothing is compiled to .pyc: that would need the image's own Python.
  const std::string python = package.name.substr(0, package.name.rfind('-'));
  for (const std::string path : {"usr/local", "usr/local/lib"}) {
    system.tree.ensure_directory(path);
  }
  system.tree.ensure_directory("usr/local/lib/" + python);
  system.tree.ensure_directory("usr/local/lib/" + python + "/dist-packages");
}

void readline_common(System& system, const Installed&) {
  system.tree.put("etc/inputrc", Node::file(system.tree.text("usr/share/readline/inputrc")));
}

void tzdata(System& system, const Installed&) {
  system.tree.put("etc/localtime", Node::symlink("/usr/share/zoneinfo/Etc/UTC"));
  system.tree.put("etc/timezone", Node::file("Etc/UTC\n"));
}

void nothing(System&, const Installed&) {}

// What stands in for the scripts of a package. Commands that the scripts call only on an upgrade or
// removal, or to no effect in a new image, are listed too: somebody has read them.
struct Emulation {
  std::string_view package;   // a glob
  std::string_view commands;  // separated by spaces
  void (*apply)(System&, const Installed&);
};
constexpr std::array kEmulations = {
    Emulation{"base-files", "chmod chown cp ln mkdir rmdir", base_files},
    Emulation{"base-passwd", "cp rm update-passwd", base_passwd},
    Emulation{"ca-certificates",
              "chgrp chmod chown dpkg-statoverride dpkg-trigger mkdir mv rm update-ca-certificates",
              ca_certificates},
    Emulation{"libc-bin", "cp ldconfig", libc_bin},
    // Restarts services and warns about old kernels; writes nothing into a new root.
    Emulation{"libc6", "invoke-rc.d ln mkdir perl rm service systemctl touch", nothing},
    Emulation{"libgssapi-krb5-2", "cp", nothing},  // on an upgrade from before 2015
    Emulation{"libpython3.*-minimal", "", nothing},
    Emulation{"netbase", "mkdir", netbase},
    Emulation{"python3.*-minimal",
              "chmod chown mkdir py_compile.py rm rmdir touch update-binfmts",
              python_minimal},
    Emulation{"readline-common", "cp", readline_common},
    Emulation{"tzdata", "dpkg-maintscript-helper ln mv", tzdata},
};

const Emulation* find_emulation(std::string_view package) {
  for (const Emulation& emulation : kEmulations) {
    if (util::glob_matches(emulation.package, package)) {
      return &emulation;
    }
  }
  return nullptr;
}

// Whether a line of shell text writes into a file: a '>' that is not followed by /dev/null or
// another descriptor.
bool redirects(std::string_view line) {
  for (std::size_t at = line.find('>'); at != std::string_view::npos; at = line.find('>', at + 1)) {
    std::string_view target = line.substr(at + 1);
    while (!target.empty() && (target.front() == '>' || target.front() == ' ')) {
      target.remove_prefix(1);
      ++at;
    }
    if (!target.starts_with('&') && !target.starts_with("/dev/null")) {
      return true;
    }
  }
  return false;
}

std::string_view without_comment(std::string_view line) {
  const std::string_view text = util::trim(line);
  return text.starts_with('#') ? std::string_view() : text;
}

}  // namespace

std::set<std::string> changing_commands(std::string_view script) {
  std::set<std::string> found;
  for (const std::string_view line : util::lines(script)) {
    std::string_view rest = without_comment(line);
    if (rest.starts_with("install -")) {  // elsewhere the word is an argument of the script
      found.insert("install");
    }
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find_first_of(" \t;|&()`\"'<>{}$"), rest.size());
      std::string_view word = rest.substr(0, end);
      word.remove_prefix(word.rfind('/') + 1);
      for (const std::string_view command : kChanging) {
        if (word == command) {
          found.emplace(word);
        }
      }
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return found;
}

void check_scripts(const Installed& package) {
  const Emulation* emulation = find_emulation(package.name);
  for (const auto& [name, text] : package.scripts) {
    const auto refuse = [&, script = name](const std::string& what) {
      return Error(ErrorKind::unsupported,
                   fmt::format("package '{}' {}: its {} {}, which nothing here stands in for "
                               "(packages are unpacked without running their scripts)",
                               package.name,
                               package.version,
                               script,
                               what));
    };
    for (const std::string& command : changing_commands(text)) {
      const auto known = util::split(emulation == nullptr ? "" : emulation->commands, ' ');
      if (std::find(known.begin(), known.end(), command) == known.end()) {
        throw refuse(fmt::format("calls '{}'", command));
      }
    }
    if (emulation != nullptr) {
      continue;
    }
    for (const std::string_view line : util::lines(text)) {
      if (redirects(without_comment(line))) {
        throw refuse("writes files");
      }
    }
  }
}

void emulate_scripts(System& system, const Installed& package) {
  if (const Emulation* emulation = find_emulation(package.name)) {
    util::in_context(fmt::format("package '{}'", package.name),
                     [&] { emulation->apply(system, package); });
  }
}

std::string certificate_bundle(const Tree& tree) {
  std::string bundle;
  for (const std::string& path : tree.below("usr/share/ca-certificates")) {
    if (path.ends_with(".crt")) {
      bundle += tree.text(path);
      if (!bundle.ends_with('\n')) {
        bundle += '\n';
      }
    }
  }
  return bundle;
}

}  // namespace cartwheel::debian
