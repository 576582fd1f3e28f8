#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base.h"
#include "util/error.h"
#include "util/file.h"

namespace cartwheel::base {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;
using util::Error;
using util::ErrorKind;

const std::string kText = R"(suite = "bookworm"
suites = ["bookworm", "bookworm-security"]
components = ["main"]
keyring = "keys.gpg"
keys = ["4d64fec119c2029067d6e791f8d2585b8783d481"]
python = "3.11"
python-path = "/usr/bin/python3.11"
glibc = "2.36"
packages = ["libc6", "python3.11-minimal"]
omit = ["awk"]
exclude = ["usr/share/man"]
prefer = { "default-mta" = "none" }
archives = { bookworm = "http://deb.test/debian", bookworm-security = "http://deb.test/security" }
)";

TEST(Definition, IsReadWhole) {
  Definition definition = parse_definition("./own.toml", kText, "/project");
  EXPECT_EQ(definition.name, "./own.toml");
  EXPECT_EQ(definition.suite, "bookworm");
  EXPECT_THAT(definition.suites, ElementsAre("bookworm", "bookworm-security"));
  EXPECT_THAT(definition.components, ElementsAre("main"));
  EXPECT_EQ(definition.keyring, "/project/keys.gpg") << "from the definition's folder";
  EXPECT_THAT(definition.keys, ElementsAre("4D64FEC119C2029067D6E791F8D2585B8783D481"));
  EXPECT_EQ(definition.python, "3.11");
  EXPECT_EQ(definition.python_path, "/usr/bin/python3.11");
  EXPECT_EQ(definition.glibc, "2.36");
  EXPECT_EQ(definition.libstdcxx, "");
  EXPECT_THAT(definition.packages, ElementsAre("libc6", "python3.11-minimal"));
  EXPECT_THAT(definition.omit, ElementsAre("awk"));
  EXPECT_THAT(definition.exclude, ElementsAre("usr/share/man"));
  EXPECT_EQ(definition.prefer.at("default-mta"), "none");
  EXPECT_EQ(definition.archives.at("bookworm-security"), "http://deb.test/security");
  EXPECT_TRUE(definition.check_valid_until);
  EXPECT_FALSE(parse_definition("x", kText + "check-valid-until = false\n", "/").check_valid_until);
}

TEST(Definition, DigestIsThatOfItsText) {
  std::string other = kText + "# a comment\n";
  EXPECT_EQ(parse_definition("a", kText, "/").text_digest, core::Digest::of(kText).str());
  EXPECT_NE(parse_definition("a", other, "/").text_digest, core::Digest::of(kText).str());
}

// What is changed in the text, and the error that it gives.
struct Wrong {
  std::string from, to, message;
};

