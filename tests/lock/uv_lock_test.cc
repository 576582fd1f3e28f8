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
using util::Error;
using util::ErrorKind;

const std::string kHash(64, 'a');

std::string head(const std::string& more = "") {
  return "version = 1\nrevision = 3\nrequires-python = \">=3.11\"\n" + more;
}

std::string registry_package(const std::string& name,
                             const std::string& version,
                             const std::string& more = "") {
  return "\n[[package]]\nname = \"" + name + "\"\nversion = \"" + version +
         "\"\nsource = { registry = \"https://index.test/simple\" }\n" + more;
}

TEST(UvLock, TopKeysAreRead) {
  Lock lock = read("uv.lock", R"(version = 1
revision = 5
requires-python = ">=3.11, <3.13"
resolution-markers = ["sys_platform == 'linux'"]
supported-markers = ["sys_platform == 'linux'", "sys_platform == 'darwin'"]
conflicts = [[
    { package = "proj", extra = "cpu" },
    { package = "proj", group = "gpu" },
], [
    { package = "proj" },
    { package = "other", extra = "x" },
]]
future-key = { anything = [1, 2] }

[options]
resolution-mode = "lowest"

[manifest]
members = ["Proj", "other"]
requirements = [{ name = "Rich", extras = ["jupyter"], marker = "sys_platform == 'linux'", specifier = ">=1" }]

[manifest.dependency-groups]
dev = [{ name = "pytest" }]
)");
  EXPECT_EQ(lock.kind, LockKind::uv);
  EXPECT_EQ(lock.revision, 5);
  EXPECT_EQ(lock.requires_python, ">=3.11, <3.13");
  EXPECT_EQ(lock.supported_markers.size(), 2U);
  ASSERT_EQ(lock.conflicts.size(), 2U);
  EXPECT_EQ(lock.conflicts[0][0].extra, "cpu");
  EXPECT_EQ(lock.conflicts[0][1].group, "gpu");
  EXPECT_EQ(lock.conflicts[1][0].extra + lock.conflicts[1][0].group, "");
  EXPECT_THAT(lock.members, ElementsAre("proj", "other"));
  ASSERT_EQ(lock.root_requirements.size(), 1U);
  EXPECT_EQ(lock.root_requirements[0].name, "rich");
  EXPECT_THAT(lock.root_requirements[0].extras, ElementsAre("jupyter"));
  EXPECT_FALSE(lock.root_requirements[0].marker.empty());
  EXPECT_EQ(lock.root_groups.at("dev").at(0).name, "pytest");
}

TEST(UvLock, EverySourceIsRead) {
  struct Case {
    std::string source, files, text;
  };
  std::string hash = "hash = \"sha256:" + kHash + "\"";
  const std::vector<Case> cases = {
      {"registry = \"https://index.test/simple\"", "", "registry https://index.test/simple"},
      {"registry = \"./wheels/\"", "", "registry wheels"},
      {"git = "
       "\"https://h.test/r?subdirectory=a%2Fb&rev=main#0123456789abcdef0123456789ABCDEF01234567\"",
       "",
       "git https://h.test/r#0123456789abcdef0123456789abcdef01234567 (subdirectory a/b)"},
      {"url = \"https://h.test/p-1.tar.gz\", subdirectory = \"s\"",
       "sdist = { " + hash + " }\n",
       "url https://h.test/p-1.tar.gz (subdirectory s)"},
      {"path = \"dist/p-1-py3-none-any.whl\"",
       "wheels = [{ filename = \"p-1-py3-none-any.whl\", " + hash + " }]\n",
       "path dist/p-1-py3-none-any.whl"},
      {"directory = \"../lib\"", "", "directory ../lib"},
      {"editable = \".\"", "", "editable ."},
      {"virtual = \"./apps/a\"", "", "virtual apps/a"},
      {"registry = \"https://me:secret@index.test/simple\"",
       "",
       "registry https://****@index.test/simple"},
  };
  for (const Case& test : cases) {
    Lock lock = read("uv.lock",
                     head() + "[[package]]\nname = \"p\"\nversion = \"1\"\nsource = { " +
                         test.source + " }\n" + test.files);
    EXPECT_EQ(lock.packages.at(0).source.str(), test.text);
  }
}

