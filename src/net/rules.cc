#include "net/rules.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "util/error.h"
#include "util/text.h"

namespace cartwheel::net {

using util::Error;
using util::ErrorKind;

std::string shown(const core::Url& url) {
  return core::redacted(url.origin() + url.path) + (url.query.empty() ? "" : "?****");
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool is_passing(int status) {
  return status == 408 || status == 429 || (status >= 500 && status < 600);
}

double retry_delay(int next, double backoff, std::optional<double> retry_after) {
  double delay = backoff * std::pow(2.0, next - 2);
  return std::clamp(std::max(delay, retry_after.value_or(0)), 0.0, kLongestWait);
}

core::Url redirect_target(const core::Url& from, const std::string& location) {
  core::Url to = core::Url::parse(core::resolve_url(from.str(), location));
  if (to.scheme != "https" && to.scheme != "http") {
    throw Error(ErrorKind::network,
                fmt::format("redirect to '{}' refused: wanted https", shown(to)));
  }
  if (from.scheme == "https" && to.scheme == "http") {
    throw Error(ErrorKind::network, fmt::format("redirect from https to '{}' refused", shown(to)));
  }
  if (to.host.empty()) {
    throw Error(ErrorKind::network, "redirect to a URL without a host");
  }
  to.fragment.clear();
  return to;
}

std::map<std::string, std::string> harmless_headers(
    const std::map<std::string, std::string>& headers) {
  static constexpr std::array<std::string_view, 4> kHarmless{
      "accept", "accept-language", "if-none-match", "if-range"};
  std::map<std::string, std::string> out;
  for (const auto& [name, value] : headers) {
    if (std::ranges::find(kHarmless, util::lower(name)) != kHarmless.end()) {
      out[name] = value;
    }
  }
  return out;
}

std::optional<std::uint64_t> content_range_begin(std::string_view value) {
  value = util::trim(value);
  if (util::lower(value.substr(0, 6)) != "bytes ") {
    return std::nullopt;
  }
  value = util::trim(value.substr(6));
  std::uint64_t begin = 0;
  auto [end, failed] = std::from_chars(value.data(), value.data() + value.size(), begin);
  bool is_range = failed == std::errc() && end != value.data() + value.size() && *end == '-';
  return is_range ? std::optional(begin) : std::nullopt;
}

std::optional<std::string> Response::header(const std::string& lower_case_name) const {
  auto found = headers.find(lower_case_name);
  return found == headers.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace cartwheel::net
