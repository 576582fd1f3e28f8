#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

#include <fmt/format.h>

#include "core/url.h"
#include "net/credentials.h"
#include "net/curl_loop.h"
#include "net/http.h"
#include "net/rules.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::net {

using util::Error;
using util::ErrorKind;

namespace {

constexpr int kMostRedirects = 10;

void wait(double seconds) {
  if (seconds > 0) {
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  }
}

bool has_header(const std::map<std::string, std::string>& headers,
                std::string_view lower_case_name) {
  for (const auto& [name, value] : headers) {
    if (util::lower(name) == lower_case_name) {
      return true;
    }
  }
  return false;
}

class CurlHttp : public Http {
 public:
  explicit CurlHttp(HttpOptions options)
      : options_(std::move(options)),
        credentials_(options_.index_credentials, options_.netrc_text) {}

  Response send(const Request& request, const BodyStart& begin) override {
    core::Url url = core::Url::parse(request.url);
    url.fragment.clear();
    return util::in_context(shown(url), [&] {
      if (url.scheme == "file") {
        return send_file(url, request, begin);
      }
      if (url.scheme != "http" && url.scheme != "https") {
        throw Error(ErrorKind::unsupported,
                    fmt::format("wanted https, http or file, found '{}'", url.scheme));
      }
      return follow(request, url, begin);
    });
  }

 private:
  Response follow(const Request& request, core::Url url, const BodyStart& begin);
  Response repeat(const Request& request, const core::Url& url, const BodyStart& begin);
  Exchange exchange(const Request& request, const core::Url& url, const BodyStart& begin) const;
  CurlLoop& loop();

  HttpOptions options_;
  Credentials credentials_;
  std::once_flag once_;
  std::unique_ptr<CurlLoop> loop_;  // made by the first request: a build without one pays nothing
};

CurlLoop& CurlHttp::loop() {
  std::call_once(once_, [this] { loop_ = std::make_unique<CurlLoop>(options_); });
  return *loop_;
}

Response CurlHttp::follow(const Request& request, core::Url url, const BodyStart& begin) {
  Request now = request;
  for (int hop = 0; hop <= kMostRedirects; ++hop) {
    Response response = repeat(now, url, begin);
    response.url = shown(url);
    std::optional<std::string> location = response.header("location");
    if (!is_redirect(response.status) || !location) {
      return response;
    }
    core::Url next = redirect_target(url, *location);
    if (normal_origin(next) != normal_origin(url)) {
      now.headers = harmless_headers(now.headers);
    } else if (next.user.empty() && next.password.empty()) {
      next.user = url.user;
      next.password = url.password;
    }
    url = next;
  }
  throw Error(ErrorKind::network, fmt::format("more than {} redirects", kMostRedirects));
}

// One hop, until there is an answer that will not be another one soon.
Response CurlHttp::repeat(const Request& request, const core::Url& url, const BodyStart& begin) {
  if (request.attempt > 1) {
    wait(retry_delay(request.attempt, options_.backoff, std::nullopt));
  }
  for (int attempt = 1;; ++attempt) {
    bool is_last = attempt >= options_.attempts;
    Exchange one = exchange(request, url, begin);
    loop().perform(one);
    if (one.thrown) {
      std::rethrow_exception(one.thrown);
    }
    if (one.error.empty() && (is_last || !is_passing(one.response.status))) {
      return one.response;
    }
    if (!one.error.empty() && (is_last || one.has_begun || !one.may_pass)) {
      throw Error(ErrorKind::network,
                  attempt > 1 ? fmt::format("{} (attempt {})", one.error, attempt) : one.error);
    }
    wait(retry_delay(attempt + 1, options_.backoff, one.retry_after));
  }
}

Exchange CurlHttp::exchange(const Request& request,
                            const core::Url& url,
                            const BodyStart& begin) const {
  Exchange one;
  one.method = request.method;
  one.url = url.str();
  one.offset = request.offset;
  one.begin = &begin;
  for (const auto& [name, value] : request.headers) {
    one.header_lines.push_back(fmt::format("{}: {}", name, value));
  }
  if (!has_header(request.headers, "authorization")) {
    one.credential = credentials_.find(url);
  }
  return one;
}

}  // namespace

std::unique_ptr<Http> make_http(HttpOptions options) {
  return std::make_unique<CurlHttp>(std::move(options));
}

}  // namespace cartwheel::net
