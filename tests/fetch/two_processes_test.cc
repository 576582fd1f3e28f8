// Several processes on one store, and processes that are killed. The children are made before the
// server and its threads.

#include <csignal>
#include <functional>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fetch/fixture.h"

namespace cartwheel::fetch {
namespace {

constexpr std::size_t kSize = 3'000'000;

// A child process that waits to be told a port.
class Child {
 public:
  explicit Child(const std::function<int(const std::string& base)>& body) {
    if (pipe(pipe_) != 0) {
      throw util::io_error("pipe", errno);
    }
    process_ = fork();
    if (process_ == 0) {
      int status = 99;
      try {
        int port = 0;
        if (read(pipe_[0], &port, sizeof(port)) == sizeof(port)) {
          status = body(fmt::format("http://127.0.0.1:{}", port));
        }
      } catch (...) {
        status = 98;
      }
      _exit(status);
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    close(pipe_[0]);
    close(pipe_[1]);
  }

  void start(int port) const {
    ASSERT_EQ(write(pipe_[1], &port, sizeof(port)), static_cast<ssize_t>(sizeof(port)));
  }
  int wait() const {
    int status = 0;
    waitpid(process_, &status, 0);
    return status;
  }

 private:
  int pipe_[2] = {-1, -1};
  pid_t process_ = 0;
};

// Does something when so many bytes have come.
class TriggerHttp : public net::Http {
 public:
  TriggerHttp(std::uint64_t after, std::function<void()> action)
      : after_(after),
        action_(std::move(action)) {}

  net::Response send(const net::Request& request, const BodyStart& begin) override {
    return http_->send(request, [&](const net::Response& response) -> util::Sink* {
      sink_.next = begin(response);
      sink_.owner = this;
      return &sink_;
    });
  }

 private:
  struct TriggerSink : util::Sink {
    util::Sink* next = nullptr;
    TriggerHttp* owner = nullptr;
    std::uint64_t size = 0;
    void write(util::Bytes data) override {
      next->write(data);
      size += data.size();
      if (size >= owner->after_) {
        owner->action_();
      }
    }
  };
  std::uint64_t after_;
  std::function<void()> action_;
  std::unique_ptr<net::Http> http_ = quick_http();
  TriggerSink sink_;
};

int fetch_files(const std::filesystem::path& root, const std::string& base, int count) {
  auto store = store::open_store(root);
  auto http = quick_http();
  std::vector<Wanted> all;
  for (int i = 0; i < count; ++i) {
    all.push_back(wanted(fmt::format("{}/{}", base, i), letters(kSize, static_cast<unsigned>(i))));
  }
  int ready = 0;
  fetch(all, {.transfers = 1}, *http, *store, util::silent_progress(), [&](auto, const auto&) {
    ++ready;
  });
  return ready == count ? 0 : 1;
}

TEST(TwoProcesses, FetchABlobOnce) {
  util::TempDir folder;
  constexpr int kFiles = 4;
  auto body = [&](const std::string& base) { return fetch_files(folder.path(), base, kFiles); };
  Child first(body);
  Child second(body);
  Child third(body);
  test::LoopbackServer server;
  for (int i = 0; i < kFiles; ++i) {
    server.serve(fmt::format("/{}", i), letters(kSize, static_cast<unsigned>(i)));
  }
  for (const Child* child : {&first, &second, &third}) {
    child->start(server.port());
  }
  for (const Child* child : {&first, &second, &third}) {
    EXPECT_EQ(child->wait(), 0);
  }
  EXPECT_EQ(server.requests().size(), static_cast<std::size_t>(kFiles));
  auto store = store::open_store(folder.path());
  for (int i = 0; i < kFiles; ++i) {
    EXPECT_TRUE(store->has(core::Digest::of(letters(kSize, static_cast<unsigned>(i)))));
  }
}

TEST(KilledFetch, IsGoneOnWith) {
  util::TempDir folder;
  std::string content = letters(kSize);
  Child child([&](const std::string& base) {
    auto store = store::open_store(folder.path());
    TriggerHttp http(kSize / 2, [] { kill(getpid(), SIGKILL); });
    fetch({wanted(base + "/x", content)},
          {},
          http,
          *store,
          util::silent_progress(),
          [](auto, const auto&) {});
    return 0;
  });
  test::LoopbackServer server;
  server.serve("/x", content);
  child.start(server.port());
  ASSERT_TRUE(WIFSIGNALED(child.wait()));
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "blobs"));
  std::uint64_t there =
      std::filesystem::file_size(folder.path() / "partial" / core::Digest::of(content).hex());
  EXPECT_GT(there, 1'000'000U);
  EXPECT_LT(there, kSize);

  auto store = store::open_store(folder.path());
  auto http = quick_http();
  fetch({wanted(server.url("/x"), content)},
        {},
        *http,
        *store,
        util::silent_progress(),
        [](auto, const auto&) {});
  EXPECT_EQ(server.requests("/x").back().header("range"), fmt::format("bytes={}-", there));
  EXPECT_TRUE(util::read_file(store->find(core::Digest::of(content))->path()) == content);
}

TEST(FullDisk, EndsAFetchAndLeavesNothingUnderAFinalName) {
  util::TempDir folder;
  std::string content = letters(kSize);
  Child child([&](const std::string& base) {
    std::signal(SIGXFSZ, SIG_IGN);
    auto store = store::open_store(folder.path());
    auto http = quick_http();
    rlimit limit{.rlim_cur = kSize / 2, .rlim_max = kSize / 2};
    setrlimit(RLIMIT_FSIZE, &limit);
    try {
      fetch({wanted(base + "/x", content)},
            {},
            *http,
            *store,
            util::silent_progress(),
            [](auto, const auto&) {});
      return 1;
    } catch (const util::Error& error) {
      bool names_folder =
          std::string(error.what()).find(folder.path().string()) != std::string::npos;
      return error.kind() == util::ErrorKind::io && names_folder ? 0 : 2;
    }
  });
  test::LoopbackServer server;
  server.serve("/x", content);
  child.start(server.port());
  EXPECT_EQ(child.wait(), 0);
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "blobs"));
  auto store = store::open_store(folder.path());
  auto http = quick_http();
  fetch({wanted(server.url("/x"), content)},
        {},
        *http,
        *store,
        util::silent_progress(),
        [](auto, const auto&) {});
  EXPECT_TRUE(store->has(core::Digest::of(content)));
}

}  // namespace
}  // namespace cartwheel::fetch
