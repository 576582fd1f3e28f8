#include "util/file.h"

#include <functional>
#include <thread>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "util/error.h"

namespace cartwheel::util {
namespace {

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> out;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    out.push_back(entry.path().filename().string());
  }
  return out;
}

ErrorKind kind_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.kind();
  }
  return ErrorKind::internal;
}

TEST(WriteFile, ReplacesWholeAndLeavesNothingBeside) {
  TempDir folder;
  fs::path path = folder.path() / "file";
  write_file(path, "first");
  write_file(path, "second", 0644, true);
  EXPECT_EQ(read_file(path), "second");
  EXPECT_THAT(names_in(folder.path()), testing::ElementsAre("file"));
}

TEST(WriteFile, HasTheModeLessTheUmask) {
  TempDir folder;
  mode_t before = umask(027);
  write_file(folder.path() / "file", "", 0777);
  umask(before);
  struct stat info {};
  ASSERT_EQ(stat((folder.path() / "file").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777U, 0750U);
}

TEST(WriteFile, ReplacesALinkAndNotWhatItLeadsTo) {
  TempDir folder;
  write_file(folder.path() / "target", "kept");
  fs::create_symlink("target", folder.path() / "link");
  write_file(folder.path() / "link", "new");
  EXPECT_EQ(read_file(folder.path() / "target"), "kept");
  EXPECT_FALSE(fs::is_symlink(folder.path() / "link"));
}

TEST(WriteFile, LeavesNothingWhereItFails) {
  TempDir folder;
  fs::create_directories(folder.path() / "taken" / "inside");
  EXPECT_THROW(write_file(folder.path() / "taken", "text"), Error);
  EXPECT_THAT(names_in(folder.path()), testing::ElementsAre("taken"));
  EXPECT_EQ(kind_of([&] { write_file(folder.path() / "none" / "file", ""); }),
            ErrorKind::not_found);
}

TEST(WriteFile, TakesTheLongestNameThereIs) {
  TempDir folder;
  fs::path path = folder.path() / std::string(255, 'n');
  write_file(path, "text");
  EXPECT_EQ(read_file(path), "text");
}

TEST(WriteFile, ReadersNeverSeeAHalf) {
  TempDir folder;
  fs::path path = folder.path() / "file";
  std::string a(100000, 'a');
  std::string b(50000, 'b');
  write_file(path, a);
  std::jthread writer([&] {
    for (int i = 0; i < 100; ++i) {
      write_file(path, i % 2 == 0 ? b : a);
    }
  });
  for (int i = 0; i < 100; ++i) {
    std::string seen = read_file(path);
    ASSERT_TRUE(seen == a || seen == b);
  }
}

TEST(ReadFile, HoldsToItsLimit) {
  TempDir folder;
  fs::path path = folder.path() / "file";
  write_file(path, "12345");
  EXPECT_EQ(read_file(path, 5), "12345");
  EXPECT_EQ(kind_of([&] { read_file(path, 4); }), ErrorKind::malformed);
  EXPECT_FALSE(read_file("/proc/self/status").empty());  // whose size is 0
  EXPECT_EQ(kind_of([&] { read_file("/proc/self/status", 10); }), ErrorKind::malformed);
}

TEST(ReadFile, TellsAbsentFromUnreadable) {
  TempDir folder;
  EXPECT_EQ(kind_of([&] { read_file(folder.path() / "none"); }), ErrorKind::not_found);
  EXPECT_EQ(kind_of([&] { read_file(folder.path()); }), ErrorKind::io);
  EXPECT_EQ(read_file_if_present(folder.path() / "none"), std::nullopt);
  EXPECT_EQ(kind_of([&] { read_file_if_present(folder.path()); }), ErrorKind::io);
}

TEST(File, ReadsAtAnyPlaceButNotPastTheEnd) {
  TempDir folder;
  write_file(folder.path() / "file", "0123456789");
  File file = File::open_read(folder.path() / "file");
  std::string text(3, ' ');
  file.read_at(7, std::as_writable_bytes(std::span(text)));
  EXPECT_EQ(text, "789");
  EXPECT_EQ(file.size(), 10U);
  EXPECT_EQ(kind_of([&] { file.read_at(8, std::as_writable_bytes(std::span(text))); }),
            ErrorKind::malformed);
}

TEST(File, MovesItsDescriptor) {
  TempDir folder;
  File first = File::create(folder.path() / "a");
  int descriptor = first.descriptor();
  File second = std::move(first);
  EXPECT_EQ(second.descriptor(), descriptor);
  second = File::create(folder.path() / "b");
  EXPECT_EQ(fcntl(descriptor, F_GETFD), descriptor == second.descriptor() ? FD_CLOEXEC : -1);
  second.write(as_bytes("text"));
  second.close();
  EXPECT_EQ(read_file(folder.path() / "b"), "text");
}

TEST(TempDir, GoesWithItsContent) {
  fs::path path;
  {
    TempDir folder;
    path = folder.path();
    fs::create_directories(path / "a" / "b");
    write_file(path / "a" / "b" / "file", "text");
    struct stat info {};
    ASSERT_EQ(stat(path.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777U, 0700U);
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST(TempDir, StandsWhereItIsAsked) {
  TempDir outer;
  TempDir inner(outer.path(), "inner-");
  EXPECT_EQ(inner.path().parent_path(), outer.path());
  EXPECT_TRUE(inner.path().filename().string().starts_with("inner-"));
  EXPECT_EQ(kind_of([&] { TempDir none(outer.path() / "none"); }), ErrorKind::not_found);
}

}  // namespace
}  // namespace cartwheel::util
