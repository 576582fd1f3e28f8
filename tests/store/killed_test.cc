// What a process leaves behind that is killed, or that finds the disk full.

#include <csignal>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/store.h"
#include "util/error.h"
#include "util/file.h"

namespace cartwheel::store {
namespace {

namespace fs = std::filesystem;

// Runs body in a child process; gives what waitpid(2) gives.
int in_child(const std::function<int()>& body) {
  pid_t child = fork();
  if (child == 0) {
    int status = 99;
    try {
      status = body();
    } catch (...) {
      status = 98;
    }
    _exit(status);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

std::size_t entries(const fs::path& folder) {
  return fs::exists(folder) ? static_cast<std::size_t>(std::distance(fs::directory_iterator(folder),
                                                                     fs::directory_iterator()))
                            : 0;
}

TEST(Killed, UploadLeavesNothingUnderAFinalName) {
  util::TempDir folder;
  int status = in_child([&]() -> int {
    auto store = open_store(folder.path());
    auto upload = store->begin();
    upload->write(util::as_bytes("half of it"));
    auto record = store->begin_partial("key", std::nullopt);
    record->append(util::as_bytes("half of that"));
    kill(getpid(), SIGKILL);
    return 0;
  });
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(entries(folder.path() / "blobs"), 0U);
  EXPECT_EQ(entries(folder.path() / "tmp"), 1U);
  EXPECT_EQ(entries(folder.path() / "partial"), 1U);

  auto store = open_store(folder.path());
  EXPECT_EQ(store->begin_partial("key", std::nullopt)->size(), 12U);
  auto upload = store->begin();  // removes the dead one's folder
  EXPECT_EQ(entries(folder.path() / "tmp"), 1U);
  upload->write(util::as_bytes("all of it"));
  EXPECT_TRUE(store->has(upload->commit()));
}

TEST(Killed, LivingProcessKeepsItsScratchFolder) {
  util::TempDir folder;
  auto store = open_store(folder.path());
  auto upload = store->begin();
  upload->write(util::as_bytes("x"));
  int status = in_child([&]() -> int {
    open_store(folder.path())->put("another");
    return 0;
  });
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(store->has(upload->commit(core::Digest::of("x"))));
}

TEST(FullDisk, IsAnErrorAndLeavesNothing) {
  util::TempDir folder;
  int status = in_child([&]() -> int {
    std::signal(SIGXFSZ, SIG_IGN);
    auto store = open_store(folder.path());
    rlimit limit{.rlim_cur = 100000, .rlim_max = 100000};
    setrlimit(RLIMIT_FSIZE, &limit);
    try {
      auto upload = store->begin();
      for (int i = 0; i < 100; ++i) {
        upload->write(util::as_bytes(std::string(10000, 'x')));
      }
      return 1;
    } catch (const util::Error& error) {
      bool names_folder =
          std::string(error.what()).find(folder.path().string()) != std::string::npos;
      return error.kind() == util::ErrorKind::io && names_folder ? 0 : 2;
    }
  });
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(entries(folder.path() / "blobs"), 0U);
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder.path() / "tmp")) {
    EXPECT_TRUE(entry.is_directory()) << entry.path();
  }
}

TEST(FullDisk, FailedUploadCannotBeCommitted) {
  util::TempDir folder;
  int status = in_child([&]() -> int {
    std::signal(SIGXFSZ, SIG_IGN);
    auto store = open_store(folder.path());
    rlimit limit{.rlim_cur = 1000, .rlim_max = 1000};
    setrlimit(RLIMIT_FSIZE, &limit);
    auto upload = store->begin();
    try {
      upload->write(util::as_bytes(std::string(10000, 'x')));
      return 1;
    } catch (const util::Error&) {
    }
    try {
      upload->commit();
      return 2;
    } catch (const util::Error&) {
      return 0;
    }
  });
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(entries(folder.path() / "blobs"), 0U);
}

TEST(FullDisk, PartialGoesOnFromWhatIsThere) {
  util::TempDir folder;
  int status = in_child([&]() -> int {
    std::signal(SIGXFSZ, SIG_IGN);
    auto store = open_store(folder.path());
    rlimit limit{.rlim_cur = 1000, .rlim_max = 1000};
    setrlimit(RLIMIT_FSIZE, &limit);
    auto partial = store->begin_partial("key", std::nullopt);
    try {
      partial->append(util::as_bytes(std::string(700, 'x')));
      partial->append(util::as_bytes(std::string(700, 'y')));
      return 1;
    } catch (const util::Error& error) {
      return error.kind() == util::ErrorKind::io && partial->size() == 1000 ? 0 : 2;
    }
  });
  EXPECT_EQ(WEXITSTATUS(status), 0);
  auto partial = open_store(folder.path())->begin_partial("key", std::nullopt);
  EXPECT_EQ(partial->size(), 1000U);
  EXPECT_EQ(entries(folder.path() / "blobs"), 0U);
}

TEST(TwoProcesses, MakeOneStoreAtOnce) {
  util::TempDir folder;
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i) {
    pid_t child = fork();
    if (child == 0) {
      int status = 1;
      try {
        auto store = open_store(folder.path() / "store");
        for (int k = 0; k < 50; ++k) {
          store->put("blob " + std::to_string(k));
          store->put_record(RecordKind::layer, "key", "value");
        }
        status = 0;
      } catch (...) {
        status = 1;
      }
      _exit(status);
    }
    children.push_back(child);
  }
  for (pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  auto store = open_store(folder.path() / "store");
  for (int k = 0; k < 50; ++k) {
    EXPECT_TRUE(store->has(core::Digest::of("blob " + std::to_string(k))));
  }
}

}  // namespace
}  // namespace cartwheel::store
