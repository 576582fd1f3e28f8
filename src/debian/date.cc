#include "debian/date.h"

#include <array>
#include <charconv>
#include <chrono>
#include <vector>

#include <fmt/format.h>

#include "util/error.h"
#include "util/text.h"

namespace cartwheel::debian {

namespace {

constexpr std::array<std::string_view, 12> kMonths = {
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// A decimal number, or -1.
int number(std::string_view text) {
  int value = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : -1;
}

}  // namespace

std::int64_t parse_date(std::string_view text, const std::string& place) {
  std::vector<std::string_view> words;
  for (const std::string_view word : util::split(util::trim(text), ' ')) {
    if (!word.empty()) {
      words.push_back(word);
    }
  }
  if (!words.empty() && words.front().ends_with(',')) {
    words.erase(words.begin());  // the day of the week says nothing new
  }
  const auto wrong = [&] {
    return util::Error(
        util::ErrorKind::malformed,
        fmt::format(
            "{}: wanted a date like 'Sat, 11 Jul 2026 10:16:37 UTC', found '{}'", place, text));
  };
  if (words.size() != 5 || (words[4] != "UTC" && words[4] != "GMT" && words[4] != "+0000")) {
    throw wrong();
  }
  const std::vector<std::string_view> clock = util::split(words[3], ':');
  unsigned month = 0;
  while (month < kMonths.size() && kMonths[month] != words[1]) {
    ++month;
  }
  const std::chrono::year_month_day day(std::chrono::year(number(words[2])),
                                        std::chrono::month(month + 1),
                                        std::chrono::day(static_cast<unsigned>(number(words[0]))));
  if (clock.size() != 3 || !day.ok() || day.year() < std::chrono::year(1970)) {
    throw wrong();
  }
  const int hour = number(clock[0]);
  const int minute = number(clock[1]);
  const int second = number(clock[2]);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) {
    throw wrong();
  }
  const std::int64_t days = std::chrono::sys_days(day).time_since_epoch().count();
  return days * 86400 + hour * 3600 + minute * 60 + second;
}

std::string rfc3339(std::int64_t seconds) {
  const std::chrono::sys_seconds time{std::chrono::seconds(seconds)};
  const auto midnight = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day day(midnight);
  const std::int64_t rest = (time - midnight).count();
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
                     static_cast<int>(day.year()),
                     static_cast<unsigned>(day.month()),
                     static_cast<unsigned>(day.day()),
                     rest / 3600,
                     rest / 60 % 60,
                     rest % 60);
}

}  // namespace cartwheel::debian
