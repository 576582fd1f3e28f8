#include "store/store.h"

#include <thread>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "util/error.h"
#include "util/file.h"

namespace cartwheel::store {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using util::Error;
using util::ErrorKind;

std::string text_of(const util::File& file) {
  std::string text(file.size(), '\0');
  file.read_at(0, {reinterpret_cast<std::byte*>(text.data()), text.size()});
  return text;
}

fs::path blob_path(const fs::path& root, const core::Digest& digest) {
  return root / "blobs/sha256" / digest.hex().substr(0, 2) / digest.hex();
}

std::size_t files_below(const fs::path& folder) {
  std::size_t count = 0;
  if (fs::exists(folder)) {
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
      count += entry.is_regular_file() ? 1U : 0U;
    }
  }
  return count;
}

TEST(Store, GivesBackWhatWasPut) {
  util::TempDir folder;
  auto store = open_store(folder.path() / "a/b");
  core::Digest digest = store->put("hello\n");
  EXPECT_EQ(digest.hex(), "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03");
  ASSERT_TRUE(store->has(digest));
  EXPECT_EQ(text_of(*store->find(digest)), "hello\n");
  EXPECT_EQ(store->find(core::Digest::of("other")), nullptr);
  EXPECT_FALSE(store->has(core::Digest::of("other")));
}

TEST(Store, HasTheFolderOfTheFormat) {
  util::TempDir folder;
  auto store = open_store(folder.path());
  std::string key(64, 'a');
  core::Digest digest = store->put("x");
  store->put_recipe(digest, "recipe");
  store->put_record(RecordKind::layer, key, "l");
  store->put_record(RecordKind::facts, key, "f");
  store->put_record(RecordKind::paths, key, "p");
  store->put_record(RecordKind::build, key, "b");
  store->put_record(RecordKind::stat, key, "s");
  EXPECT_EQ(util::read_file(folder.path() / "VERSION"), "1\n");
  struct stat info {};
  ASSERT_EQ(stat(blob_path(folder.path(), digest).c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0444U);
  EXPECT_EQ(util::read_file(folder.path() / "recipes/1" / digest.hex().substr(0, 2) / digest.hex()),
            "recipe");
  EXPECT_EQ(util::read_file(folder.path() / "layers/1/aa" / (key + ".json")), "l");
  EXPECT_EQ(util::read_file(folder.path() / "facts/1/aa" / (key + ".json")), "f");
  EXPECT_EQ(util::read_file(folder.path() / "paths/1/aa" / key), "p");
  EXPECT_EQ(util::read_file(folder.path() / "builds/1/aa" / (key + ".json")), "b");
  EXPECT_EQ(util::read_file(folder.path() / "stat/1" / key), "s");
  EXPECT_TRUE(fs::exists(folder.path() / "lock"));
}

TEST(Store, RefusesAnotherVersion) {
  util::TempDir folder;
  util::write_file(folder.path() / "VERSION", "2\n");
  try {
    open_store(folder.path());
    FAIL() << "opened";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unsupported);
    EXPECT_THAT(error.what(), HasSubstr("version '2', wanted '1'"));
    EXPECT_THAT(error.what(), HasSubstr(folder.path().string()));
  }
  EXPECT_EQ(util::read_file(folder.path() / "VERSION"), "2\n");
}

TEST(Store, NamesTheFolderThatCannotBeMade) {
  util::TempDir folder;
  util::write_file(folder.path() / "file", "");
  try {
    open_store(folder.path() / "file/store");
    FAIL() << "opened";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr((folder.path() / "file/store").string()));
  }
}

TEST(Upload, IsInvisibleBeforeCommitAndGoneWhenDropped) {
  util::TempDir folder;
  auto store = open_store(folder.path());
  core::Digest digest = core::Digest::of("hello");
  {
    auto upload = store->begin();
    upload->write(util::as_bytes("hel"));
    upload->write(util::as_bytes("lo"));
    EXPECT_EQ(upload->size(), 5U);
    EXPECT_FALSE(store->has(digest));
    EXPECT_EQ(files_below(folder.path() / "tmp"), 1U);
  }
  EXPECT_EQ(files_below(folder.path() / "tmp"), 0U);
  EXPECT_FALSE(store->has(digest));
}

TEST(Upload, PublishesUnderItsDigest) {
  util::TempDir folder;
  auto store = open_store(folder.path());
  for (int round = 0; round < 2; ++round) {  // the second finds it there
    auto upload = store->begin();
    upload->write(util::as_bytes("hello"));
    EXPECT_EQ(upload->commit(), core::Digest::of("hello"));
    EXPECT_THROW(upload->commit(), Error);
  }
  EXPECT_EQ(text_of(*store->find(core::Digest::of("hello"))), "hello");
}

