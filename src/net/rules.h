#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/url.h"
#include "net/http.h"

// What HTTP asks of a client, without a socket (RFC 9110).
namespace cartwheel::net {

// How a URL stands in messages: no credentials, and no query, which may be a signature that is as
// good as one.
std::string shown(const core::Url& url);

bool is_redirect(int status);
// Whether the same request may do better later: 408, 429, 5xx.
bool is_passing(int status);

// Seconds to wait before attempt `next` (2 is the first repetition). retry_after: what the server
// asked for, or nothing; at most kLongestWait.
inline constexpr double kLongestWait = 120;
double retry_delay(int next, double backoff, std::optional<double> retry_after);

// Where a redirect leads. Error{network} when it leads from https to http, to another scheme, or
// nowhere.
core::Url redirect_target(const core::Url& from, const std::string& location);

// The headers that may go to another origin: none that could be a credential.
std::map<std::string, std::string> harmless_headers(
    const std::map<std::string, std::string>& headers);

// The first byte's place in "bytes 5-9/10"; nothing for another form.
std::optional<std::uint64_t> content_range_begin(std::string_view value);

// The answer to a file URL; a folder or a missing file is 404.
Response send_file(const core::Url& url, const Request& request, const Http::BodyStart& begin);

}  // namespace cartwheel::net
