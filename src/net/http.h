#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "util/stream.h"

namespace cartwheel::net {

struct Request {
  std::string method = "GET";
  std::string url;  // http, https or file; credentials in it are used and never shown
  std::map<std::string, std::string> headers;
  std::uint64_t offset = 0;  // > 0: asks for the bytes from here on ("Range: bytes=N-")
  int attempt = 1;           // of the caller's own: a later one waits first, as repeats do
};

struct Response {
  int status = 0;
  std::multimap<std::string, std::string> headers;  // names in lower case
  // Where the body begins in the file: what Content-Range says for 206 (normally Request::offset),
  // else 0.
  std::uint64_t body_offset = 0;
  std::string url;  // after redirects, without credentials and query

  static constexpr std::uint64_t kUnknownOffset = ~std::uint64_t{0};  // a 206 that does not say

  std::optional<std::string> header(const std::string& lower_case_name) const;
};

// Asks. Every status is a result. Thread-safe: many threads may send at once. Throws Error{network}
// when no whole answer came, Error{denied} never (401 and 403 are statuses).
class Http {
 public:
  virtual ~Http() = default;
  // begin is called once before the first byte of a body with a status < 300 (also when the body is
  // empty; never for HEAD); what it gives is where the body goes (null: away). It and the sink run
  // on a thread of the implementation, one at a time, while send() waits; what they throw comes out
  // of send(). Tries again only as long as begin has not been called: after that a break is
  // Error{network}, and the caller goes on with Request::offset.
  using BodyStart = std::function<util::Sink*(const Response&)>;
  virtual Response send(const Request& request, const BodyStart& begin) = 0;
};

// user and password for a request, by rules: URL, then UV_INDEX_<NAME>_USERNAME/_PASSWORD of the
// index that the URL belongs to, then .netrc (NETRC, else ~/.netrc).
struct Credential {
  std::string user, password;
};
struct IndexCredential {
  std::string name;  // of the index, as in pyproject.toml
  std::string url;   // of the index; requests below its origin use it
  Credential credential;
};

struct HttpOptions {
  std::vector<IndexCredential> index_credentials;
  std::string netrc_text;  // content of .netrc, or ""
  std::string ca_file;     // SSL_CERT_FILE, or ""
  std::string user_agent = "cartwheel";
  std::size_t connections = 16;  // at once, in all
  long connect_timeout = 20;     // seconds
  long stall_timeout = 30;       // seconds without a byte
  int attempts = 5;              // for connection errors, 408, 429, 5xx; Retry-After is honoured
  double backoff = 0.25;  // seconds before the second attempt, doubled each time (tests set 0)
};

// libcurl's multi interface on one thread of its own: HTTP/2, keep-alive, proxies from the
// environment, redirects (credentials are dropped when the origin changes, https never goes to
// http).
std::unique_ptr<Http> make_http(HttpOptions options);

// Answers nothing: every send throws Error{network} "offline: URL". For --offline and for plan.
std::unique_ptr<Http> make_offline_http();

// The credentials of the environment for these indexes ({name, url}):
// UV_INDEX_<NAME>_USERNAME/_PASSWORD, name upper case with every other character than A-Z0-9 made
// '_'; else those in the index's own URL; and those in the URLs of UV_DEFAULT_INDEX, UV_INDEX,
// UV_INDEX_URL and UV_EXTRA_INDEX_URL. `lookup` is getenv in production.
std::vector<IndexCredential> index_credentials(
    const std::vector<std::pair<std::string, std::string>>& indexes,
    const std::function<std::optional<std::string>(const std::string&)>& lookup);

}  // namespace cartwheel::net
