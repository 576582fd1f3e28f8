#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lock/lock.h"
#include "lock/thrown.h"
#include "util/error.h"

namespace cartwheel::lock {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using util::ErrorKind;

const std::string kHash(64, 'b');
const std::string kHead = "lock-version = \"1.0\"\ncreated-by = \"test\"\n";

std::string package(const std::string& name, const std::string& more) {
  return "[[packages]]\nname = \"" + name + "\"\n" + more;
}

TEST(Pylock, TopKeysAreRead) {
  Lock lock = read("pylock.toml", R"(lock-version = "1.0"
environments = ["sys_platform == 'linux'"]
requires-python = ">=3.9"
extras = ["Web_UI"]
dependency-groups = ["dev", "default"]
default-groups = ["default"]
created-by = "pdm"
packages = []
unknown = 3
)");
  EXPECT_EQ(lock.kind, LockKind::pylock);
  EXPECT_EQ(lock.supported_markers.size(), 1U);
  EXPECT_EQ(lock.requires_python, ">=3.9");
  EXPECT_THAT(lock.extras, ElementsAre("web-ui"));
  EXPECT_THAT(lock.dependency_groups, ElementsAre("dev", "default"));
  EXPECT_THAT(lock.default_groups, ElementsAre("default"));
  EXPECT_THAT(lock.warnings, IsEmpty());
}

TEST(Pylock, EverySourceIsRead) {
  std::string hashes = "hashes = { sha256 = \"" + kHash + "\" }";
  Lock lock = read("pylock.toml",
                   kHead + R"(
[[packages]]
name = "Attrs"
version = "25.1.0"
requires-python = ">=3.8"
marker = "'dev' in dependency_groups"
index = "https://index.test/simple"
wheels = [
  { name = "attrs-25.1.0-py3-none-any.whl", upload-time = 2025-01-25T11:30:10.164985+00:00, url = "https://f.test/other-name.whl", path = "w/third.whl", size = 63152, )" +
                       hashes + R"( },
]
[packages.sdist]
url = "https://f.test/attrs-25.1.0.tar.gz"
hashes = { sha256 = ")" +
                       kHash + R"(", newer = "00ff" }

[[packages]]
name = "repo"
[packages.vcs]
type = "git"
url = "https://h.test/repo"
commit-id = "0123456789ABCDEF0123456789abcdef01234567"
subdirectory = "py"

[[packages]]
name = "lib"
directory = { path = "./libs/lib", editable = true }

[[packages]]
name = "tree"
directory = { path = "." }

[[packages]]
name = "arch"
version = "1"
archive = { url = "https://h.test/arch-1-py3-none-any.whl", )" +
                       hashes + R"( }

[[packages]]
name = "src"
version = "1"
archive = { path = "src-1.tar.gz", )" +
                       hashes + R"( }
)");
  ASSERT_EQ(lock.packages.size(), 6U);
  const Package& attrs = lock.packages[0];
  EXPECT_EQ(attrs.name, "attrs");
  EXPECT_EQ(attrs.requires_python, ">=3.8");
  EXPECT_FALSE(attrs.marker.empty());
  EXPECT_EQ(attrs.index, "https://index.test/simple");
  EXPECT_EQ(attrs.source.kind, SourceKind::registry);
  EXPECT_EQ(attrs.wheels.at(0).filename, "attrs-25.1.0-py3-none-any.whl");
  EXPECT_EQ(attrs.wheels[0].url, "w/third.whl");
  EXPECT_EQ(attrs.wheels[0].size, 63152U);
  EXPECT_THAT(attrs.wheels[0].upload_time, HasSubstr("2025-01-25T11:30:10.164985"));
  EXPECT_EQ(attrs.sdist->filename, "attrs-25.1.0.tar.gz");
  EXPECT_EQ(attrs.sdist->hashes.size(), 1U);
  EXPECT_EQ(lock.packages[1].source.str(),
            "git https://h.test/repo#0123456789abcdef0123456789abcdef01234567 (subdirectory py)");
  EXPECT_EQ(lock.packages[2].source.str(), "editable libs/lib");
  EXPECT_EQ(lock.packages[3].source.str(), "directory .");
  EXPECT_EQ(lock.packages[4].source.kind, SourceKind::url);
  EXPECT_EQ(lock.packages[4].wheels.size(), 1U);
  EXPECT_FALSE(lock.packages[4].sdist);
  EXPECT_EQ(lock.packages[5].source.kind, SourceKind::path);
  EXPECT_EQ(lock.packages[5].sdist->url, "src-1.tar.gz");
}

TEST(Pylock, ANewerMinorVersionIsReadWithAWarning) {
  Lock lock = read("pylock.toml", "lock-version = \"1.3\"\ncreated-by = \"t\"\npackages = []\n");
  ASSERT_EQ(lock.warnings.size(), 1U);
  EXPECT_THAT(lock.warnings[0], HasSubstr("'1.3' is newer than 1.0"));
}

TEST(Pylock, FilesWithoutHashAreReadWithAWarning) {
  Lock lock = read(
      "pylock.toml",
      kHead +
          package(
              "a",
              "version = \"1\"\nwheels = [{ url = \"https://f.test/a-1-py3-none-any.whl\" }]\n"));
  ASSERT_EQ(lock.warnings.size(), 1U);
  EXPECT_THAT(lock.warnings[0], HasSubstr("1 file(s) have no hash"));
}

TEST(Pylock, BadInputIsRefusedWithItsPlace) {
  struct Case {
    std::string text;
    ErrorKind kind;
    std::string message;
  };
  const std::vector<Case> cases = {
      {"lock-version = 1\n",
       ErrorKind::malformed,
       "pylock.toml:1: 'lock-version': wanted a string"},
      {"created-by = \"t\"\n", ErrorKind::malformed, "has no 'lock-version'"},
      {"lock-version = \"2.0\"\ncreated-by = \"t\"\npackages = []\n",
       ErrorKind::unsupported,
       "wanted 1.0"},
      {"lock-version = \"1.0\"\npackages = []\n", ErrorKind::malformed, "has no 'created-by'"},
      {kHead, ErrorKind::malformed, "has no 'packages'"},
      {kHead + package("a", "version = \"1\"\n"),
       ErrorKind::malformed,
       "package 'a': has no source"},
      {kHead + package("a", "directory = { path = \"x\" }\nwheels = []\n"),
       ErrorKind::malformed,
       "has several of"},
      {kHead + package("a", "wheels = [{ size = 1 }]\n"),
       ErrorKind::malformed,
       "neither 'url' nor 'path'"},
      {kHead + package("a", "wheels = [{ url = \"u\", hashes = { sha256 = \"zz\" } }]\n"),
       ErrorKind::malformed,
       "package 'a'"},
      {kHead + package("a", "wheels = [{ url = \"u\", hashes = { shaX = \"00\" } }]\n"),
       ErrorKind::unsupported,
       "shax"},
      {kHead + package("a", "marker = \"nonsense\"\nwheels = []\n"),
       ErrorKind::malformed,
       "pylock.toml:3: package 'a'"},
      {kHead + package("a", "vcs = { type = \"hg\", url = \"u\", commit-id = \"1\" }\n"),
       ErrorKind::unsupported,
       "wanted git"},
      {kHead + package("a", "vcs = { type = \"git\", url = \"u\" }\n"),
       ErrorKind::malformed,
       "has no 'commit-id'"},
      {kHead + package("a", "version = \"x y\"\nwheels = []\n"),
       ErrorKind::malformed,
       "'x y' is no version"},
      {kHead + "[[packages]]\nversion = \"1\"\n", ErrorKind::malformed, "has no 'name'"},
  };
  for (const Case& test : cases) {
    Thrown found = thrown("pylock.toml", test.text);
    EXPECT_EQ(found.kind, test.kind) << test.text;
    EXPECT_THAT(found.message, HasSubstr(test.message)) << test.text;
  }
}

}  // namespace
}  // namespace cartwheel::lock
