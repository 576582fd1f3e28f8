#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "net/http.h"

namespace cartwheel::net {

// One request and its one answer: no redirect, no repetition.
struct Exchange {
  std::string method;
  std::string url;  // without credentials and fragment
  std::vector<std::string> header_lines;
  std::optional<Credential> credential;
  std::uint64_t offset = 0;
  const Http::BodyStart* begin = nullptr;  // of a body with a status < 300

  Response response;
  bool has_begun = false;             // begin was called
  std::exception_ptr thrown;          // by begin or by the sink
  std::string error;                  // why there is no whole answer, or ""
  bool may_pass = false;              // the error may be another one the next time
  std::optional<double> retry_after;  // seconds, as the server asked
};

// libcurl's multi interface, driven by one thread of its own.
class CurlLoop {
 public:
  explicit CurlLoop(const HttpOptions& options);
  ~CurlLoop();
  CurlLoop(const CurlLoop&) = delete;
  CurlLoop& operator=(const CurlLoop&) = delete;

  // Fills the exchange's second half. Thread-safe; returns when the answer is there or has failed.
  void perform(Exchange& exchange);

 private:
  class Transfer;
  struct Multi;

  void run();
  void add_new();
  void finish_done();

  HttpOptions options_;
  std::unique_ptr<Multi> multi_;
  std::mutex mutex_;
  std::condition_variable finished_;
  std::deque<Transfer*> new_;  // by mutex_
  bool stopped_ = false;       // by mutex_
  std::thread thread_;
};

}  // namespace cartwheel::net