TEST(Definition, ErrorsNameLineAndKey) {
  const Wrong kWrong[] = {
      {"suite = \"bookworm\"\n", "", "own.toml: has no 'suite'"},
      {"suite = \"bookworm\"",
       "suite = 12",
       "own.toml:1: 'suite': wanted a string that is not empty"},
      {"suite = \"bookworm\"", "suite = \"\"", "own.toml:1: 'suite': wanted a string"},
      {"suite = \"bookworm\"",
       "suit = \"bookworm\"",
       "own.toml:1: unknown key 'suit' (did you mean 'suite'?)"},
      {"components = [\"main\"]",
       "components = []",
       "own.toml:3: 'components': wanted a list of strings"},
      {"components = [\"main\"]",
       "components = \"main\"",
       "own.toml:3: 'components': wanted a list"},
      {"[\"main\"]", "[1]", "own.toml:3: 'components': wanted a string"},
      {"keys = [\"4d64",
       "keys = [\"zz64",
       "own.toml:5: 'keys': wanted fingerprints of 40 hex digits"},
      {"keys = [\"4d64",
       "keys = [\"64",
       "own.toml:5: 'keys': wanted fingerprints of 40 hex digits"},
      {"\"/usr/bin", "\"usr/bin", "own.toml:7: 'python-path': wanted an absolute path"},
      {", bookworm-security = \"http",
       ", other = \"http",
       "own.toml:13: 'archives': names no archive for the suite 'bookworm-security'"},
      {"\"http://deb.test/debian\"",
       "\"deb.test\"",
       "own.toml:13: 'archives': 'deb.test' is no URL"},
      {"archives = {", "archives = [", "own.toml:13"},
      {"prefer = { \"default-mta\" = \"none\" }",
       "prefer = []",
       "own.toml:12: 'prefer': wanted a table of strings"},
      {"omit = [\"awk\"]",
       "check-valid-until = 1",
       "own.toml:10: 'check-valid-until': wanted true or false"},
      {"omit = [\"awk\"]", "omit = [", "own.toml:11"},
  };
  for (const Wrong& wrong : kWrong) {
    std::string text = kText;
    std::size_t at = text.find(wrong.from);
    ASSERT_NE(at, std::string::npos) << wrong.from;
    text.replace(at, wrong.from.size(), wrong.to);
    try {
      parse_definition("own.toml", text, "/");
      ADD_FAILURE() << "taken: " << wrong.to;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::malformed) << wrong.to;
      EXPECT_THAT(error.what(), HasSubstr(wrong.message));
    }
  }
}

TEST(Definition, EachThatComesWithTheProgramIsSound) {
  EXPECT_THAT(definition_names(), Contains("debian12-python3.11"));
  for (const std::string& name : definition_names()) {
    Definition definition = find_definition(name, "/nowhere");
    EXPECT_EQ(definition.name, name);
    if (!definition.python.empty()) {  // debian12 and its like have none
      const std::string& minor = definition.python;
      EXPECT_THAT(name, HasSubstr("python" + minor));
      EXPECT_THAT(definition.python_release, StartsWith(minor + "."));  // markers ask for it
    }
    EXPECT_TRUE(definition.keyring.starts_with("/"));
    EXPECT_THAT(definition.suites, Contains(definition.suite));
  }
}

TEST(Definition, FileIsMeantFromTheProjectFolder) {
  util::TempDir folder;
  util::write_file(folder.path() / "own.toml", kText, 0644);
  Definition definition = find_definition("./own.toml", folder.path());
  EXPECT_EQ(std::filesystem::path(definition.keyring).lexically_normal(),
            folder.path() / "keys.gpg");
  EXPECT_THROW(find_definition("./other.toml", folder.path()), Error);
}

TEST(Definition, UnknownNameIsUsageWithTheNearest) {
  try {
    find_definition("debian12-pyton3.11", "/nowhere");
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    EXPECT_THAT(error.what(), HasSubstr("did you mean 'debian12-python3.11'?"));
  }
}

TEST(SeenFromProject, MovesPathsAndLeavesTheRest) {
  util::TempDir folder;
  std::filesystem::path here = std::filesystem::current_path();
  std::filesystem::path project = here / "app";
  EXPECT_EQ(seen_from_project("debian12-python3.11", project), "debian12-python3.11");
  EXPECT_EQ(seen_from_project("oci:base:tag", project), "oci:../base:tag");
  EXPECT_EQ(seen_from_project("oci:app/base", project), "oci:base");
  EXPECT_EQ(seen_from_project("oci-archive:x.tar", "."), "oci-archive:x.tar");
  EXPECT_EQ(seen_from_project("oci:/abs/base:1", project), "oci:/abs/base:1");
  EXPECT_EQ(seen_from_project("./own.toml", project), "../own.toml");
  EXPECT_EQ(seen_from_project("./app/own.toml", project), "./own.toml");
  EXPECT_EQ(seen_from_project("/abs/own.toml", project), "/abs/own.toml");
  EXPECT_EQ(seen_from_project("", project), "");
}

}  // namespace
}  // namespace cartwheel::base
