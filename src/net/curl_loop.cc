#include "net/curl_loop.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/url.h"
#include "net/curl_library.h"
#include "net/rules.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::net {

using util::Error;
using util::ErrorKind;

namespace {

constexpr long kBufferSize = 256 << 10;

void must(CURLcode code) {
  if (code != CURLE_OK) {
    throw Error(ErrorKind::internal, fmt::format("libcurl: {}", curl().easy_strerror(code)));
  }
}

// Errors of the way there, not of what was asked.
bool is_passing(CURLcode code) {
  static constexpr std::array kPassing{CURLE_COULDNT_RESOLVE_PROXY,
                                       CURLE_COULDNT_RESOLVE_HOST,
                                       CURLE_COULDNT_CONNECT,
                                       CURLE_PARTIAL_FILE,
                                       CURLE_OPERATION_TIMEDOUT,
                                       CURLE_SSL_CONNECT_ERROR,
                                       CURLE_GOT_NOTHING,
                                       CURLE_SEND_ERROR,
                                       CURLE_RECV_ERROR,
                                       CURLE_HTTP2,
                                       CURLE_HTTP2_STREAM};
  return std::ranges::find(kPassing, code) != kPassing.end();
}

}  // namespace

struct CurlLoop::Multi {
  Multi() {
    static const CURLcode kReady = curl().global_init(CURL_GLOBAL_DEFAULT);
    must(kReady);
    handle = curl().multi_init();
    if (handle == nullptr) {
      throw Error(ErrorKind::internal, "libcurl: no multi handle");
    }
  }
  Multi(const Multi&) = delete;
  Multi& operator=(const Multi&) = delete;
  ~Multi() { curl().multi_cleanup(handle); }
  CURLM* handle = nullptr;
};

// An easy handle and the exchange that it fills. Lives on the stack of the thread that waits in
// perform().
class CurlLoop::Transfer {
 public:
  Transfer(Exchange& exchange, const HttpOptions& options)
      : exchange_(exchange),
        easy_(curl().easy_init()) {
    if (easy_ == nullptr) {
      throw Error(ErrorKind::internal, "libcurl: no easy handle");
    }
    try {
      set_up(options);
    } catch (const Error&) {
      clean_up();
      throw;
    }
  }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  ~Transfer() { clean_up(); }

  CURL* easy() const { return easy_; }
  bool is_done = false;  // by the loop's mutex

  void finish(CURLcode code);
  void fail(const std::string& message) { exchange_.error = message; }

 private:
  void set_up(const HttpOptions& options);
  void set_up_headers();
  void clean_up() {
    curl().slist_free_all(headers_);
    curl().easy_cleanup(easy_);
  }
  template <typename Value>
  void set(CURLoption option, Value value) {
    must(curl().easy_setopt(easy_, option, value));
  }

  static std::size_t take_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t take_body(char* data, std::size_t size, std::size_t count, void* self);
  void read_header(std::string_view line);
  void begin_body();

  Exchange& exchange_;
  CURL* easy_;
  curl_slist* headers_ = nullptr;
  util::Sink* sink_ = nullptr;
  bool is_body_begun_ = false;
  std::array<char, CURL_ERROR_SIZE> error_{};
};

void CurlLoop::Transfer::set_up(const HttpOptions& options) {
  set(CURLOPT_PRIVATE, this);
  set(CURLOPT_ERRORBUFFER, error_.data());
  set(CURLOPT_URL, exchange_.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(CURLOPT_USERAGENT, options.user_agent.c_str());
  set(CURLOPT_CONNECTTIMEOUT, options.connect_timeout);
  set(CURLOPT_LOW_SPEED_LIMIT, 1L);
  set(CURLOPT_LOW_SPEED_TIME, options.stall_timeout);
  set(CURLOPT_BUFFERSIZE, kBufferSize);
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  if (!options.ca_file.empty()) {
    set(CURLOPT_CAINFO, options.ca_file.c_str());
  }
  if (exchange_.method == "HEAD") {
    set(CURLOPT_NOBODY, 1L);
  } else if (exchange_.method != "GET") {
    set(CURLOPT_CUSTOMREQUEST, exchange_.method.c_str());
  }
  if (exchange_.credential) {
    set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    set(CURLOPT_USERNAME, exchange_.credential->user.c_str());
    set(CURLOPT_PASSWORD, exchange_.credential->password.c_str());
  }
  set(CURLOPT_HEADERFUNCTION, &Transfer::take_header);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_WRITEFUNCTION, &Transfer::take_body);
  set(CURLOPT_WRITEDATA, this);
  set_up_headers();
}

void CurlLoop::Transfer::set_up_headers() {
  std::vector<std::string> lines = exchange_.header_lines;
  if (exchange_.offset > 0) {
    lines.push_back(fmt::format("Range: bytes={}-", exchange_.offset));
  }
  for (const std::string& line : lines) {
    if (line.find_first_of("\r\n") != std::string::npos) {
      throw Error(ErrorKind::internal, "a request header holds a line end");
    }
    curl_slist* longer = curl().slist_append(headers_, line.c_str());
    if (longer == nullptr) {
      throw Error(ErrorKind::internal, "libcurl: out of memory");
    }
    headers_ = longer;
  }
  set(CURLOPT_HTTPHEADER, headers_);
}

