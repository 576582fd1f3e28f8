// NAME-VERSION(-BUILD)?-PYTHON-ABI-PLATFORM.whl, where the last three are sets joined by '.'
// (https://packaging.python.org/en/latest/specifications/binary-distribution-format/#file-name-convention).

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "python/names.h"
#include "python/tags.h"
#include "python/version.h"
#include "util/error.h"

namespace cartwheel::python {

namespace {

constexpr std::size_t kLongestName = 255;  // bytes: NAME_MAX of Linux

[[noreturn]] void fail(std::string_view filename, std::string_view reason) {
  throw util::Error(
      util::ErrorKind::malformed,
      fmt::format("'{}' is no wheel file name: {}", filename.substr(0, kLongestName), reason));
}

bool is_tag_letter(char letter) {
  return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') ||
         (letter >= 'A' && letter <= 'Z') || letter == '_';
}

std::vector<std::string> tag_set(std::string_view filename, std::string_view text) {
  std::vector<std::string> out;
  out.reserve(1 + static_cast<std::size_t>(std::count(text.begin(), text.end(), '.')));
  for (std::string_view rest = text;;) {
    std::size_t dot = rest.find('.');
    std::string_view tag = rest.substr(0, dot);
    if (tag.empty() || !std::all_of(tag.begin(), tag.end(), is_tag_letter)) {
      fail(filename, fmt::format("'{}' is no set of tags", text));
    }
    out.emplace_back(tag);
    if (dot == std::string_view::npos) {
      return out;
    }
    rest.remove_prefix(dot + 1);
  }
}

// "2.4.0", as most are: known for a version without taking it apart.
bool is_short_release(std::string_view text) {
  bool digit = false;  // whether the last letter was one
  for (char letter : text) {
    if (letter == '.' ? !digit : (letter < '0' || letter > '9')) {
      return false;
    }
    digit = letter != '.';
  }
  return digit && text.size() < 19;  // so that no number is beyond 64 bits
}

// Old tools wrote '_' for every '-', some write it for '+': "1.0_1" is 1.0-1, "2.4.0_cu121"
// is 2.4.0+cu121.
std::string written_version(std::string_view filename, std::string_view text) {
  if (is_short_release(text) || Version::find(text)) {
    return std::string(text);
  }
  std::string dashed(text);
  std::replace(dashed.begin(), dashed.end(), '_', '-');
  std::string local(text);
  if (std::size_t at = local.find('_'); at != std::string::npos) {
    local[at] = '+';
  }
  for (const std::string& candidate : {dashed, local}) {
    if (Version::find(candidate)) {
      return candidate;
    }
  }
  fail(filename, fmt::format("'{}' is no version", text));
}

void check_build(std::string_view filename, std::string_view build) {
  std::uint64_t number = 0;
  auto [end, error] = std::from_chars(build.data(), build.data() + build.size(), number);
  bool good = error == std::errc() && std::all_of(build.begin(), build.end(), [](char letter) {
                return is_tag_letter(letter) || letter == '.';
              });
  if (!good) {
    fail(filename, fmt::format("build tag '{}' does not begin with a number", build));
  }
}

}  // namespace

WheelFilename WheelFilename::parse(std::string_view filename) {
  if (filename.size() > kLongestName) {
    fail(filename, fmt::format("longer than {} bytes", kLongestName));
  }
  if (!filename.ends_with(".whl")) {
    fail(filename, "it does not end with '.whl'");
  }
  std::array<std::string_view, 6> parts;
  std::size_t count = 0;
  for (std::string_view rest = filename.substr(0, filename.size() - 4);; ++count) {
    if (count == parts.size()) {
      fail(filename, "wanted 5 or 6 parts between '-', found more");
    }
    std::size_t dash = rest.find('-');
    parts[count] = rest.substr(0, dash);
    if (dash == std::string_view::npos) {
      break;
    }
    rest.remove_prefix(dash + 1);
  }
  if (++count < 5) {
    fail(filename, fmt::format("wanted 5 or 6 parts between '-', found {}", count));
  }
  if (!is_valid_name(parts[0])) {
    fail(filename, fmt::format("'{}' is no package name", parts[0]));
  }
  WheelFilename wheel;
  wheel.name = normalized_name(parts[0]);
  wheel.version = written_version(filename, parts[1]);
  std::size_t tags = count - 3;
  if (count == parts.size()) {
    check_build(filename, parts[2]);
    wheel.build = parts[2];
  }
  wheel.python_tags = tag_set(filename, parts[tags]);
  wheel.abi_tags = tag_set(filename, parts[tags + 1]);
  wheel.platform_tags = tag_set(filename, parts[tags + 2]);
  return wheel;
}

}  // namespace cartwheel::python
