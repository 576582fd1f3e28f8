#include "debian/scripts.h"

#include <gtest/gtest.h>

#include "debian/changing_commands.h"
#include "util/error.h"

namespace cartwheel::debian {
namespace {

System system_of(std::vector<Installed> packages) {
  System system;
  system.packages = std::move(packages);
  return system;
}

// The tree after a package's postinst, or the error's text.
std::string refusal_of(System& system) {
  try {
    run_scripts(system);
    return "";
  } catch (const util::Error& error) {
    return error.kind() == util::ErrorKind::unsupported ? error.what() : "other kind";
  }
}

std::string check(const std::string& name, const std::string& postinst) {
  System system = system_of({{name, "1", "all", "", {{"postinst", postinst}}, ""}});
  system.tree.put("etc", Node::directory());
  system.tree.put("usr/share/netbase", Node::directory());
  return refusal_of(system);
}

TEST(Scripts, CommandsAreWordsInCommandPosition) {
  EXPECT_EQ(changing_commands("#!/bin/sh\n# chown\nfor service in perl; do echo chmod; done\n"
                              "if /usr/sbin/update-alternatives --x; then\n"
                              "a=$(mkdir x)|ln&&true; fi\nchmodx\ncat <<EOF\nrm\nEOF\n"
                              "exec touch x\nx=\"`mv a b`\"\ncase $1 in cp) cat;; esac\n"),
            (std::set<std::string>{"ln", "mkdir", "mv", "touch", "update-alternatives"}));
}

TEST(Scripts, WhatNothingStandsInForIsRefusedWithItsLine) {
  EXPECT_EQ(check("libfoo1", "#!/bin/sh\nset -e\n\nfrobnicate --all\n"),
            "package 'libfoo1' 1: its postinst: line 4: 'frobnicate --all': nothing here stands in "
            "for 'frobnicate' (packages are unpacked without running programs; apt-scripts = { "
            "\"libfoo1\" = \"skip\" } takes it without what its scripts do)");
  EXPECT_NE(check("libfoo1",
                  "\x7f"
                  "ELF")
                .find("is no shell script"),
            std::string::npos);
  EXPECT_NE(check("libfoo1", "#!/usr/bin/perl\n").find("is no shell script"), std::string::npos);
  EXPECT_NE(check("libfoo1", "#!/bin/sh\nset -e\nfalse\n").find("ends with status 1"),
            std::string::npos);
}

TEST(Scripts, BranchesThatDoNotRunDoNotCount) {
  EXPECT_EQ(
      check("libfoo1",
            "#!/bin/sh\nset -e\n"
            "if [ \"$1\" = upgrade ]; then frobnicate; fi\n"
            "[ -z \"$2\" ] || frobnicate\n"
            "if dpkg --compare-versions \"$2\" lt-nl 1.2; then frobnicate; fi\n"
            "if [ -d /run/systemd/system ]; then frobnicate; fi\n"
            "case \"$1\" in abort-*|remove) frobnicate ;; configure) ;; *) frobnicate ;; esac\n"
            "unused() { frobnicate; }\n"),
      "");
}

TEST(Scripts, AcknowledgedPackageIsTakenAsItIs) {
  System system =
      system_of({{"libfoo1", "1", "all", "", {{"postinst", "#!/bin/sh\nfrobnicate\n"}}, ""}});
  system.skips_scripts_of = {"libfoo1"};
  EXPECT_EQ(refusal_of(system), "");
}

TEST(Scripts, KnownPackageMayDoOnlyWhatIsStoodInFor) {
  EXPECT_EQ(check("netbase", "mkdir /etc/x\ncat > /etc/hosts\n"), "");
  EXPECT_NE(check("netbase", "chown x /etc/hosts\n").find("calls 'chown'"), std::string::npos);
  EXPECT_EQ(check("python3.13-minimal", "mkdir x\n"), "");
}

TEST(Scripts, RunInOrderOfDependencies) {
  System system = system_of({{"a",
                              "1",
                              "all",
                              "Package: a\nDepends: b | x, c (>= 1)\n",
                              {{"postinst", "#!/bin/sh\necho a >> /log\n"}},
                              ""},
                             {"b",
                              "1",
                              "all",
                              "Package: b\nDepends: a\n",
                              {{"postinst", "#!/bin/sh\necho b >> /log\n"}},
                              ""},
                             {"c",
                              "1",
                              "all",
                              "Package: c\n",
                              {{"postinst", "#!/bin/sh\necho c >> /log\n"},
                               {"preinst", "#!/bin/sh\necho $1 $# >> /log\n"}},
                              ""}});
  EXPECT_EQ(refusal_of(system), "");
  EXPECT_EQ(system.tree.text("log"), "install 1\nb\nc\na\n");
}

TEST(Scripts, TriggersRunWhoWaitsForThem) {
  System system = system_of(
      {{"a", "1", "all", "", {{"postinst", "#!/bin/sh\ndpkg-trigger --no-await it\n"}}, ""},
       {"b",
        "1",
        "all",
        "",
        {{"triggers", "# x\ninterest-noawait it\ninterest other\n"},
         {"postinst", "#!/bin/sh\necho \"$@\" >> /log\n"}},
        ""}});
  EXPECT_EQ(refusal_of(system), "");
  EXPECT_EQ(system.tree.text("log"), "configure \ntriggered it\n");
}

TEST(Configure, MergedUsrLinks) {
  System system = system_of({});
  system.tree.unpack("usr/lib64", Node::directory());
  configure(system);
  for (const std::string name : {"bin", "sbin", "lib", "lib64"}) {
    EXPECT_EQ(system.tree.find(name)->target, "usr/" + name);
  }
  EXPECT_EQ(system.tree.find("lib32"), nullptr);
}

TEST(Configure, BaseFiles) {
  System system = system_of({{"base-files",
                              "12",
                              "amd64",
                              "Package: base-files\nVersion: 12\n",
                              {{"md5sums", "0 x\n"}},
                              "/.\n"}});
  system.tree.unpack("var/run", Node::directory());
  system.tree.unpack("var/lock", Node::directory(01777));
  system.tree.unpack("etc/dpkg/origins/debian", Node::file("Vendor: Debian\n"));
  configure(system);
  EXPECT_EQ(system.tree.find("var/run")->target, "/run");
  EXPECT_EQ(system.tree.find("var/lock")->target, "/run/lock");
  EXPECT_EQ(system.tree.find("run/lock")->mode, 01777U);
  EXPECT_EQ(system.tree.find("var/mail")->mode, 02775U);
  EXPECT_EQ(system.tree.find("var/mail")->gid, 8U);
  EXPECT_EQ(system.tree.find("etc/dpkg/origins/default")->target, "debian");
  EXPECT_EQ(system.tree.text("var/lib/dpkg/status"),
            "Package: base-files\nStatus: install ok installed\nVersion: 12\n\n");
  EXPECT_EQ(system.tree.text("var/lib/dpkg/info/base-files.md5sums"), "0 x\n");
  EXPECT_EQ(system.tree.text("var/lib/dpkg/info/base-files.list"), "/.\n");
}

TEST(Configure, CertificatesAreJoinedInOrderOfTheirPath) {
  System system = system_of({{"ca-certificates", "1", "all", "", {}, ""}});
  const std::string folder = "usr/share/ca-certificates/";
  system.tree.put(folder + "mozilla/b.crt", Node::file("B"));
  system.tree.put(folder + "mozilla/a.crt", Node::file("A\n"));
  system.tree.put(folder + "mozilla/README", Node::file("no"));
  configure(system);
  EXPECT_EQ(system.tree.text("etc/ssl/certs/ca-certificates.crt"), "A\nB\n");
  EXPECT_EQ(system.tree.text("etc/ca-certificates.conf"), "mozilla/a.crt\nmozilla/b.crt\n");
  EXPECT_EQ(system.tree.find("usr/lib/ssl/cert.pem")->target, "/etc/ssl/certs/ca-certificates.crt");
}

TEST(Configure, UserTableNameServiceAndTimeZone) {
  System system = system_of({{"base-passwd", "1", "amd64", "", {}, ""},
                             {"libc-bin", "2.36-9", "amd64", "", {}, ""},
                             {"netbase", "1", "all", "", {}, ""},
                             {"python3.11-minimal", "3.11.2-6", "amd64", "", {}, ""},
                             {"tzdata", "1", "all", "", {}, ""}});
  system.tree.put("usr/share/base-passwd/passwd.master",
                  Node::file("root:*:0:0:root:/root:/bin/bash\n"));
  system.tree.put("usr/share/base-passwd/group.master", Node::file("root:*:0:\n"));
  system.tree.put("usr/share/libc-bin/nsswitch.conf", Node::file("passwd: files\n"));
  configure(system);
  EXPECT_EQ(system.tree.text("etc/passwd"), "root:*:0:0:root:/root:/bin/bash\n");
  EXPECT_EQ(system.tree.text("etc/group"), "root:*:0:\n");
  EXPECT_EQ(system.tree.text("etc/nsswitch.conf"), "passwd: files\n");
  EXPECT_EQ(system.tree.find("etc/localtime")->target, "/usr/share/zoneinfo/Etc/UTC");
  EXPECT_TRUE(system.tree.text("etc/hosts").starts_with("127.0.0.1\tlocalhost\n"));
  EXPECT_NE(system.tree.find("usr/local/lib/python3.11/dist-packages"), nullptr);
  EXPECT_NE(system.tree.text("etc/ld.so.cache")
                .find("ldconfig (Debian GLIBC 2.36-9) stable release version 2.36"),
            std::string::npos);
}

TEST(Configure, MissingTemplateNamesThePackage) {
  System system = system_of({{"base-passwd", "1", "amd64", "", {}, ""}});
  try {
    configure(system);
    FAIL();
  } catch (const util::Error& error) {
    EXPECT_STREQ(
        error.what(),
        "package 'base-passwd': no package brings the file '/usr/share/base-passwd/passwd.master'");
  }
}

}  // namespace
}  // namespace cartwheel::debian
