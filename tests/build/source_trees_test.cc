#include "build/source_trees.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "archive/read_archive.h"
#include "store/recipe.h"
#include "util/error.h"
#include "util/file.h"

namespace cartwheel::build {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using util::Error;
using util::ErrorKind;

// A project folder, a store, and what a layer of its trees holds.
class SourceTrees : public testing::Test {
 protected:
  util::TempDir folder_;
  fs::path project_ = folder_.path() / "app";
  std::shared_ptr<store::Store> store_ = store::open_store(folder_.path() / "store");
  memo::LayerMemo memo_{*store_};

  void SetUp() override { fs::create_directory(project_); }
  void file(const std::string& path, const std::string& content, unsigned mode = 0644) {
    fs::create_directories((project_ / path).parent_path());
    util::write_file(project_ / path, content, mode);
  }
  ScannedTree scanned(const SourceTree& source) { return scan(source, project_, {}, *store_); }
  ScannedTree project() {
    return scanned({.kind = "project", .name = "app", .from = ".", .to = "/app"});
  }
  ScannedTree files(const std::string& from, const std::string& to) {
    return scanned({.kind = "files", .name = from, .from = from, .to = to});
  }
  memo::LayerRecord make(const std::vector<ScannedTree>& trees) {
    return make_source_layer(trees, {}, core::Compression::splice, *store_, memo_);
  }
  // Path → content of the layer's files and links.
  std::map<std::string, std::string> held(const memo::LayerRecord& record) {
    std::map<std::string, std::string> out;
    auto source = store::find_blob(store_, record.blob.digest)->open();
    archive::read_tar(
        *source, "layer", [&](const archive::ReadEntry& entry, util::Source& content) {
          if (entry.kind != archive::ReadEntry::Kind::directory) {
            out[entry.path] = entry.target + util::read_all(content, 1 << 20, entry.path);
          }
        });
    return out;
  }
};

TEST_F(SourceTrees, ProjectLiesBelowItsFolder) {
  file("main.py", "1");
  file("sub/x.py", "2");
  fs::create_symlink("main.py", project_ / "link");
  EXPECT_THAT(
      held(make({project()})),
      ElementsAre(
          Pair("app/link", "main.py"), Pair("app/main.py", "1"), Pair("app/sub/x.py", "2")));
}

TEST_F(SourceTrees, ProjectIsWithoutThePins) {
  file("main.py", "1");
  core::Digest before = project().digest;
  file("cartwheel.lock", "version = 1\n");
  EXPECT_EQ(project().digest, before) << "they change with the base, and the project does not";
  EXPECT_NE(files(".", "/x").digest, before);
}

TEST_F(SourceTrees, SingleFileIsRenamedUnlessAFolderIsMeant) {
  file("conf/app.ini", "x");
  EXPECT_THAT(held(make({files("conf/app.ini", "/etc/my.ini")})),
              ElementsAre(Pair("etc/my.ini", "x")));
  EXPECT_THAT(held(make({files("conf/app.ini", "/etc/")})), ElementsAre(Pair("etc/app.ini", "x")));
  EXPECT_THAT(held(make({files("conf", "/etc")})), ElementsAre(Pair("etc/app.ini", "x")));
  EXPECT_THAT(held(make({files("conf", "/")})), ElementsAre(Pair("app.ini", "x")));
}

TEST_F(SourceTrees, LaterTreeWins) {
  file("one/a", "1");
  file("one/b", "1");
  file("two/b", "2");
  EXPECT_THAT(held(make({files("one", "/data"), files("two", "/data")})),
              ElementsAre(Pair("data/a", "1"), Pair("data/b", "2")));
  EXPECT_THAT(held(make({files("two", "/data"), files("one", "/data")})),
              ElementsAre(Pair("data/a", "1"), Pair("data/b", "1")));
}

TEST_F(SourceTrees, AreRememberedByTheirContents) {
  file("main.py", "1");
  memo::LayerRecord first = make({project()});
  ScannedTree again = project();
  fs::remove(project_ / "main.py");
  EXPECT_EQ(make({again}), first) << "not read the second time";
  file("main.py", "2");
  EXPECT_NE(make({project()}), first);
}

TEST_F(SourceTrees, FileThatChangesWhileItIsReadIsNotRemembered) {
  file("main.py", "before");
  ScannedTree scanned = project();
  file("main.py", "after!");
  try {
    make({scanned});
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::io);
    EXPECT_THAT(error.what(), HasSubstr("changed while it was read"));
  }
  file("main.py", "before");
  EXPECT_THAT(held(make({project()})), ElementsAre(Pair("app/main.py", "before")));
}

TEST_F(SourceTrees, MissingIsNotFoundByItsName) {
  try {
    files("nowhere", "/x");
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::not_found);
    EXPECT_THAT(error.what(), HasSubstr("'nowhere'"));
  }
}

}  // namespace
}  // namespace cartwheel::build