std::size_t CurlLoop::Transfer::take_header(char* data,
                                            std::size_t size,
                                            std::size_t count,
                                            void* self) {
  try {
    static_cast<Transfer*>(self)->read_header({data, size * count});
    return size * count;
  } catch (...) {
    static_cast<Transfer*>(self)->exchange_.thrown = std::current_exception();
    return 0;
  }
}

void CurlLoop::Transfer::read_header(std::string_view line) {
  if (line.starts_with("HTTP/")) {
    exchange_.response.headers.clear();  // of an interim answer (100, 103)
    return;
  }
  std::size_t colon = line.find(':');
  if (colon != std::string_view::npos) {
    exchange_.response.headers.emplace(util::lower(util::trim(line.substr(0, colon))),
                                       util::trim(line.substr(colon + 1)));
  }
}

std::size_t CurlLoop::Transfer::take_body(char* data,
                                          std::size_t size,
                                          std::size_t count,
                                          void* self) {
  auto* transfer = static_cast<Transfer*>(self);
  try {
    if (!transfer->is_body_begun_) {
      transfer->begin_body();
    }
    if (transfer->sink_ != nullptr) {
      transfer->sink_->write(util::as_bytes({data, size * count}));
    }
    return size * count;
  } catch (...) {
    transfer->exchange_.thrown = std::current_exception();
    return 0;
  }
}

void CurlLoop::Transfer::begin_body() {
  is_body_begun_ = true;
  long status = 0;
  curl().easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  Response& response = exchange_.response;
  response.status = static_cast<int>(status);
  if (status < 200 || status >= 300 || exchange_.method == "HEAD") {
    return;
  }
  if (status == 206) {
    std::string range = response.header("content-range").value_or("");
    response.body_offset = content_range_begin(range).value_or(Response::kUnknownOffset);
  }
  exchange_.has_begun = true;
  if (exchange_.begin != nullptr && *exchange_.begin) {
    sink_ = (*exchange_.begin)(response);
  }
}

void CurlLoop::Transfer::finish(CURLcode code) {
  if (code == CURLE_OK && !is_body_begun_) {
    try {
      begin_body();  // of no bytes
    } catch (...) {
      exchange_.thrown = std::current_exception();
    }
  }
  if (code == CURLE_OK || exchange_.thrown) {
    curl_off_t seconds = 0;
    if (curl().easy_getinfo(easy_, CURLINFO_RETRY_AFTER, &seconds) == CURLE_OK && seconds > 0) {
      exchange_.retry_after = static_cast<double>(seconds);
    }
    return;
  }
  exchange_.error = core::redacted(error_[0] != '\0' ? error_.data() : curl().easy_strerror(code));
  exchange_.may_pass = is_passing(code);
}

CurlLoop::CurlLoop(const HttpOptions& options)
    : options_(options),
      multi_(std::make_unique<Multi>()) {
  auto connections = static_cast<long>(options_.connections);
  curl().multi_setopt(multi_->handle, CURLMOPT_MAX_TOTAL_CONNECTIONS, connections);
  curl().multi_setopt(multi_->handle, CURLMOPT_MAXCONNECTS, connections);
  thread_ = std::thread([this] { run(); });
}

CurlLoop::~CurlLoop() {
  {
    std::lock_guard guard(mutex_);
    stopped_ = true;
  }
  curl().multi_wakeup(multi_->handle);
  thread_.join();
}

void CurlLoop::perform(Exchange& exchange) {
  Transfer transfer(exchange, options_);
  {
    std::lock_guard guard(mutex_);
    new_.push_back(&transfer);
  }
  curl().multi_wakeup(multi_->handle);
  std::unique_lock lock(mutex_);
  finished_.wait(lock, [&transfer] { return transfer.is_done; });
}

void CurlLoop::run() {
  for (;;) {
    {
      std::lock_guard guard(mutex_);
      if (stopped_) {
        return;
      }
    }
    add_new();
    int running = 0;
    curl().multi_perform(multi_->handle, &running);
    finish_done();
    curl().multi_poll(multi_->handle, nullptr, 0, 1000, nullptr);
  }
}

void CurlLoop::add_new() {
  std::lock_guard guard(mutex_);
  for (Transfer* transfer : new_) {
    CURLMcode code = curl().multi_add_handle(multi_->handle, transfer->easy());
    if (code != CURLM_OK) {
      transfer->fail(curl().multi_strerror(code));
      transfer->is_done = true;
    }
  }
  new_.clear();
  finished_.notify_all();
}

void CurlLoop::finish_done() {
  int left = 0;
  while (CURLMsg* message = curl().multi_info_read(multi_->handle, &left)) {
    if (message->msg != CURLMSG_DONE) {
      continue;
    }
    CURL* easy = message->easy_handle;
    CURLcode code = message->data.result;
    void* self = nullptr;
    curl().easy_getinfo(easy, CURLINFO_PRIVATE, &self);
    auto* transfer = static_cast<Transfer*>(self);
    transfer->finish(code);
    curl().multi_remove_handle(multi_->handle, easy);
    std::lock_guard guard(mutex_);
    transfer->is_done = true;
    finished_.notify_all();
  }
}

}  // namespace cartwheel::net
