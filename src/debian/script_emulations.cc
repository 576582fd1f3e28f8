#include "debian/script_emulations.h"

#include <algorithm>
#include <array>

#include "util/error.h"
#include "util/text.h"

namespace cartwheel::debian {

namespace {

using util::Error;
using util::ErrorKind;

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

// The text of /etc/ssl/certs/ca-certificates.crt: all certificates in order of bytes of the path,
// each ended by a newline.
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

constexpr std::array kEmulations = {
    Emulation{"base-files", "chmod chown cp dpkg-divert ln mkdir rm rmdir", base_files},
    Emulation{"base-passwd", "chmod chown cp rm touch update-passwd", base_passwd},
    Emulation{"ca-certificates",
              "chgrp chmod chown dpkg-statoverride dpkg-trigger mkdir mv rm update-ca-certificates",
              ca_certificates},
    Emulation{"ca-certificates-java", "*", java_certificates},
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
    // Compiles the standard library to .pyc, which compile-bytecode does by the image's own Python.
    Emulation{"python3.[0-9][0-9]", "py_compile.py python3.*", nothing},
    Emulation{"readline-common", "cp", readline_common},
    Emulation{"tzdata", "dpkg-maintscript-helper ln mv", tzdata},
};

}  // namespace

const Emulation* find_emulation(std::string_view package) {
  for (const Emulation& emulation : kEmulations) {
    if (util::glob_matches(emulation.package, package)) {
      return &emulation;
    }
  }
  return nullptr;
}

}  // namespace cartwheel::debian
