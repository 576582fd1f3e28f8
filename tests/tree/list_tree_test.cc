#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "store/store.h"
#include "tree/tree.h"
#include "util/error.h"
#include "util/file.h"

namespace cartwheel::tree {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using util::Error;
using util::ErrorKind;

// A project folder.
class ListTree : public testing::Test {
 protected:
  util::TempDir folder_;
  fs::path root_ = folder_.path() / "app";
  TreeOptions options_;

  void SetUp() override { fs::create_directory(root_); }
  void file(const std::string& path, const std::string& content = "x", unsigned mode = 0644) {
    fs::create_directories((root_ / path).parent_path());
    util::write_file(root_ / path, content, mode);
  }
  Tree list() { return list_tree(root_, options_); }
  std::vector<std::string> paths() {
    std::vector<std::string> out;
    for (const TreeFile& each : list().files) {
      out.push_back(each.path);
    }
    return out;
  }
  core::Digest digest() {
    auto store = store::open_store(folder_.path() / "store");
    memo::StatCache cache(*store, root_);
    return tree_digest(list(), cache);
  }
};

TEST_F(ListTree, GivesFilesInOrderOfBytes) {
  file("b.py", "12");
  file("a/z.py");
  file("a-b.py");
  file("run", "#!/bin/sh\n", 0755);
  fs::create_symlink("b.py", root_ / "link");
  Tree tree = list();
  EXPECT_THAT(paths(), ElementsAre("a-b.py", "a/z.py", "b.py", "link", "run"));
  EXPECT_EQ(tree.files[2].size, 2U);
  EXPECT_FALSE(tree.files[2].executable);
  EXPECT_EQ(tree.files[3].link, "b.py");
  EXPECT_TRUE(tree.files[4].executable);
}

TEST_F(ListTree, LeavesOutWhatToolsMake) {
  file("main.py");
  for (const char* path : {".git/config",
                           ".hg/x",
                           ".venv/lib/x.py",
                           "__pycache__/main.pyc",
                           "main.pyc",
                           "sub/.mypy_cache/x",
                           ".pytest_cache/x",
                           ".ruff_cache/x",
                           ".tox/x",
                           ".nox/x",
                           "env/pyvenv.cfg",
                           "env/lib/x.py",
                           "sub/__pycache__/x.py"}) {
    file(path);
  }
  EXPECT_THAT(paths(), ElementsAre("main.py"));
  EXPECT_THAT(list().withheld, IsEmpty());
}

TEST_F(ListTree, GitFileOfASubmoduleIsNotTaken) {
  file("sub/.git", "gitdir: ../.git/modules/sub\n");
  file("sub/a.py");
  EXPECT_THAT(paths(), ElementsAre("sub/a.py"));
}

TEST_F(ListTree, NeverTakesTheOutputs) {
  file("main.py");
  file("out/index.json");
  file("out.tar");
  options_.outputs = {
      fs::absolute(root_ / "out"), fs::absolute(root_ / "out.tar"), "/elsewhere/main.py"};
  EXPECT_THAT(paths(), ElementsAre("main.py"));
}

TEST_F(ListTree, OutputsOfEarlierBuildsAreNoPartOfAProject) {
  file("main.py");
  file("old/oci-layout", "{}");
  file("old/blobs/sha256/x");
  file("old.tar", std::string("blobs/sha256/x") + std::string(498, '\0'));
  file("mine.tar", std::string("data/x") + std::string(506, '\0'));
  EXPECT_THAT(paths(), ElementsAre("main.py", "mine.tar"));
  options_.use_ignore_files = false;  // as for data
  EXPECT_EQ(paths().size(), 5U);
}

TEST_F(ListTree, HonoursGitignoreOfEachFolder) {
  file(".gitignore", "*.log\n/data/\n");
  file("sub/.gitignore", "!keep.log\nlocal\n");
  for (const char* path :
       {"a.py", "a.log", "data/x", "sub/a.log", "sub/keep.log", "sub/local", "local"}) {
    file(path);
  }
  EXPECT_THAT(paths(),
              ElementsAre(".gitignore", "a.py", "local", "sub/.gitignore", "sub/keep.log"));
  options_.use_ignore_files = false;
  EXPECT_EQ(paths().size(), 9U);
}

TEST_F(ListTree, CartwheelignoreComesBeforeDockerignore) {
  file(".dockerignore", "docs\n");
  file("docs/a");
  file("tests/a");
  EXPECT_THAT(paths(), ElementsAre(".dockerignore", "tests/a"));
  file(".cartwheelignore", "tests/\n");
  EXPECT_THAT(paths(), ElementsAre(".cartwheelignore", ".dockerignore", "docs/a"));
  file(".gitignore", "docs\n");
  EXPECT_THAT(paths(), ElementsAre(".cartwheelignore", ".dockerignore", ".gitignore"))
      << "both kinds of rules must leave a file";
}

TEST_F(ListTree, DockerignoreMayNameWhatIsTaken) {
  file(".dockerignore", "**\n!src\n!*.toml\nsrc/tests\n");
  for (const char* path :
       {"README", "a.toml", "src/a.py", "src/deep/b.py", "src/tests/c.py", "other/d.py"}) {
    file(path);
  }
  EXPECT_THAT(paths(), ElementsAre("a.toml", "src/a.py", "src/deep/b.py"));
}

TEST_F(ListTree, IncludeAndExcludeAreGlobs) {
  for (const char* path : {"a.py", "src/b.py", "src/b.txt", "data/c.csv", "data/deep/d.csv"}) {
    file(path);
  }
  options_.include = {"*.py"};
  EXPECT_THAT(paths(), ElementsAre("a.py", "src/b.py"));
  options_.include = {"data"};
  EXPECT_THAT(paths(), ElementsAre("data/c.csv", "data/deep/d.csv"));
  options_.include = {"src/**"};
  EXPECT_THAT(paths(), ElementsAre("src/b.py", "src/b.txt"));
  options_.include = {};
  options_.exclude = {"data", "*.txt"};
  EXPECT_THAT(paths(), ElementsAre("a.py", "src/b.py"));
}

TEST_F(ListTree, TellsIncludeGlobsThatMatchNothing) {
  file("a.py");
  file("data/x.csv");
  options_.include = {"*.py", "data", "src/**", "*.pyx"};
  EXPECT_THAT(list().unmatched, ElementsAre("src/**", "*.pyx"));
  EXPECT_THAT(paths(), ElementsAre("a.py", "data/x.csv"));
}

TEST_F(ListTree, IncludeTakesWhatIsIgnored) {
  file(".gitignore", "build/\n*.gen\n");
  file("build/deep/made.bin");
  file("build/other.txt");
  file("x.gen");
  file("a.py");
  options_.include = {"*.py", "build/deep/*.bin", "x.gen"};
  EXPECT_THAT(paths(), ElementsAre("a.py", "build/deep/made.bin", "x.gen"));
  options_.include = {"**/*.bin"};
  EXPECT_THAT(paths(), IsEmpty()) << "a glob that does not begin with the folder looks not into it";
}

TEST_F(ListTree, WithholdsKeysAndSaysSo) {
  const std::vector<std::string> secrets{".aws/credentials",
                                         ".config/gcloud/x.json",
                                         ".docker/config.json",
                                         ".env",
                                         ".env.production",
                                         ".envrc",
                                         ".netrc",
                                         ".npmrc",
                                         ".pypirc",
                                         ".ssh/mykey",
                                         "AuthKey_1.p8",
                                         "Server.Key",
                                         "certs/server.pem",
                                         "client_secret_1.json",
                                         "credentials.json",
                                         "home/.ssh/config",
                                         "id_ed25519",
                                         "id_rsa",
                                         "kubeconfig",
                                         "prod.env",
                                         "terraform.tfstate",
                                         "tls.key"};
  for (const std::string& path : secrets) {
    file(path);
  }
  file("a.py");
  file("id_rsa.pub");
  file(".env.example");
  file("awsome/credentials");
  Tree tree = list();
  EXPECT_EQ(tree.withheld, secrets);
  EXPECT_THAT(paths(), ElementsAre(".env.example", "a.py", "awsome/credentials", "id_rsa.pub"));
}

TEST_F(ListTree, TakesAKeyThatIsNamedAlone) {
  file("certs/server.pem");
  file("certs/server.key");
  file("certs/readme");
  options_.include = {"certs/**", "*.pem"};
  EXPECT_THAT(paths(), ElementsAre("certs/readme", "certs/server.pem"));
  EXPECT_THAT(list().withheld, ElementsAre("certs/server.key"))
      << "its folder alone does not name it";
  options_.include = {"certs"};
  EXPECT_THAT(paths(), ElementsAre("certs/readme"));
  options_.include = {"*"};
  EXPECT_THAT(list().withheld, ElementsAre("certs/server.key", "certs/server.pem"));
}

TEST_F(ListTree, IgnoredKeyIsNotWorthAWord) {
  file(".gitignore", ".env\n");
  file(".env");
  EXPECT_THAT(list().withheld, IsEmpty());
}

TEST_F(ListTree, RefusesWhatCannotBeInAnImage) {
  auto refused = [&](const std::string& message) {
    try {
      list();
      ADD_FAILURE() << message;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::refused);
      EXPECT_THAT(error.what(), HasSubstr(message));
    }
  };
  fs::create_directory(root_ / "sub");
  fs::create_symlink("../../outside", root_ / "sub/link");
  refused("the link leads out of the folder");
  fs::remove(root_ / "sub/link");
  fs::create_symlink("/etc/passwd", root_ / "link");
  refused("the link leads out of the folder, to '/etc/passwd'");
  fs::create_symlink("/etc/group", root_ / "sub/other");
  refused("'link': the link leads out of the folder, to '/etc/passwd'; 'sub/other': the link");
  fs::remove(root_ / "sub/other");
  options_.any_link = true;
  EXPECT_THAT(paths(), ElementsAre("link")) << "nothing of it goes into an image";
  options_.any_link = false;
  fs::remove(root_ / "link");
  fs::create_symlink("../a.py", root_ / "sub/link");
  EXPECT_THAT(paths(), ElementsAre("sub/link")) << "within the folder";
  ASSERT_EQ(mkfifo((root_ / "fifo").c_str(), 0600), 0);
  refused("is neither file, folder nor link");
  fs::remove(root_ / "fifo");
  file("bad\xff.py");
  refused("the name is no UTF-8");
}

TEST_F(ListTree, DigestIsOfPathsModesAndContents) {
  file("a.py", "1");
  file("b.py", "2");
  core::Digest first = digest();
  EXPECT_EQ(digest(), first);
  fs::last_write_time(root_ / "a.py", fs::file_time_type::clock::now() - std::chrono::hours(9));
  EXPECT_EQ(digest(), first) << "no time";
  file("a.py", "3");
  core::Digest changed = digest();
  EXPECT_NE(changed, first);
  file("a.py", "1", 0755);
  EXPECT_NE(digest(), first) << "the mode";
  file("a.py", "1", 0600);
  EXPECT_EQ(digest(), first) << "but only whether it is executable";
  fs::rename(root_ / "b.py", root_ / "c.py");
  EXPECT_NE(digest(), first);
  fs::remove(root_ / "c.py");
  fs::create_symlink("a.py", root_ / "b.py");
  EXPECT_NE(digest(), first);
}

TEST_F(ListTree, MissingFolderIsNotFound) {
  try {
    list_tree(root_ / "nowhere", {});
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::not_found);
  }
}

}  // namespace
}  // namespace cartwheel::tree
