#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "fetch/fetch.h"
#include "support/loopback_server.h"
#include "util/error.h"
#include "util/file.h"

namespace cartwheel::fetch {

inline std::string letters(std::size_t size, unsigned seed = 0) {
  std::string text(size, '\0');
  std::uint64_t state = seed + 1;
  for (char& letter : text) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    letter = static_cast<char>('a' + (state >> 33U) % 26);
  }
  return text;
}

inline std::unique_ptr<net::Http> quick_http() {
  net::HttpOptions options;
  options.backoff = 0;
  options.attempts = 3;
  return net::make_http(options);
}

// What is wanted of a file at url whose bytes should be content.
inline Wanted wanted(const std::string& url, const std::string& content, bool has_hash = true) {
  Wanted out;
  out.artifact.filename = url.substr(url.rfind('/') + 1);
  out.artifact.url = url;
  if (has_hash) {
    out.artifact.hashes = {{"sha256", core::Digest::of(content).hex()}};
    out.artifact.size = content.size();
  }
  out.place = "uv.lock: " + out.artifact.filename;
  return out;
}

// A server, a store and a client.
class FetchTest : public testing::Test {
 protected:
  test::LoopbackServer server_;
  util::TempDir folder_;
  std::unique_ptr<store::Store> store_ = store::open_store(folder_.path() / "store");
  std::unique_ptr<net::Http> http_ = quick_http();
  std::map<std::size_t, core::Digest> ready_;
  Options options_{.folder = folder_.path()};

  void fetch_all(const std::vector<Wanted>& all) {
    std::mutex mutex;
    ready_.clear();
    fetch(all,
          options_,
          *http_,
          *store_,
          util::silent_progress(),
          [&](std::size_t i, const core::Digest& digest) {
            std::lock_guard guard(mutex);
            EXPECT_TRUE(ready_.emplace(i, digest).second) << i;
            EXPECT_TRUE(store_->has(digest)) << i;
          });
  }

  util::Error error_of(const std::vector<Wanted>& all) {
    try {
      fetch_all(all);
    } catch (const util::Error& error) {
      return error;
    }
    return {util::ErrorKind::internal, "no error"};
  }

  std::string stored(const core::Digest& digest) {
    std::unique_ptr<util::File> file = store_->find(digest);
    return file ? util::read_file(file->path()) : "";
  }

  std::filesystem::path partial_path(const std::string& content) {
    return folder_.path() / "store/partial" / core::Digest::of(content).hex();
  }
};

}  // namespace cartwheel::fetch
