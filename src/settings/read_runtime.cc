#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "settings/reading.h"
#include "util/text.h"

namespace cartwheel::settings {

namespace {

// Names of signal(7) on Linux, the same on both platforms.
constexpr std::array<std::string_view, 31> kSignals{
    "HUP",  "INT",  "QUIT", "ILL",    "TRAP",   "ABRT",  "BUS",  "FPE",  "KILL", "USR1", "SEGV",
    "USR2", "PIPE", "ALRM", "TERM",   "STKFLT", "CHLD",  "CONT", "STOP", "TSTP", "TTIN", "TTOU",
    "URG",  "XCPU", "XFSZ", "VTALRM", "PROF",   "WINCH", "IO",   "PWR",  "SYS"};
constexpr int kLastSignal = 64;

std::optional<int> number(std::string_view text) {
  int value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  bool is_number = error == std::errc() && end == text.data() + text.size() && !text.empty();
  return is_number ? std::optional(value) : std::nullopt;
}

// Whether text is RTMIN+n or RTMAX-n.
bool is_real_time(std::string_view text) {
  constexpr int kMost = 30;
  if (!text.starts_with("RTMIN") && !text.starts_with("RTMAX")) {
    return false;
  }
  const char sign = text.starts_with("RTMIN") ? '+' : '-';
  std::string_view rest = text.substr(5);
  std::optional<int> offset = rest.empty() ? 0 : number(rest.substr(1));
  return rest.empty() || (rest[0] == sign && offset && *offset >= 0 && *offset <= kMost);
}

// "SIGTERM" for "TERM", "sigterm" and "SIGTERM"; a number stays one.
std::string signal_name(const TableReader& table, const std::string& text) {
  std::string name = text;
  std::ranges::transform(name, name.begin(), [](unsigned char letter) {
    return static_cast<char>(letter >= 'a' && letter <= 'z' ? letter - 'a' + 'A' : letter);
  });
  std::optional<int> value = number(name);
  if (value && *value >= 1 && *value <= kLastSignal) {
    return name;
  }
  if (name.starts_with("SIG")) {
    name.erase(0, 3);
  }
  if (std::ranges::find(kSignals, name) == kSignals.end() && !is_real_time(name)) {
    std::vector<std::string> known;
    known.reserve(kSignals.size());
    for (std::string_view signal : kSignals) {
      known.push_back("SIG" + std::string(signal));
    }
    table.fail("stop-signal",
               fmt::format("'{}': wanted a signal as \"SIGTERM\" or 1 to {}{}",
                           text,
                           kLastSignal,
                           util::did_you_mean("SIG" + name, known)));
  }
  return "SIG" + name;
}

// "30s", "1m30s", "500ms" → nanoseconds, as Go's durations have them; nothing for other text.
std::optional<std::int64_t> parse_duration(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, std::int64_t>, 6> kUnits{{
      {"ns", 1},
      {"us", 1'000},
      {"ms", 1'000'000},
      {"s", 1'000'000'000},
      {"m", 60'000'000'000},
      {"h", 3'600'000'000'000},
  }};
  constexpr std::int64_t kMost = 24 * 3'600'000'000'000;
  std::int64_t sum = 0;
  while (!text.empty()) {
    std::int64_t value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    std::string_view unit = text.substr(0, text.find_first_of("0123456789"));
    auto known = std::ranges::find(kUnits, unit, &std::pair<std::string_view, std::int64_t>::first);
    if (error != std::errc() || value < 0 || known == kUnits.end() ||
        value > kMost / known->second || sum + value * known->second > kMost) {
      return std::nullopt;
    }
    sum += value * known->second;
    text.remove_prefix(unit.size());
  }
  return sum;
}

// Docker takes nothing between 0 (its own default) and a millisecond.
std::int64_t read_duration(TableReader& table, const std::string& key) {
  constexpr std::int64_t kLeast = 1'000'000;
  std::optional<std::string> text = table.text(key);
  if (!text) {
    return 0;
  }
  std::optional<std::int64_t> value = parse_duration(*text);
  if (!value || *value < kLeast) {
    table.fail(key,
               fmt::format("'{}': wanted a time as \"30s\" or \"1m30s\", from 1ms to 24h", *text));
  }
  return *value;
}

void check_command(const TableReader& table,
                   const std::string& key,
                   const std::vector<std::string>& command) {
  if (command.empty() || command[0].empty()) {
    table.fail(key, "wanted a program and its arguments");
  }
}

Healthcheck read_healthcheck_table(TableReader table) {
  Healthcheck check;
  if (table.holds_list("command")) {
    check.command = *table.texts("command");
    check_command(table, "command", check.command);
  } else {
    check.shell = table.text("command").value_or("");
  }
  if (check.command.empty() && check.shell.empty()) {
    table.fail("command", "wanted a list of strings, or a line for /bin/sh");
  }
  check.interval = read_duration(table, "interval");
  check.timeout = read_duration(table, "timeout");
  check.start_period = read_duration(table, "start-period");
  check.start_interval = read_duration(table, "start-interval");
  if (std::optional<std::int64_t> retries = table.integer("retries")) {
    constexpr std::int64_t kMost = 1000;
    if (*retries < 1 || *retries > kMost) {
      table.fail("retries", fmt::format("{}: wanted 1 to {}", *retries, kMost));
    }
    check.retries = static_cast<int>(*retries);
  }
  table.finish();
  return check;
}

void read_healthcheck(TableReader& table, Settings& settings) {
  const std::string key = "healthcheck";
  if (table.holds_table(key)) {
    settings.healthcheck = read_healthcheck_table(table.table(key));
  } else if (table.holds_list(key)) {
    settings.healthcheck = Healthcheck{.command = *table.texts(key)};
    check_command(table, key, settings.healthcheck->command);
  } else if (std::optional<std::string> line = table.text(key)) {
    settings.healthcheck = Healthcheck{.shell = *line};
    if (line->empty()) {
      table.fail(key, "is empty");
    }
  }
}

void check_folder(const TableReader& table, const std::string& key, const std::string& path) {
  if (!is_plain_absolute(path) || path == "/") {
    table.fail(key, fmt::format("'{}': wanted an absolute path as /var/lib/app", path));
  }
  if (const std::string link = linked_folder(path); !link.empty()) {
    table.fail(key,
               fmt::format("'{}': {} is a link in the base: name what it leads to", path, link));
  }
}

}  // namespace

void read_runtime(TableReader& table, Settings& settings) {
  if (std::optional<std::string> signal = table.text("stop-signal")) {
    settings.stop_signal = signal_name(table, *signal);
  }
  read_healthcheck(table, settings);
  take(settings.init, table.boolean("init"));
  take(settings.writable, table.texts("writable"));
  for (const std::string& path : settings.writable) {
    check_folder(table, "writable", path);
  }
  take(settings.cache, table.text("cache"));
  check_folder(table, "cache", settings.cache);
  take(settings.ca_certificates, table.texts("ca-certificates"));
  for (const std::string& path : settings.ca_certificates) {
    if (path.empty() || path.starts_with('/')) {
      table.fail("ca-certificates",
                 fmt::format("'{}': wanted a path relative to the project", path));
    }
  }
}

}  // namespace cartwheel::settings
