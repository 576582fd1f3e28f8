#include "memo/stat_cache.h"

#include <chrono>

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "util/error.h"
#include "util/file.h"

namespace cartwheel::memo {
namespace {

namespace fs = std::filesystem;

// Files of this test are younger than 2 s, so nothing of them is kept by save(): what is older
// comes from a folder that the system has had for long.
fs::path old_folder() { return "/usr/include"; }

std::vector<std::string> old_files(std::size_t count) {
  std::vector<std::string> files;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(old_folder())) {
    if (entry.is_regular_file() && !entry.is_symlink() && files.size() < count) {
      files.push_back(entry.path().lexically_relative(old_folder()).string());
    }
  }
  return files;
}

struct Fixture : public testing::Test {
  util::TempDir folder;
  std::unique_ptr<store::Store> store = store::open_store(folder.path() / "store");
  fs::path root = folder.path() / "project";
  void SetUp() override { fs::create_directories(root / "src"); }
};
using StatCacheTest = Fixture;

TEST_F(StatCacheTest, OpensAnUnchangedFileOnce) {
  std::vector<std::string> files = old_files(50);
  ASSERT_EQ(files.size(), 50U);
  std::vector<core::Digest> digests;
  {
    StatCache cache(*store, old_folder());
    for (const std::string& file : files) {
      digests.push_back(cache.digest(file));
      EXPECT_EQ(digests.back(), core::Digest::of(util::read_file(old_folder() / file)));
    }
    EXPECT_EQ(cache.files_opened(), 50U);
    cache.save();
  }
  StatCache cache(*store, old_folder());
  for (std::size_t i = 0; i < files.size(); ++i) {
    EXPECT_EQ(cache.digest(files[i]), digests[i]);
  }
  EXPECT_EQ(cache.files_opened(), 0U);
}

TEST_F(StatCacheTest, DoesNotTrustAFileThatJustChanged) {
  util::write_file(root / "src/a.py", "print(1)\n");
  StatCache cache(*store, root);
  EXPECT_EQ(cache.digest("src/a.py"), core::Digest::of("print(1)\n"));
  // The same size, in the same tick perhaps.
  int file = open((root / "src/a.py").c_str(), O_WRONLY);
  ASSERT_EQ(write(file, "print(2)\n", 9), 9);
  close(file);
  EXPECT_EQ(cache.digest("src/a.py"), core::Digest::of("print(2)\n"));
  cache.save();
  StatCache second(*store, root);
  second.digest("src/a.py");
  EXPECT_EQ(second.files_opened(), 1U);
}

TEST_F(StatCacheTest, SeesEveryKindOfChange) {
  std::string file = old_files(1).at(0);
  struct stat info {};
  ASSERT_EQ(lstat((old_folder() / file).c_str(), &info), 0);
  StatCache cache(*store, old_folder());
  cache.digest(file, info);
  cache.digest(file, info);
  ASSERT_EQ(cache.files_opened(), 1U);
  auto opens_with = [&](void (*change)(struct stat&)) {
    struct stat other = info;
    change(other);
    std::size_t before = cache.files_opened();
    cache.digest(file, other);
    return cache.files_opened() == before + 1;
  };
  EXPECT_TRUE(opens_with([](struct stat& s) { s.st_size += 1; }));
  EXPECT_TRUE(opens_with([](struct stat& s) { s.st_mtim.tv_nsec ^= 1; }));
  EXPECT_TRUE(opens_with([](struct stat& s) { s.st_ctim.tv_nsec ^= 1; }));
  EXPECT_TRUE(opens_with([](struct stat& s) { s.st_ino += 1; }));
  EXPECT_TRUE(opens_with([](struct stat& s) { s.st_dev += 1; }));
  EXPECT_FALSE(opens_with([](struct stat&) {}));
}

TEST_F(StatCacheTest, RefusesWhatIsNoRegularFile) {
  fs::create_symlink("a.py", root / "link");
  StatCache cache(*store, root);
  for (const char* path : {"link", "src"}) {
    try {
      cache.digest(path);
      FAIL() << path;
    } catch (const util::Error& error) {
      EXPECT_EQ(error.kind(), util::ErrorKind::refused) << path;
    }
  }
  try {
    cache.digest("absent");
    FAIL() << "absent";
  } catch (const util::Error& error) {
    EXPECT_EQ(error.kind(), util::ErrorKind::not_found);
  }
}

TEST_F(StatCacheTest, TakesABrokenRecordForNone) {
  std::string file = old_files(1).at(0);
  std::string key = core::Digest::of(old_folder().string()).hex();
  {
    StatCache cache(*store, old_folder());
    cache.digest(file);
    cache.save();
  }
  std::string bytes = store->find_record(store::RecordKind::stat, key).value();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 0x80);
    store->put_record(store::RecordKind::stat, key, changed);
    StatCache cache(*store, old_folder());
    cache.digest(file);
    EXPECT_EQ(cache.files_opened(), 1U) << i;
  }
  store->put_record(store::RecordKind::stat, key, bytes.substr(0, 20));
  StatCache cache(*store, old_folder());
  cache.digest(file);
  EXPECT_EQ(cache.files_opened(), 1U);
}

TEST_F(StatCacheTest, WritesNothingWhenNothingWasLearned) {
  std::string file = old_files(1).at(0);
  std::string key = core::Digest::of(old_folder().string()).hex();
  StatCache(*store, old_folder()).save();
  EXPECT_EQ(store->find_record(store::RecordKind::stat, key), std::nullopt);
}

}  // namespace
}  // namespace cartwheel::memo