TEST(Upload, RefusesBytesOfAnotherDigest) {
  util::TempDir folder;
  auto store = open_store(folder.path());
  core::Digest wanted = core::Digest::of("hello");
  auto upload = store->begin();
  upload->write(util::as_bytes("hullo"));
  try {
    upload->commit(wanted);
    FAIL() << "published";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::integrity);
    EXPECT_THAT(error.what(), HasSubstr(wanted.hex()));
    EXPECT_THAT(error.what(), HasSubstr(core::Digest::of("hullo").hex()));
  }
  EXPECT_EQ(files_below(folder.path() / "blobs"), 0U);
}

TEST(Store, RemovesABlobAndTakesItAgain) {
  util::TempDir folder;
  auto store = open_store(folder.path());
  core::Digest digest = store->put("hello");
  store->remove(digest);
  EXPECT_FALSE(store->has(digest));
  EXPECT_NO_THROW(store->remove(digest));
  EXPECT_EQ(store->put("hello"), digest);
  EXPECT_TRUE(store->has(digest));
}

TEST(Store, TellsBlobsWrittenSinceTheStart) {
  util::TempDir folder;
  auto store = open_store(folder.path());
  EXPECT_TRUE(store->is_fresh(store->put("hello")));
  EXPECT_FALSE(store->is_fresh(core::Digest::of("absent")));
}

TEST(Store, TouchesWhatIsUsedOnceADay) {
  util::TempDir folder;
  auto store = open_store(folder.path());
  core::Digest digest = store->put("hello");
  fs::path path = blob_path(folder.path(), digest);
  auto age = [&] { return fs::file_time_type::clock::now() - fs::last_write_time(path); };
  fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(23));
  store->find(digest);
  EXPECT_GT(age(), std::chrono::hours(22));
  fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(25));
  store->find(digest);
  EXPECT_LT(age(), std::chrono::hours(1));
}

TEST(Store, HidesKeysThatAreNoDigests) {
  util::TempDir folder;
  auto store = open_store(folder.path());
  for (const std::string key :
       {"https://user:password@example.org/x", "../../etc/passwd", "", "ABC"}) {
    store->put_record(RecordKind::alias, key, "value of " + key);
    EXPECT_EQ(store->find_record(RecordKind::alias, key), "value of " + key);
  }
  EXPECT_EQ(store->find_record(RecordKind::alias, "unknown"), std::nullopt);
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder.path())) {
    EXPECT_THAT(entry.path().string(), testing::Not(HasSubstr("password"))) << entry.path();
  }
}

TEST(Store, ReplacesARecordInOneStep) {
  util::TempDir folder;
  auto store = open_store(folder.path());
  std::string key(64, '1');
  store->put_record(RecordKind::layer, key, std::string(100000, 'a'));
  std::thread writer([&] {
    auto other = open_store(folder.path());
    for (int i = 0; i < 200; ++i) {
      other->put_record(RecordKind::layer, key, std::string(100000, i % 2 == 0 ? 'b' : 'a'));
    }
  });
  bool always_whole = true;
  for (int i = 0; i < 200; ++i) {
    std::string text = store->find_record(RecordKind::layer, key).value();
    always_whole = always_whole && text == std::string(100000, text[0]);
  }
  writer.join();
  EXPECT_TRUE(always_whole);
}

TEST(Store, IsSharedByManyThreads) {
  util::TempDir folder;
  auto store = open_store(folder.path());
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 20; ++k) {
        auto upload = store->begin();
        upload->write(util::as_bytes("blob " + std::to_string(k)));
        upload->commit(core::Digest::of("blob " + std::to_string(k)));
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(files_below(folder.path() / "blobs"), 20U);
}

TEST(Store, LeavesNothingInTmp) {
  util::TempDir folder;
  { open_store(folder.path())->put("x"); }
  EXPECT_TRUE(fs::is_empty(folder.path() / "tmp"));
}

TEST(Lease, ListsItsDigestsWhileItLives) {
  util::TempDir folder;
  auto store = open_store(folder.path());
  core::Digest digest = store->put("x");
  {
    auto lease = store->lease({digest});
    fs::directory_iterator entry(folder.path() / "leases");
    ASSERT_NE(entry, fs::directory_iterator());
    EXPECT_EQ(util::read_file(entry->path()), digest.hex() + "\n");
  }
  EXPECT_TRUE(fs::is_empty(folder.path() / "leases"));
}

}  // namespace
}  // namespace cartwheel::store
