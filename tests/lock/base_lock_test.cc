#include "lock/base_lock.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "util/error.h"

namespace cartwheel::lock {
namespace {

using testing::HasSubstr;
using util::Error;
using util::ErrorKind;

core::Digest digest(char digit) { return *core::Digest::from_hex(std::string(64, digit)); }

BaseLock sample() {
  BasePin amd64{
      .platform = {core::Architecture::amd64},
      .kind = "composed",
      .name = "debian12-python3.11",
      .digest = digest('d').str(),
      .packages = {{"libc6",
                    "2.36-9+deb12u10",
                    "amd64",
                    digest('1'),
                    2756956,
                    "pool/main/g/glibc/libc6_2.36-9+deb12u10_amd64.deb",
                    "bookworm"},
                   {"python3.11",
                    "3.11.2-6",
                    "amd64",
                    digest('2'),
                    573000,
                    "pool/p.deb",
                    "bookworm-security"}},
      .releases = {{"http://deb.test/debian/dists/bookworm", digest('3'), "2026-09-06T09:00:00Z"}},
      .facts = {.glibc = "2.36",
                .libstdcxx = "3.4.30",
                .cxxabi = "1.3.13",
                .suite = "bookworm",
                .python = "3.11.2",
                .python_path = "/usr/bin/python3.11",
                .parents = {{"tmp", 01777, 0, 0}},
                .libraries = {"ld-linux-x86-64.so.2",
                              "libBrokenLocale.so.1",
                              "libanl.so.1",
                              "libc.so.6",
                              "libpthread.so.0"},
                .programs = {"gcc", "ldconfig"}}};
  BasePin arm64{
      .platform = {core::Architecture::arm64},
      .kind = "image",
      .name = "oci:base:\"x\"\\\t",
      .digest = digest('e').str(),
      .packages = {},
      .releases = {},
      .facts = {.cuda = "12.4", .cuda_size = 1234, .library_path = "/usr/local/cuda/lib64"}};
  BuiltWheel built{"docopt",
                   "0.6.2",
                   "sha256:" + digest('5').hex(),
                   "docopt-0.6.2-py2.py3-none-any.whl",
                   digest('4'),
                   13706,
                   "uv"};
  return {.bases = {amd64, arm64}, .apt = {}, .built = {built}};
}

AptPin sample_apt() {
  return {
      .platform = {core::Architecture::amd64},
      .base = "debian12-python3.11",
      .variant = "cuda",
      .digest = digest('a').str(),
      .roots = {"git", "libgl1"},
      .packages =
          {{"git", "1:2.39.5-0+deb12u2", "amd64", digest('6'), 7, "pool/g.deb", "bookworm"}},
      .releases = {{"http://deb.test/debian/dists/bookworm", digest('3'), "2026-09-06T09:00:00Z"}},
      .facts = {
          .glibc = "2.36", .libstdcxx = "", .python = "3.11.2", .python_path = "", .parents = {}}};
}

TEST(BaseLock, PackagesOnTopOfABaseStandApart) {
  BaseLock lock;
  lock.apt = {sample_apt()};
  const std::string text = base_lock_text(lock);
  EXPECT_EQ(text, R"(# Made by cartwheel: what the image is made of beyond the Python lock.
version = 1

[[apt]]
platform = "linux/amd64"
base = "debian12-python3.11"
variant = "cuda"
digest = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
roots = ["git", "libgl1"]

[apt.facts]
glibc = "2.36"
python = "3.11.2"

[[apt.release]]
url = "http://deb.test/debian/dists/bookworm"
sha256 = "3333333333333333333333333333333333333333333333333333333333333333"
date = "2026-09-06T09:00:00Z"

[[apt.package]]
name = "git"
version = "1:2.39.5-0+deb12u2"
arch = "amd64"
sha256 = "6666666666666666666666666666666666666666666666666666666666666666"
size = 7
path = "pool/g.deb"
suite = "bookworm"
)");
  EXPECT_EQ(read_base_lock(text), lock);
  lock.apt.push_back(sample_apt());
  EXPECT_THROW(read_base_lock(base_lock_text(lock)), Error);
}

TEST(BaseLock, TextIsExact) {
  std::string text = base_lock_text(sample());
  EXPECT_EQ(text, R"(# Made by cartwheel: what the image is made of beyond the Python lock.
version = 1

[[base]]
platform = "linux/amd64"
kind = "composed"
name = "debian12-python3.11"
digest = "sha256:dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"

[base.facts]
glibc = "2.36"
libstdcxx = "3.4.30"
cxxabi = "1.3.13"
suite = "bookworm"
python = "3.11.2"
python_path = "/usr/bin/python3.11"
parents = [
    { path = "tmp", mode = "1777", uid = 0, gid = 0 },
]
libraries = [
    "ld-linux-x86-64.so.2", "libBrokenLocale.so.1", "libanl.so.1", "libc.so.6", "libpthread.so.0",
]
programs = [
    "gcc", "ldconfig",
]

[[base.release]]
url = "http://deb.test/debian/dists/bookworm"
sha256 = "3333333333333333333333333333333333333333333333333333333333333333"
date = "2026-09-06T09:00:00Z"

[[base.package]]
name = "libc6"
version = "2.36-9+deb12u10"
arch = "amd64"
sha256 = "1111111111111111111111111111111111111111111111111111111111111111"
size = 2756956
path = "pool/main/g/glibc/libc6_2.36-9+deb12u10_amd64.deb"
suite = "bookworm"

[[base.package]]
name = "python3.11"
version = "3.11.2-6"
arch = "amd64"
sha256 = "2222222222222222222222222222222222222222222222222222222222222222"
size = 573000
path = "pool/p.deb"
suite = "bookworm-security"

[[base]]
platform = "linux/arm64"
kind = "image"
name = "oci:base:\"x\"\\\u0009"
digest = "sha256:eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"

[base.facts]
cuda = "12.4"
cuda_size = 1234
library_path = "/usr/local/cuda/lib64"

[[built]]
name = "docopt"
version = "0.6.2"
source = "sha256:5555555555555555555555555555555555555555555555555555555555555555"
filename = "docopt-0.6.2-py2.py3-none-any.whl"
sha256 = "4444444444444444444444444444444444444444444444444444444444444444"
size = 13706
frontend = "uv"
)");
}

TEST(BaseLock, ReadsWhatItWrites) {
  BaseLock lock = sample();
  EXPECT_EQ(read_base_lock(base_lock_text(lock)), lock);
  EXPECT_EQ(read_base_lock(base_lock_text({})), BaseLock{});
}

TEST(BaseLock, ArchiveOfAPythonIsPinned) {
  BaseLock lock = sample();
  lock.bases[0].kind = "archive";
  lock.bases[0].archive = {
      .location = "https://me:secret@files.test/python.tar.gz", .sha256 = digest('6'), .size = 12};
  EXPECT_THAT(base_lock_text(lock),
              HasSubstr("\n[base.archive]\nurl = \"https://****@files.test/python.tar.gz\"\n"
                        "sha256 = \"" +
                        digest('6').hex() + "\"\nsize = 12\n"));
  lock.bases[0].archive = {.location = "python.tar.zst", .sha256 = digest('6'), .size = {}};
  EXPECT_THAT(base_lock_text(lock), HasSubstr("\npath = \"python.tar.zst\"\n"));
  EXPECT_EQ(read_base_lock(base_lock_text(lock)), lock);
}

TEST(BaseLock, ArchiveBelongsToItsKind) {
  BaseLock lock = sample();
  lock.bases[0].kind = "archive";
  try {
    read_base_lock(base_lock_text(lock));
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("wanted [base.archive] for the kind archive"));
  }
}

TEST(BaseLock, OrderOfTheValueDoesNotMatter) {
  BaseLock lock = sample();
  BaseLock shuffled = lock;
  std::reverse(shuffled.bases.begin(), shuffled.bases.end());
  std::reverse(shuffled.bases.back().packages.begin(), shuffled.bases.back().packages.end());
  EXPECT_EQ(base_lock_text(shuffled), base_lock_text(lock));
}

TEST(BaseLock, CredentialsAreNotWritten) {
  BaseLock lock = sample();
  lock.bases[0].releases[0].url = "https://me:secret@deb.test/debian";
  EXPECT_THAT(base_lock_text(lock), testing::Not(HasSubstr("secret")));
}

TEST(BaseLock, BadInputIsRefusedWithItsPlace) {
  struct Case {
    std::string text;
    ErrorKind kind;
    std::string message;
  };
  const std::string base =
      "version = 1\n[[base]]\nplatform = \"linux/amd64\"\nname = \"n\"\nkind = \"composed\"\n";
  const std::vector<Case> cases = {
      {"version = ", ErrorKind::malformed, "cartwheel.lock:1: not TOML"},
      {"", ErrorKind::malformed, "has no 'version'"},
      {"version = 2\n", ErrorKind::unsupported, "version 2 of the format: wanted 1"},
      {"version = 1\nbase = 3\n", ErrorKind::malformed, "cartwheel.lock:2: 'base': wanted a list"},
      {"version = 1\n[[base]]\nplatform = \"linux/riscv64\"\nkind = \"composed\"\nname = \"n\"\n",
       ErrorKind::malformed,
       "riscv64"},
      {"version = 1\n[[base]]\nplatform = \"linux/amd64\"\nkind = \"other\"\nname = \"n\"\n",
       ErrorKind::malformed,
       "cartwheel.lock:4: 'kind': wanted composed, archive or image, found 'other'"},
      {base + base.substr(12), ErrorKind::malformed, "base 'n' twice for linux/amd64"},
      {base + "[[base.package]]\nname = \"a\"\nversion = \"1\"\narch = \"all\"\npath = \"p\"\nsize "
              "= 1\nsha256 = \"12\"\n",
       ErrorKind::malformed,
       "'sha256': wanted 64 hex digits, found '12'"},
      {base + "[base.facts]\nparents = [{ path = \"opt\", mode = \"999\", uid = 0, gid = 0 }]\n",
       ErrorKind::malformed,
       "'mode': wanted octal digits"},
      {base + "[base.facts]\nparents = [{ path = \"opt\", mode = \"0755\", uid = -1, gid = 0 }]\n",
       ErrorKind::malformed,
       "'uid' is out of range"},
      {"version = 1\n[[built]]\nname = \"a\"\n",
       ErrorKind::malformed,
       "cartwheel.lock:2: has no 'version'"},
  };
  for (const Case& test : cases) {
    try {
      read_base_lock(test.text);
      ADD_FAILURE() << "not refused: " << test.text;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), test.kind) << test.text;
      EXPECT_THAT(error.what(), HasSubstr(test.message)) << test.text;
    }
  }
}

}  // namespace
}  // namespace cartwheel::lock