TEST(UvLock, FilesOfARegistryAreRead) {
  Lock lock = read(
      "uv.lock",
      head() +
          registry_package(
              "torch",
              "2.4.0+cu118",
              R"(sdist = { url = "https://f.test/torch-2.4.0.tar.gz", hash = "md5:0123456789abcdef0123456789abcdef" }
wheels = [
    { url = "https://f.test/whl/cu118/torch-2.4.0%2Bcu118-cp311-cp311-linux_x86_64.whl#frag", hash = "sha256:)" +
                  kHash +
                  R"(", size = 857, upload-time = "2024-07-24T00:00:00Z", zstd = { hash = "sha256:00", size = 1 } },
    { url = "https://f.test/torch-2.4.0-cp312-cp312-linux_x86_64.whl", upload_time = 2024-07-24T01:02:03Z },
]
)"));
  const Package& torch = lock.packages.at(0);
  EXPECT_EQ(torch.sdist->filename, "torch-2.4.0.tar.gz");
  EXPECT_EQ(torch.sdist->hashes.at(0).algorithm, "md5");
  ASSERT_EQ(torch.wheels.size(), 2U);
  EXPECT_EQ(torch.wheels[0].filename, "torch-2.4.0+cu118-cp311-cp311-linux_x86_64.whl");
  EXPECT_EQ(torch.wheels[0].sha256()->hex(), kHash);
  EXPECT_EQ(torch.wheels[0].size, 857U);
  EXPECT_EQ(torch.wheels[0].upload_time, "2024-07-24T00:00:00Z");
  EXPECT_THAT(torch.wheels[1].hashes, IsEmpty());
  EXPECT_EQ(torch.wheels[1].size, std::nullopt);
  EXPECT_EQ(torch.wheels[1].upload_time, "2024-07-24T01:02:03Z");
}

TEST(UvLock, FilesWithoutUrlAreWhereTheSourceIs) {
  std::string hash = "hash = \"sha256:" + kHash + "\"";
  Lock lock = read("uv.lock",
                   head() + R"(
[[package]]
name = "flat"
version = "1"
source = { registry = "vendor/wheels" }
wheels = [{ path = "flat-1-py3-none-any.whl" }, { path = "/abs/flat-1-py2-none-any.whl" }]

[[package]]
name = "direct"
version = "1"
source = { url = "https://h.test/x/direct-1-py3-none-any.whl" }
wheels = [{ url = "https://h.test/x/direct-1-py3-none-any.whl", )" +
                       hash + R"( }]

[[package]]
name = "archive"
version = "1"
source = { path = "dist/archive-1.tar.gz" }
sdist = { )" + hash + R"( }
)");
  EXPECT_EQ(lock.packages[0].wheels[0].url, "vendor/wheels/flat-1-py3-none-any.whl");
  EXPECT_EQ(lock.packages[0].wheels[0].filename, "flat-1-py3-none-any.whl");
  EXPECT_EQ(lock.packages[0].wheels[1].url, "/abs/flat-1-py2-none-any.whl");
  EXPECT_EQ(lock.packages[1].wheels[0].url, "https://h.test/x/direct-1-py3-none-any.whl");
  EXPECT_EQ(lock.packages[2].sdist->url, "dist/archive-1.tar.gz");
  EXPECT_EQ(lock.packages[2].sdist->filename, "archive-1.tar.gz");
}

TEST(UvLock, DependenciesBecomeIndices) {
  Lock lock = read(
      "uv.lock",
      head() + registry_package("a", "1", R"(dependencies = [
    { name = "b", version = "2", source = { registry = "https://index.test/simple" }, marker = "sys_platform == 'linux'" },
    { name = "b", version = "1", source = { registry = "https://index.test/simple" }, marker = "sys_platform == 'win32'" },
    { name = "C", extra = ["x", "no-such"], marker = "sys_platform == 'linux'" },
]

[package.optional-dependencies]
All = [{ name = "c" }]

[package.dev-dependencies]
dev = [{ name = "c", marker = "python_full_version < '3.12'" }]

[package.metadata]
requires-dist = [
    { name = "b", extras = ["z"], marker = "extra == 'all'", specifier = ">=1,<3", index = "https://x" },
    { name = "g", git = "https://h.test/g?rev=1" },
    { name = "w", editable = "lib" },
]
provides-extras = ["All"]

[package.metadata.requires-dev]
dev = [{ name = "c", specifier = "==1" }]
empty = []
)") + registry_package("b", "1") +
          registry_package("b", "2") +
          registry_package("c", "1", "[package.optional-dependencies]\nx = [{ name = \"a\" }]\n"));
  const Package& a = lock.packages.at(0);
  ASSERT_EQ(a.dependencies.size(), 3U);
  EXPECT_EQ(a.dependencies[0].package, 2U);
  EXPECT_EQ(a.dependencies[1].package, 1U);
  EXPECT_EQ(a.dependencies[2].package, 3U);
  EXPECT_THAT(a.dependencies[2].extras, ElementsAre("x"));
  EXPECT_EQ(a.dependencies[0].marker_id, a.dependencies[2].marker_id);
  EXPECT_NE(a.dependencies[0].marker_id, a.dependencies[1].marker_id);
  EXPECT_EQ(lock.marker_count, 3U);
  EXPECT_EQ(a.optional_dependencies.at("all").at(0).package, 3U);
  EXPECT_EQ(a.dependency_groups.at("dev").at(0).package, 3U);
  EXPECT_EQ(lock.packages[3].optional_dependencies.at("x").at(0).package, 0U);
  ASSERT_TRUE(a.declared);
  EXPECT_THAT(a.declared->requires_dist,
              ElementsAre(DeclaredRequirement{"b[z]>=1,<3 ; extra == 'all'", "index https://x"},
                          DeclaredRequirement{"g", "git https://h.test/g?rev=1"},
                          DeclaredRequirement{"w", "tree lib"}));
  EXPECT_THAT(a.declared->provides_extras, ElementsAre("all"));
  EXPECT_THAT(a.declared->groups.at("dev"), ElementsAre(DeclaredRequirement{"c==1", ""}));
  EXPECT_THAT(a.declared->groups.at("empty"), IsEmpty());
  EXPECT_FALSE(lock.packages[1].declared);
}

TEST(UvLock, HowItWasMadeIsRead) {
  Lock lock = read("uv.lock", R"(version = 1
revision = 5
requires-python = ">=3.11"
required-markers = ["sys_platform == 'linux'"]

[options]
resolution-mode = "lowest"
prerelease-mode = "allow"
fork-strategy = "fewest"
exclude-newer = "2031-01-01T00:00:00Z"
a-key-of-tomorrow = 1

[manifest]
constraints = [{ name = "A", specifier = "<5", marker = "sys_platform == 'linux'" }]
overrides = [{ name = "b", specifier = "==1", index = "https://user:word@i.test/simple/" }]
excludes = ["C_D"]
build-constraints = [{ name = "setuptools", specifier = "<70" }, { name = "wheel" }]

[manifest.dependency-groups]
dev = [{ name = "a", specifier = ">1" }]

[[manifest.dependency-metadata]]
name = "foo"
version = "4.2"

[[package]]
name = "a"
version = "1"
source = { virtual = "." }
default-groups = ["Docs"]
)");
  const Manner& manner = lock.manner;
  EXPECT_THAT(manner.constraints,
              ElementsAre(DeclaredRequirement{"A<5 ; sys_platform == 'linux'", ""}));
  EXPECT_THAT(manner.overrides,
              ElementsAre(DeclaredRequirement{"b==1", "index https://i.test/simple"}));
  EXPECT_THAT(manner.excludes, ElementsAre("c-d"));
  EXPECT_THAT(
      manner.build_constraints,
      ElementsAre(DeclaredRequirement{"setuptools<70", ""}, DeclaredRequirement{"wheel", ""}));
  EXPECT_THAT(manner.groups.at("dev"), ElementsAre(DeclaredRequirement{"a>1", ""}));
  EXPECT_THAT(manner.dependency_metadata, ElementsAre("foo 4.2"));
  EXPECT_EQ(manner.required_markers.size(), 1U);
  EXPECT_EQ(manner.resolution, "lowest");
  EXPECT_EQ(manner.prerelease, "allow");
  EXPECT_EQ(manner.fork_strategy, "fewest");
  EXPECT_EQ(manner.exclude_newer, "2031-01-01T00:00:00Z");
  EXPECT_THAT(lock.packages[0].default_groups, testing::Optional(ElementsAre("docs")));
}

TEST(UvLock, OlderSpellingsAreRead) {
  Lock lock = read("uv.lock", R"(version = 1
requires-python = ">=3.8"

[[distribution]]
name = "a"
source = { editable = "." }

[distribution.dependency-groups]
dev = [{ name = "b" }]

[distribution.metadata]
[distribution.metadata.dependency-groups]
dev = [{ name = "b" }]

[[distribution]]
name = "b"
version = "1"
source = { registry = "https://index.test/simple" }
)");
  EXPECT_EQ(lock.revision, 0);
  EXPECT_EQ(lock.packages.at(0).version, "");
  EXPECT_EQ(lock.packages[0].dependency_groups.at("dev").at(0).package, 1U);
  EXPECT_TRUE(lock.packages[0].declared->groups.contains("dev"));
}

TEST(UvLock, BadInputIsRefusedWithItsPlace) {
  struct Case {
    std::string text;
    ErrorKind kind;
    std::string message;
  };
  const std::vector<Case> cases = {
      {"version = 1\nrequires-python = [\n", ErrorKind::malformed, "uv.lock:"},
      {"[package]\nname = 3\n", ErrorKind::malformed, "has no 'version'"},
      {"version = 2\n", ErrorKind::unsupported, "uv.lock: version 2 of the format: wanted 1"},
      {"version = \"1\"\n",
       ErrorKind::malformed,
       "uv.lock:1: 'version': wanted an integer, found a string"},
      {"version = 1\npackage = 3\n",
       ErrorKind::malformed,
       "uv.lock:2: 'package': wanted a list, found an integer"},
      {"version = 1\npackage = [3]\n",
       ErrorKind::malformed,
       "wanted a table in the list, found an integer"},
      {"version = 1\nrequires-python = \"three\"\n", ErrorKind::malformed, "three"},
      {"version = 1\nconflicts = [{ package = \"p\" }]\n",
       ErrorKind::malformed,
       "wanted a list of lists of tables"},
      {head() + registry_package("six", "1", "wheels = { url = \"x\" }\n"),
       ErrorKind::malformed,
       "uv.lock:9: package 'six': 'wheels': wanted a list, found a table"},
      {head() + registry_package("six", "1", "wheels = [{ url = 7 }]\n"),
       ErrorKind::malformed,
       "uv.lock:9: package 'six': 'url': wanted a string, found an integer"},
      {head() + registry_package("six", "1", "wheels = [{ url = \"x\", size = -1 }]\n"),
       ErrorKind::malformed,
       "package 'six': 'size' of 'x' is -1"},
      {head() + registry_package("six", "1", "wheels = [{ url = \"x\", hash = \"sha256:12\" }]\n"),
       ErrorKind::malformed,
       "package 'six'"},
      {head() + registry_package("six", "one"),
       ErrorKind::malformed,
       "package 'six': 'one' is no version"},
      {head() + "[[package]]\nname = \"six\"\nversion = \"1\"\n",
       ErrorKind::malformed,
       "package 'six': has no 'source'"},
      {head() + "[[package]]\nversion = \"1\"\n", ErrorKind::malformed, "uv.lock:4: has no 'name'"},
      {head() + "[[package]]\nname = \"../x\"\nversion = \"1\"\n",
       ErrorKind::malformed,
       "is no package name"},
      {head() + "[[package]]\nname = \"six\"\nsource = { registry = \"https://i.test\" }\n",
       ErrorKind::malformed,
       "package 'six': has no 'version'"},
      {head() + "[[package]]\nname = \"six\"\nversion = \"1\"\nsource = { ftp = \"x\" }\n",
       ErrorKind::malformed,
       "wanted one of registry, git"},
      {head() + "[[package]]\nname = \"six\"\nversion = \"1\"\nsource = { git = "
                "\"https://h.test/r?rev=1\" }\n",
       ErrorKind::malformed,
       "a commit of 40 hex digits"},
      {head() + "[[package]]\nname = \"six\"\nversion = \"1\"\nsource = { url = "
                "\"https://h.test/six-1.zip\" }\nsdist = { size = 3 }\n",
       ErrorKind::malformed,
       "has no hash, which a url source must have"},
      {head() + registry_package("a", "1", "dependencies = [{ name = \"b\" }]\n"),
       ErrorKind::malformed,
       "uv.lock:9: package 'a': depends on 'b', which the lock does not have"},
      {head() + registry_package("a", "1", "dependencies = [{ name = \"b\", version = \"3\" }]\n") +
           registry_package("b", "1"),
       ErrorKind::malformed,
       "depends on 'b' 3 from anywhere, which the lock does not have"},
      {head() + registry_package("a", "1", "dependencies = [{ name = \"b\" }]\n") +
           registry_package("b", "1") + registry_package("b", "2"),
       ErrorKind::malformed,
       "wanted its version and source"},
      {head() +
           registry_package(
               "a", "1", "dependencies = [{ name = \"a\", marker = \"sys_platform is 3\" }]\n"),
       ErrorKind::malformed,
       "uv.lock:9: package 'a'"},
      {head() + registry_package("a", "1") + registry_package("a", "1"),
       ErrorKind::malformed,
       "package 'a': is there twice"},
  };
  for (const Case& test : cases) {
    Thrown found = thrown("uv.lock", test.text);
    EXPECT_EQ(found.kind, test.kind) << test.text;
    EXPECT_THAT(found.message, HasSubstr(test.message)) << test.text;
  }
}

TEST(UvLock, CredentialsAreNotInMessages) {
  Thrown found =
      thrown("uv.lock",
             head() + registry_package("a",
                                       "1",
                                       "dependencies = [{ name = \"a\", version = \"2\", source = "
                                       "{ registry = \"https://me:secret@i.test\" } }]\n"));
  EXPECT_EQ(found.kind, ErrorKind::malformed);
  EXPECT_THAT(found.message, testing::Not(HasSubstr("secret")));
}

// A lock that is long enough to be read in parts.
std::string long_lock(std::size_t packages) {
  std::string text = head();
  for (std::size_t i = 0; i < packages; ++i) {
    std::string name = "p" + std::to_string(i);
    text += registry_package(name,
                             "1",
                             "dependencies = [{ name = \"p" + std::to_string((i + 1) % packages) +
                                 "\" }]\nwheels = [\n    { url = \"https://f.test/" + name +
                                 "-1-py3-none-any.whl\", hash = \"sha256:" + kHash + "\" },\n]\n");
  }
  return text;
}

TEST(UvLock, ALongLockKeepsOrderAndLines) {
  std::string text = long_lock(4000);
  ASSERT_GT(text.size(), 1'000'000U);
  Lock lock = read("uv.lock", text);
  ASSERT_EQ(lock.packages.size(), 4000U);
  for (std::size_t i = 0; i < lock.packages.size(); ++i) {
    ASSERT_EQ(lock.packages[i].name, "p" + std::to_string(i));
    ASSERT_EQ(lock.packages[i].dependencies.at(0).package, (i + 1) % 4000);
  }
  // 3 lines of head, 9 of each package, the first of them empty: the header of p3999 and then its
  // name, version …
  std::string bad = text;
  bad.replace(bad.rfind("wheels = ["), 9, "wheels = 3 #");
  bad.erase(bad.rfind("    {"));
  EXPECT_THAT(
      thrown("uv.lock", bad).message,
      HasSubstr("uv.lock:" + std::to_string(3 + 9 * 3999 + 7) + ": package 'p3999': 'wheels'"));
  std::string broken = text;
  broken.replace(broken.rfind("version = "), 10, "version : ");
  EXPECT_THAT(thrown("uv.lock", broken).message,
              HasSubstr("uv.lock:" + std::to_string(3 + 9 * 3999 + 4) + ": not TOML"));
}

TEST(UvLock, ALongLockWithHeadersInTextIsReadWhole) {
  std::string text = long_lock(4000) +
                     "[[package]]\nname = \"last\"\nversion = \"1\"\nsource = { virtual = \".\" }\n"
                     "note = \"\"\"\n[[package]]\n\"\"\"\n\n[manifest]\nmembers = [\"last\"]\n";
  Lock lock = read("uv.lock", text);
  EXPECT_EQ(lock.packages.size(), 4001U);
  EXPECT_THAT(lock.members, ElementsAre("last"));
}

TEST(UvLock, TopKeysAfterThePackagesCount) {
  Lock lock = read("uv.lock", long_lock(4000) + "\n[manifest]\nmembers = [\"p1\"]\n");
  EXPECT_THAT(lock.members, ElementsAre("p1"));
}

TEST(Lock, FormatFollowsTheFileName) {
  EXPECT_EQ(read("a/b/uv.lock", "version = 1\n").kind, LockKind::uv);
  EXPECT_EQ(
      read("x/pylock.dev.toml", "lock-version = \"1.0\"\ncreated-by = \"t\"\npackages = []\n").kind,
      LockKind::pylock);
  EXPECT_THROW(read("poetry.lock", ""), Error);
  EXPECT_THROW(read("requirements.txt", ""), Error);
}

}  // namespace
}  // namespace cartwheel::lock
