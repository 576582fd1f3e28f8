#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base.h"
#include "util/error.h"

namespace cartwheel::base {
namespace {

using testing::HasSubstr;

const std::string kSha256(64, 'a');

std::string error_of(const std::string& text) {
  try {
    parse_definition("./my-base.toml", text, "/project");
    return "";
  } catch (const util::Error& error) {
    return error.what();
  }
}

std::string with_archive(const std::string& source) {
  return "on = \"debian12\"\npython = \"3.12\"\npython-path = \"/usr/local/bin/python3.12\"\n"
         "[python-archive.amd64]\n" +
         source;
}

TEST(PythonDefinition, BuildsOnABuiltInOne) {
  const Definition below = find_definition("debian12", "/project");
  const Definition definition = parse_definition("./my-base.toml",
                                                 "on = \"debian12\"\npackages = [\"libc6\"]\n"
                                                 "python-packages = [\"python3.11-minimal\"]\n"
                                                 "python = \"3.11\"\n"
                                                 "python-path = \"/usr/bin/python3.11\"\n",
                                                 "/project");
  EXPECT_EQ(definition.suites, below.suites);
  EXPECT_EQ(definition.archives, below.archives);
  EXPECT_EQ(definition.keys, below.keys);
  EXPECT_EQ(definition.glibc, "2.36");
  EXPECT_EQ(definition.packages, (std::vector<std::string>{"libc6", "python3.11-minimal"}));
  EXPECT_NE(definition.text_digest, below.text_digest);
}

TEST(PythonDefinition, ArchiveIsNamedForEachArchitecture) {
  const Definition definition = parse_definition(
      "./my-base.toml",
      with_archive("url = \"https://example.org/python.tar.gz\"\nsha256 = \"" + kSha256 + "\"\n" +
                   "[python-archive.arm64]\npath = \"arm64.tar.zst\"\nsize = 12\nsha256 = \"" +
                   kSha256 + "\"\n"),
      "/project");
  ASSERT_EQ(definition.python_archives.size(), 2U);
  EXPECT_EQ(definition.python_archives.at("amd64").location, "https://example.org/python.tar.gz");
  EXPECT_EQ(definition.python_archives.at("amd64").size, std::nullopt);
  EXPECT_EQ(definition.python_archives.at("arm64").location, "arm64.tar.zst");
  EXPECT_EQ(definition.python_archives.at("arm64").size, 12U);
  EXPECT_EQ(definition.folder, "/project");
  EXPECT_THAT(definition.python_exclude, testing::Contains("lib/python3.*/ensurepip"));
}

TEST(PythonDefinition, BuildsOnOneThatBuildsOnAnother) {
  const Definition definition = parse_definition(
      "./my-base.toml",
      "on = \"debian12-cpython3.12\"\nexclude = []\n[python-archive]\nexclude = [\"share\"]\n",
      "/project");
  EXPECT_EQ(definition.suite, "bookworm");
  EXPECT_EQ(definition.python, "3.12");
  EXPECT_EQ(definition.python_path, "/usr/local/bin/python3.12");
  EXPECT_EQ(definition.python_archives.size(), 2U);
  EXPECT_EQ(definition.python_exclude, std::vector<std::string>{"share"});
  EXPECT_TRUE(definition.exclude.empty());
  const Definition same = parse_definition("./x.toml", "on = \"debian12-cpython3.12\"\n", "/");
  EXPECT_EQ(same.packages, find_definition("debian12-cpython3.12", "/").packages);
}

TEST(PythonDefinition, ErrorsNameLineAndKey) {
  const std::string sha256 = "sha256 = \"" + kSha256 + "\"\n";
  EXPECT_EQ(error_of("on = \"debian1\"\n"),
            "./my-base.toml:1: 'on': 'debian1' is not known (did you mean 'debian12'?): wanted one "
            "of debian12, debian12-cpython3.10, debian12-cpython3.11, debian12-cpython3.12, "
            "debian12-cpython3.13, debian12-cpython3.14, debian12-python3.11, debian13, "
            "debian13-cpython3.10, debian13-cpython3.11, debian13-cpython3.12, "
            "debian13-cpython3.13, debian13-cpython3.14, "
            "debian13-python3.13");
  EXPECT_THAT(error_of("on = \"debian12\"\npackage = []\n"),
              HasSubstr("./my-base.toml:2: unknown key 'package' (did you mean 'packages'?)"));
  EXPECT_EQ(error_of(with_archive(sha256)), "./my-base.toml:4: wanted either 'url' or 'path'");
  EXPECT_EQ(error_of(with_archive("path = \"a\"\nurl = \"b\"\n" + sha256)),
            "./my-base.toml:4: wanted either 'url' or 'path'");
  EXPECT_EQ(error_of(with_archive("url = \"b\"\n" + sha256)),
            "./my-base.toml:5: 'url': 'b' is no URL");
  EXPECT_EQ(error_of(with_archive("path = \"b\"\nsha256 = \"12\"\n")),
            "./my-base.toml:6: 'sha256': wanted 64 hex digits, found '12'");
  EXPECT_EQ(error_of(with_archive("path = \"b\"\n")), "./my-base.toml: has no 'sha256'");
  EXPECT_EQ(error_of(with_archive("path = \"b\"\nsize = \"1\"\n" + sha256)),
            "./my-base.toml:6: 'size': wanted a number of bytes");
  EXPECT_THAT(error_of(with_archive("path = \"b\"\nsha265 = \"1\"\n")),
              HasSubstr("unknown key 'sha265' (did you mean 'sha256'?)"));
  EXPECT_THAT(error_of("on = \"debian12\"\npython = \"3.12\"\n"),
              HasSubstr("wanted 'python' and 'python-path'"));
  EXPECT_THAT(error_of("on = \"debian12\"\npython = \"3.12\"\npython-path = \"/opt/python\"\n"
                       "[python-archive.amd64]\npath = \"x\"\n" +
                       sha256),
              HasSubstr(":3: 'python-path': wanted PREFIX/bin/python3.12 for an archive"));
}

TEST(PythonDefinition, BuiltInOnesAreWhole) {
  for (const std::string& name : definition_names()) {
    const Definition definition = find_definition(name, "/project");
    EXPECT_FALSE(definition.packages.empty()) << name;
    if (name.find("cpython") != std::string::npos) {
      EXPECT_EQ(definition.python_archives.size(), 2U) << name;
      for (const auto& [architecture, archive] : definition.python_archives) {
        EXPECT_THAT(archive.location, HasSubstr("cpython-" + definition.python + ".")) << name;
        EXPECT_THAT(archive.location,
                    HasSubstr(architecture == "amd64" ? "-x86_64-unknown-linux-gnu-install_only"
                                                      : "-aarch64-unknown-linux-gnu-install_only"));
      }
    } else {
      EXPECT_TRUE(definition.python_archives.empty()) << name;
    }
  }
}

TEST(PythonDefinition, UnknownNameSaysTheNearest) {
  try {
    find_definition("debian12-python3.1", "/project");
    FAIL();
  } catch (const util::Error& error) {
    EXPECT_EQ(error.kind(), util::ErrorKind::usage);
    EXPECT_THAT(error.what(), HasSubstr("did you mean 'debian12-python3.11'?"));
  }
}

}  // namespace
}  // namespace cartwheel::base
