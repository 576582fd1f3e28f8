#include "debian/scripts.h"

#include <gtest/gtest.h>

#include "util/error.h"

namespace cartwheel::debian {
namespace {

System system_of(std::vector<Installed> packages) {
  System system;
  system.packages = std::move(packages);
  return system;
}

std::string check(const std::string& name, const std::string& postinst) {
  try {
    check_scripts({name, "1", "all", "", "", {{"postinst", postinst}}});
    return "";
  } catch (const util::Error& error) {
    return error.kind() == util::ErrorKind::unsupported ? error.what() : "other kind";
  }
}

TEST(Scripts, CommandsAreWordsOutsideComments) {
  EXPECT_EQ(changing_commands("#!/bin/sh\n# chown\nif /usr/sbin/update-alternatives --x; then\n"
                              "a=$(mkdir x)|ln&&true\nchmodx\ninstall)\n"),
            (std::set<std::string>{"ln", "mkdir", "update-alternatives"}));
  EXPECT_EQ(changing_commands("  install -d /x\n"), (std::set<std::string>{"install"}));
}

TEST(Scripts, PackageThatIsNotKnownMayDoNothing) {
  EXPECT_EQ(check("libfoo1",
                  "#!/bin/sh\nset -e\nif [ x = y ] 2>/dev/null; then echo no >&2; fi\nexit 0\n"),
            "");
  EXPECT_EQ(check("libblas3", "update-alternatives --install /usr/lib/libblas.so.3 a b 1\n"),
            "package 'libblas3' 1: its postinst calls 'update-alternatives', which nothing here "
            "stands in "
            "for (packages are unpacked without running their scripts)");
  EXPECT_EQ(
      check("libfoo1", "cat > /etc/foo <<EOF\n"),
      "package 'libfoo1' 1: its postinst writes files, which nothing here stands in for (packages "
      "are unpacked without running their scripts)");
}

TEST(Scripts, KnownPackageMayDoOnlyWhatIsStoodInFor) {
  EXPECT_EQ(check("netbase", "mkdir /etc/x\ncat > /etc/hosts\n"), "");
  EXPECT_NE(check("netbase", "chown x /etc/hosts\n").find("calls 'chown'"), std::string::npos);
  EXPECT_EQ(check("python3.13-minimal", "mkdir x\n"), "");
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
  System system = system_of({{"base-files", "12", "amd64", "Package: base-files\n", "0 x\n", {}}});
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
  EXPECT_EQ(system.tree.text("var/lib/dpkg/status.d/base-files"), "Package: base-files\n");
  EXPECT_EQ(system.tree.text("var/lib/dpkg/status.d/base-files.md5sums"), "0 x\n");
}

TEST(Configure, CertificatesAreJoinedInOrderOfTheirPath) {
  System system = system_of({{"ca-certificates", "1", "all", "", "", {}}});
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
  System system = system_of({{"base-passwd", "1", "amd64", "", "", {}},
                             {"libc-bin", "2.36-9", "amd64", "", "", {}},
                             {"netbase", "1", "all", "", "", {}},
                             {"python3.11-minimal", "3.11.2-6", "amd64", "", "", {}},
                             {"tzdata", "1", "all", "", "", {}}});
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
  System system = system_of({{"base-passwd", "1", "amd64", "", "", {}}});
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
