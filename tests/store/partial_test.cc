#include <atomic>
#include <thread>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "store/store.h"
#include "util/file.h"

namespace cartwheel::store {
namespace {

namespace fs = std::filesystem;

TEST(Partial, GoesOnWhereTheLastOwnerStopped) {
  util::TempDir folder;
  core::Digest digest = core::Digest::of("hello world");
  {
    auto store = open_store(folder.path());
    auto partial = store->begin_partial(digest.hex(), digest);
    ASSERT_NE(partial, nullptr);
    EXPECT_EQ(partial->size(), 0U);
    partial->append(util::as_bytes("hello"));
  }
  EXPECT_TRUE(fs::exists(folder.path() / "partial" / digest.hex()));
  auto store = open_store(folder.path());
  EXPECT_FALSE(store->has(digest));
  auto partial = store->begin_partial(digest.hex(), digest);
  ASSERT_NE(partial, nullptr);
  EXPECT_EQ(partial->size(), 5U);
  partial->append(util::as_bytes(" world"));
  EXPECT_EQ(util::read_all(*partial->open(), 100, ""), "hello world");
  partial->commit(digest);
  partial.reset();
  EXPECT_TRUE(store->has(digest));
  EXPECT_FALSE(fs::exists(folder.path() / "partial" / digest.hex()));
  struct stat info {};
  ASSERT_EQ(
      stat((folder.path() / "blobs/sha256" / digest.hex().substr(0, 2) / digest.hex()).c_str(),
           &info),
      0);
  EXPECT_EQ(info.st_mode & 0777U, 0444U);
}

TEST(Partial, ThrowsAwayWhatIsThere) {
  util::TempDir folder;
  auto store = open_store(folder.path());
  auto partial = store->begin_partial("some key", std::nullopt);
  partial->append(util::as_bytes("rubbish"));
  partial->restart();
  EXPECT_EQ(partial->size(), 0U);
  partial->append(util::as_bytes("good"));
  EXPECT_EQ(util::read_all(*partial->open(), 100, ""), "good");
}

TEST(Partial, IsNothingWhenTheBlobIsThere) {
  util::TempDir folder;
  auto store = open_store(folder.path());
  core::Digest digest = store->put("x");
  EXPECT_EQ(store->begin_partial(digest.hex(), digest), nullptr);
}

TEST(Partial, LeavesNoEmptyFile) {
  util::TempDir folder;
  auto store = open_store(folder.path());
  { auto partial = store->begin_partial("key", std::nullopt); }
  EXPECT_TRUE(fs::is_empty(folder.path() / "partial"));
}

TEST(Partial, LetsOneOfManyDownload) {
  util::TempDir folder;
  core::Digest digest = core::Digest::of("content");
  std::atomic<int> downloads = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      auto store = open_store(folder.path());
      if (auto partial = store->begin_partial(digest.hex(), digest)) {
        ++downloads;
        partial->append(util::as_bytes("content"));
        partial->commit(digest);
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(downloads, 1);
}

TEST(Partial, IsTakenOverWhenItsOwnerGivesUp) {
  util::TempDir folder;
  core::Digest digest = core::Digest::of("content");
  auto store = open_store(folder.path());
  auto first = store->begin_partial(digest.hex(), digest);
  std::uint64_t found = 0;
  std::thread waiter([&] {
    auto second = open_store(folder.path())->begin_partial(digest.hex(), digest);
    found = second ? second->size() : 0;
  });
  first->append(util::as_bytes("con"));
  first.reset();
  waiter.join();
  // The waiter may have come before or after the lock was free; in both cases it goes on from what
  // is there.
  EXPECT_EQ(found, 3U);
}

}  // namespace
}  // namespace cartwheel::store
