#include "debian/scripts.h"

#include <algorithm>
#include <array>
#include <functional>

#include <fmt/format.h>

#include "debian/deb822.h"
#include "debian/relation.h"
#include "debian/script_state.h"
#include "debian/shell_commands.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::debian {

namespace {

using util::Error;
using util::ErrorKind;

// What changes the system when a script of the packages of the table below calls it.
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

Error refusal(const Installed& package, const std::string& script, const std::string& what) {
  return Error(ErrorKind::unsupported,
               fmt::format("package '{0}' {1}: its {2}: {3} (packages are unpacked without running "
                           "programs; apt-scripts = {{ \"{0}\" = \"skip\" }} takes it without what "
                           "its scripts do)",
                           package.name,
                           package.version,
                           script,
                           what));
}

// Whether preinst or postinst has this text: Debian's releases differ in some of what they do.
bool scripts_name(const Installed& package, std::string_view text) {
  return std::any_of(package.members.begin(), package.members.end(), [&](const auto& member) {
    return (member.first == "preinst" || member.first == "postinst") &&
           member.second.find(text) != std::string::npos;
  });
}

void base_files(System& system, const Installed& package) {
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
  if (scripts_name(package, "/usr/local/libexec")) {  // since Debian 13
    tree.ensure_directory("usr/local/libexec");
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

void tzdata(System& system, const Installed& package) {
  system.tree.put("etc/localtime", Node::symlink("/usr/share/zoneinfo/Etc/UTC"));
  // Since Debian 13 it is kept up where it is, and no longer made.
  if (!scripts_name(package, "test -f \"$DPKG_ROOT/etc/timezone\"")) {
    system.tree.put("etc/timezone", Node::file("Etc/UTC\n"));
  }
}

// Its keystore is made by a Java program of its own.
void java_certificates(System& system, const Installed&) {
  if (system.find("ca-certificates") != nullptr) {
    throw Error(ErrorKind::unsupported,
                "makes /etc/ssl/certs/java/cacerts, without which Java trusts no certificate, by "
                "running Java: nothing here stands in for that (apt-scripts = { "
                "\"ca-certificates-java\" = \"skip\" } takes the package without it)");
  }
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
    Emulation{"base-files", "chmod chown cp dpkg-divert ln mkdir rm rmdir", base_files},
    Emulation{"base-passwd", "chmod chown cp rm touch update-passwd", base_passwd},
    Emulation{"ca-certificates",
              "chgrp chmod chown dpkg-statoverride dpkg-trigger mkdir mv rm update-ca-certificates",
              ca_certificates},
    Emulation{"ca-certificates-java", "", java_certificates},
    // Lists manuals that an image does not have.
    Emulation{"install-info", "", nothing},
    Emulation{"libc-bin", "cp ldconfig", libc_bin},
    // Restarts services and warns about old kernels; writes nothing into a new root.
    Emulation{"libc6",
              "dpkg-divert dpkg-trigger invoke-rc.d ln mkdir perl rm service systemctl touch",
              nothing},
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

// A package of the table may do what somebody has read, and no more.
void check_known(const Installed& package, const Emulation& emulation) {
  const auto known = util::split(emulation.commands, ' ');
  for (const char* name : {"preinst", "postinst"}) {
    const auto script = package.members.find(name);
    if (script == package.members.end()) {
      continue;
    }
    const std::string& text = script->second;
    for (const std::string& command : changing_commands(text)) {
      if (std::find(known.begin(), known.end(), command) == known.end()) {
        throw refusal(package,
                      name,
                      fmt::format("calls '{}', which what stands in for this package does not know",
                                  command));
      }
    }
  }
}

const ShellCommands& commands() {
  static const ShellCommands all = [] {
    ShellCommands made;
    add_shell_builtins(made);
    add_text_commands(made);
    add_file_commands(made);
    add_debian_commands(made);
    return made;
  }();
  return all;
}

// Runs preinst or postinst as dpkg does on a first installation (Debian Policy, section 6.5).
void run_script(ScriptState& state,
                const Installed& package,
                const std::string& name,
                const std::vector<std::string>& arguments) {
  const auto script = package.members.find(name);
  if (script == package.members.end()) {
    return;
  }
  const std::string_view text = script->second;
  if (!is_shell_script(text)) {
    throw refusal(package, name, "is no shell script");
  }
  state.package = &package;
  Shell shell(state.system.tree, commands(), &state);
  shell.variables().insert({{"DPKG_ADMINDIR", "/var/lib/dpkg"},
                            {"DPKG_MAINTSCRIPT_ARCH", package.architecture},
                            {"DPKG_MAINTSCRIPT_NAME", name},
                            {"DPKG_MAINTSCRIPT_PACKAGE", package.name},
                            {"DPKG_ROOT", ""},
                            {"DEBIAN_FRONTEND", "noninteractive"}});
  int status = 0;
  try {
    status = shell.run(text, arguments);
  } catch (const Error& error) {
    throw refusal(package, name, error.what());
  }
  if (status != 0) {
    throw refusal(package, name, fmt::format("ends with status {}", status));
  }
}

// Runs the postinst of those that wait for a trigger that a script has set off. Triggers by paths
// do not count: all files were there when the packages were configured.
void run_triggers(ScriptState& state, const std::vector<const Installed*>& order) {
  for (const Installed* package : order) {
    const auto triggers = package->members.find("triggers");
    if (triggers == package->members.end() || find_emulation(package->name) != nullptr ||
        state.system.skips_scripts_of.count(package->name) != 0) {
      continue;
    }
    std::string names;
    for (const std::string_view line : util::lines(triggers->second)) {
      const std::string_view name = util::trim(line.substr(std::min(line.find(' '), line.size())));
      if (line.starts_with("interest") && state.triggers.count(std::string(name)) != 0) {
        names += (names.empty() ? "" : " ") + std::string(name);
      }
    }
    if (!names.empty()) {
      run_script(state, *package, "postinst", {"triggered", names});
    }
  }
}

// /var/lib/dpkg/diversions, as dpkg reads it: path, where it is diverted to, package.
void record_diversions(ScriptState& state) {
  std::string text;
  for (const auto& [path, diversion] : state.diversions) {
    text += fmt::format("{}\n{}\n{}\n", path, diversion.to, diversion.package);
  }
  if (!text.empty()) {
    state.system.tree.ensure_directory("var/lib/dpkg");
    state.system.tree.put("var/lib/dpkg/diversions", Node::file(std::move(text)));
  }
}

// The packages, each after those that it depends on where no circle forbids it.
std::vector<const Installed*> configuration_order(const System& system) {
  std::map<std::string, const Installed*> by_name;
  for (const Installed& package : system.packages) {
    by_name[package.name] = &package;
  }
  std::vector<const Installed*> order;
  std::set<std::string> seen;
  const std::function<void(const Installed&)> visit = [&](const Installed& package) {
    if (!seen.insert(package.name).second) {
      return;
    }
    const Paragraph control = parse_paragraph(package.control, "control");
    for (const char* field : {"Pre-Depends", "Depends"}) {
      for (const std::vector<Relation>& group : parse_relations(control.get(field), package.name)) {
        for (const Relation& relation : group) {
          const auto found = by_name.find(relation.name);
          if (found != by_name.end()) {
            visit(*found->second);
          }
        }
      }
    }
    order.push_back(&package);
  };
  for (const auto& [name, package] : by_name) {
    visit(*package);
  }
  return order;
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

void run_scripts(System& system) {
  ScriptState state{
      .system = system, .package = nullptr, .alternatives = {}, .answers = {}, .triggers = {}};
  const std::vector<const Installed*> order = configuration_order(system);
  for (const char* name : {"preinst", "postinst"}) {
    for (const Installed* package : order) {
      const Emulation* emulation = find_emulation(package->name);
      if (system.skips_scripts_of.count(package->name) != 0) {
        continue;
      }
      if (emulation == nullptr) {
        run_script(state,
                   *package,
                   name,
                   name == std::string_view("preinst") ? std::vector<std::string>{"install"}
                                                       : std::vector<std::string>{"configure", ""});
      } else if (name == std::string_view("preinst")) {
        if (emulation->apply != java_certificates) {
          check_known(*package, *emulation);
        }
      } else {
        util::in_context(fmt::format("package '{}'", package->name),
                         [&] { emulation->apply(system, *package); });
      }
    }
  }
  run_triggers(state, order);
  state.alternatives.record(system.tree);
  record_diversions(state);
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
