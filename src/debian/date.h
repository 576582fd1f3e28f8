#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cartwheel::debian {

// Seconds since 1970 of a Release file's date, "Sat, 11 Jul 2026 10:16:37 UTC" (or GMT, +0000).
// Throws Error{malformed}.
std::int64_t parse_date(std::string_view text, const std::string& place);

// "2026-07-11T10:16:37Z".
std::string rfc3339(std::int64_t seconds);

}  // namespace cartwheel::debian
