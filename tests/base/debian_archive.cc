#include "base/debian_archive.h"

#include <fmt/format.h>

#include "core/digest.h"
#include "elf/elf_builder.h"

namespace cartwheel::tests {

namespace {

std::string pool_path(const DebBuilder& package) {
  return fmt::format(
      "pool/main/{0}/{0}_{1}_{2}.deb", package.name, package.version, package.architecture);
}

std::string sha256(const std::string& bytes) { return core::Digest::of(bytes).hex(); }

}  // namespace

std::vector<DebBuilder> least_debian(const std::string& architecture) {
  const std::string triplet = architecture == "amd64" ? "x86_64-linux-gnu" : "aarch64-linux-gnu";
  ElfBuilder stdcxx;
  stdcxx.machine = architecture == "amd64" ? 62 : 183;
  stdcxx.soname = "libstdc++.so.6";
  stdcxx.defines = {"GLIBCXX_3.4", "GLIBCXX_3.4.30", "GLIBCXX_3.4.9"};
  DebBuilder files{.name = "base-files", .version = "12.4", .architecture = architecture};
  files.data.folder("./root", 0700)
      .folder("./tmp", 01777)
      .folder("./var")
      .folder("./var/tmp", 01777);
  files.data.folder("./etc").file("./etc/os-release", "ID=debian\n");
  DebBuilder passwd{.name = "base-passwd", .version = "3.6.1", .architecture = architecture};
  passwd.data.file("./usr/share/base-passwd/passwd.master", "root:*:0:0:root:/root:/bin/bash\n");
  passwd.data.file("./usr/share/base-passwd/group.master", "root:*:0:\n");
  passwd.control = {{"postinst", "#!/bin/sh\nupdate-passwd\n"}};
  DebBuilder libc{.name = "libc6", .version = "2.36-9+deb12u4", .architecture = architecture};
  libc.data.file("./lib/" + triplet + "/libc.so.6", "glibc", 0755);
  DebBuilder libstdcxx{.name = "libstdc++6", .version = "12.2.0-14", .architecture = architecture};
  libstdcxx.fields = {{"Depends", "libc6 (>= 2.36)"}};
  libstdcxx.data.folder("./usr").folder("./usr/lib").folder("./usr/lib/" + triplet);
  libstdcxx.data.file("./usr/lib/" + triplet + "/libstdc++.so.6.0.30", stdcxx.bytes());
  libstdcxx.data.symlink("./usr/lib/" + triplet + "/libstdc++.so.6", "libstdc++.so.6.0.30");
  DebBuilder python{
      .name = "python3.11-minimal", .version = "3.11.2-6", .architecture = architecture};
  python.fields = {{"Depends", "libc6 (>= 2.36), awk"}};
  python.data.file("./usr/bin/python3.11", "python", 0755);
  python.data.hard_link("./usr/bin/python3.11-again", "./usr/bin/python3.11");
  python.data.file("./usr/share/man/man1/python3.11.1", "left out");
  return {files, passwd, libc, libstdcxx, python};
}

std::string DebianArchive::packages_text() const {
  std::string out;
  for (const DebBuilder& package : packages_) {
    const std::string bytes = package.bytes();
    out += package.control_text() + fmt::format("Filename: {}\nSize: {}\nSHA256: {}\n\n",
                                                pool_path(package),
                                                bytes.size(),
                                                sha256(bytes));
  }
  return out;
}

std::string DebianArchive::release_text() const {
  const std::string packages = packages_text();
  return fmt::format(
      "Origin: Test\nSuite: stable\nCodename: {}\nDate: Sat, 06 Jan 2024 09:00:00 "
      "UTC\n{}{}SHA256:\n"
      " {} {} main/binary-amd64/Packages\n {} {} main/binary-arm64/Packages\n",
      codename,
      valid_until.empty() ? "" : "Valid-Until: " + valid_until + "\n",
      by_hash ? "Acquire-By-Hash: yes\n" : "",
      sha256(packages),
      packages.size(),
      sha256(packages),
      packages.size());
}

void DebianArchive::publish() {
  const std::string packages = packages_text();
  for (const char* architecture : {"amd64", "arm64"}) {
    const std::string folder = fmt::format("/debian/dists/bookworm/main/binary-{}/", architecture);
    server_.serve(by_hash ? folder + "by-hash/SHA256/" + sha256(packages) : folder + "Packages",
                  packages);
  }
  for (const DebBuilder& package : packages_) {
    server_.serve("/debian/" + pool_path(package), package.bytes());
  }
  serve_release(key_.clear_signed(release_text()));
}

void DebianArchive::spoil(const std::string& package) {
  for (const DebBuilder& each : packages_) {
    if (each.name == package) {
      std::string bytes = each.bytes();
      bytes[bytes.size() / 2] ^= 1;
      server_.serve("/debian/" + pool_path(each), bytes);
    }
  }
}

std::string DebianArchive::definition_text() const {
  return fmt::format(R"(suite = "bookworm"
suites = ["bookworm"]
components = ["main"]
keyring = "{}"
keys = ["{}"]
python = "3.11"
python-path = "/usr/bin/python3.11"
glibc = "2.36"
packages = ["base-files", "base-passwd", "libstdc++6", "python3.11-minimal"]
omit = ["debconf"]
omit-here = ["awk"]
exclude = ["usr/share/man"]
archives = {{ bookworm = "{}" }}
)",
                     key_.keyring(),
                     key_.fingerprint(),
                     server_.url("/debian"));
}

base::Definition DebianArchive::definition() const {
  return base::parse_definition("./test.toml", definition_text(), "/");
}

}  // namespace cartwheel::tests
