#include <gtest/gtest.h>

#include "debian/scripts.h"
#include "util/error.h"

namespace cartwheel::debian {
namespace {

// The system after one package's postinst.
System after(const std::string& postinst, std::map<std::string, Node> files = {}) {
  System system;
  system.platform = core::Platform::parse("linux/arm64");
  Installed package{"it", "1.5", "arm64", "Package: it\nVersion: 1.5\n", {}, "/.\n/usr\n"};
  package.members["postinst"] = "#!/bin/sh\nset -e\n" + postinst;
  package.members["templates"] =
      "Template: it/how\nType: string\nDefault: slowly\n\nTemplate: it/other\nType: note\n";
  system.packages.push_back(std::move(package));
  for (const char* folder : {"etc", "usr", "usr/bin", "usr/lib", "usr/lib/sysusers.d", "var"}) {
    system.tree.put(folder, Node::directory());
  }
  system.tree.put("etc/passwd", Node::file("root:*:0:0:root:/root:/bin/bash\n"));
  system.tree.put("etc/group", Node::file("root:*:0:\nnogroup:*:65534:\nshadow:*:42:\n"));
  for (auto& [path, node] : files) {
    system.tree.put(path, std::move(node));
  }
  run_scripts(system);
  return system;
}

std::string log_of(const std::string& postinst) {
  return after("{ " + postinst + "\n} > /log\n").tree.text("log");
}

TEST(DebianCommands, SystemAccountsTakeTheFirstFreeNumbers) {
  const System system = after(
      "addgroup --system --quiet --force-badname _ssh\n"
      "adduser --system --group --home /var/lib/worker --gecos 'A worker' --quiet worker\n"
      "adduser --system --no-create-home --home /nonexistent lone\n"
      "adduser worker shadow\n"
      "groupadd -g 55 crew\nuseradd -r -g crew -d /run/c -s /bin/sh sailor\n"
      "adduser worker crew\n");
  EXPECT_EQ(system.tree.text("etc/group"),
            "root:*:0:\nnogroup:*:65534:\nshadow:*:42:worker\n_ssh:x:100:\nworker:x:101:\n"
            "crew:x:55:worker\n");
  EXPECT_EQ(system.tree.text("etc/passwd"),
            "root:*:0:0:root:/root:/bin/bash\n"
            "worker:x:101:101:A worker:/var/lib/worker:/usr/sbin/nologin\n"
            "lone:x:102:65534::/nonexistent:/usr/sbin/nologin\n"
            "sailor:x:103:55::/run/c:/bin/sh\n");
  EXPECT_EQ(system.tree.find("var/lib/worker")->uid, 101U);
}

TEST(DebianCommands, SysusersLines) {
  const System system =
      after("systemd-sysusers it.conf\n",
            {{"usr/lib/sysusers.d/it.conf",
              Node::file("# x\nu it - \"The it\" /var/it -\ng bag 77\nm it bag\n")}});
  EXPECT_EQ(system.tree.text("etc/passwd"),
            "root:*:0:0:root:/root:/bin/bash\nit:x:100:100:The it:/var/it:/usr/sbin/nologin\n");
  EXPECT_NE(system.tree.text("etc/group").find("bag:x:77:it\n"), std::string::npos);
}

TEST(DebianCommands, VersionsCompareAsDpkgDoes) {
  EXPECT_EQ(log_of("v() { dpkg --compare-versions \"$1\" $2 \"$3\" && echo y || echo n; }\n"
                   "v '' lt 1; v '' lt-nl 1; v '' gt-nl 1; v '' ge 1; v 1.2~ lt 1.2; v 1:0 gt 9; v "
                   "'' eq ''"),
            "y\nn\ny\nn\ny\ny\ny\n");
}

TEST(DebianCommands, DpkgAnswersOfPackagesAndMachine) {
  EXPECT_EQ(
      log_of("dpkg --print-architecture; uname -m; dpkg-query -W -f '${Version} ${Status}\\n' it\n"
             "dpkg-query -W none || echo none; dpkg -L it; dpkg-divert --truename /x\n"
             "dpkg-statoverride --list /x || echo no; getent group shadow; id -u"),
      "arm64\naarch64\n1.5 install ok installed\nnone\n/.\n/usr\n/x\nno\nshadow:*:42:\n0\n");
}

TEST(DebianCommands, DebconfGivesDefaults) {
  EXPECT_EQ(log_of(". /usr/share/debconf/confmodule\ndb_input low it/how || true\ndb_go\n"
                   "db_get it/how; echo $RET; db_set it/how fast; db_get it/how; echo $RET\n"
                   "db_get it/none || echo none; db_stop"),
            "slowly\nfast\nnone\n");
}

TEST(DebianCommands, DiversionOfAnothersFileIsRefused) {
  Node theirs = Node::file("x");
  theirs.package = "them";
  EXPECT_NO_THROW(
      after("dpkg-divert --package it --no-rename --divert /usr/bin/y --add /usr/bin/x\n",
            {{"usr/bin/x", theirs}}));
  EXPECT_THROW(after("dpkg-divert --package it --rename --divert /usr/bin/y --add /usr/bin/x\n",
                     {{"usr/bin/x", theirs}}),
               util::Error);
}

TEST(DebianCommands, DiversionsAreKeptAndRecorded) {
  const System system = after(
      "{ dpkg-divert --listpackage /usr/bin/x; dpkg-divert --truename /usr/bin/x\n"
      "dpkg-divert --package it --no-rename --divert /usr/bin/x.old --add /usr/bin/x\n"
      "dpkg-divert --package it --no-rename --divert /b --add /a\n"
      "dpkg-divert --listpackage /usr/bin/x; dpkg-divert --truename /usr/bin/x\n"
      "dpkg-divert --package other --remove /usr/bin/x\n"
      "dpkg-divert --package it --remove /a; } > /log\n");
  EXPECT_EQ(system.tree.text("log"), "/usr/bin/x\nit\n/usr/bin/x.old\n");
  EXPECT_EQ(system.tree.text("var/lib/dpkg/diversions"), "/usr/bin/x\n/usr/bin/x.old\nit\n");
}

TEST(DebianCommands, WhatAnImageDoesNotNeedDoesNothing) {
  const System system = after(
      "deb-systemd-helper unmask x.service >/dev/null || true\ninvoke-rc.d x start\n"
      "update-rc.d x defaults >/dev/null\npy3compile -p it\ndpkg-maintscript-helper rm_conffile "
      "/etc/x 1 -- \"$@\"\n"
      "ldconfig\nupdate-mime-database /usr/share/mime\nif [ -x \"$(command -v systemd-tmpfiles)\" "
      "]; then false; fi\n");
  EXPECT_EQ(system.tree.nodes().size(), 8U);
}

TEST(DebianCommands, StatOverrideAndUcf) {
  const System system = after(
      "dpkg-statoverride --update --add root shadow 2755 /usr/bin/x\nucf --three-way /usr/lib/new "
      "/etc/it.conf\n",
      {{"usr/bin/x", Node::file("x", 0755)}, {"usr/lib/new", Node::file("n\n")}});
  EXPECT_EQ(system.tree.find("usr/bin/x")->mode, 02755U);
  EXPECT_EQ(system.tree.find("usr/bin/x")->gid, 42U);
  EXPECT_EQ(system.tree.text("etc/it.conf"), "n\n");
}

TEST(DebianCommands, SchemasAreRefusedOnlyWhenThereAreSome) {
  EXPECT_NO_THROW(after("glib-compile-schemas /usr/share/glib-2.0/schemas || true\n"));
  EXPECT_THROW(after("glib-compile-schemas /usr/lib || true\n",
                     {{"usr/lib/x.gschema.xml", Node::file("x")}}),
               util::Error);
}

}  // namespace
}  // namespace cartwheel::debian
