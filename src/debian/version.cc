#include "debian/version.h"

#include <string>

#include <fmt/format.h>

#include "util/error.h"

namespace cartwheel::debian {

namespace {

struct Parts {
  std::string_view epoch, upstream, revision;
};

Parts parts_of(std::string_view version) {
  Parts parts;
  const std::size_t colon = version.find(':');
  if (colon != std::string_view::npos) {
    parts.epoch = version.substr(0, colon);
    version.remove_prefix(colon + 1);
  }
  const std::size_t dash = version.rfind('-');
  parts.upstream = version.substr(0, dash);
  parts.revision = dash == std::string_view::npos ? "" : version.substr(dash + 1);
  return parts;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// '~' before the end, the end (and digits) before letters, letters before all else.
int rank(std::string_view text, std::size_t at) {
  if (at == text.size() || is_digit(text[at])) {
    return 0;
  }
  if (text[at] == '~') {
    return -1;
  }
  const int value = static_cast<unsigned char>(text[at]);
  return is_letter(text[at]) ? value : value + 256;
}

// Compares a run of digits at the front of both as numbers of any length, and takes it away.
int compare_numbers(std::string_view& left, std::string_view& right) {
  const auto take = [](std::string_view& text) {
    std::size_t end = 0;
    while (end < text.size() && is_digit(text[end])) {
      ++end;
    }
    std::string_view number = text.substr(0, end);
    text.remove_prefix(end);
    number.remove_prefix(std::min(number.find_first_not_of('0'), number.size()));
    return number;
  };
  const std::string_view one = take(left);
  const std::string_view other = take(right);
  if (one.size() != other.size()) {
    return one.size() < other.size() ? -1 : 1;
  }
  return one.compare(other);
}

int compare_part(std::string_view left, std::string_view right) {
  while (!left.empty() || !right.empty()) {
    std::size_t at = 0;
    while ((at < left.size() && !is_digit(left[at])) ||
           (at < right.size() && !is_digit(right[at]))) {
      const int one = rank(left, at);
      const int other = rank(right, at);
      if (one != other) {
        return one - other;
      }
      ++at;  // equal ranks and one is no digit: neither has ended here
    }
    left.remove_prefix(std::min(at, left.size()));
    right.remove_prefix(std::min(at, right.size()));
    const int order = compare_numbers(left, right);
    if (order != 0) {
      return order;
    }
  }
  return 0;
}

}  // namespace

int compare_versions(std::string_view left, std::string_view right) {
  const Parts one = parts_of(left);
  const Parts other = parts_of(right);
  for (const auto& [a, b] : {std::pair(one.epoch, other.epoch),
                             std::pair(one.upstream, other.upstream),
                             std::pair(one.revision, other.revision)}) {
    const int order = compare_part(a, b);
    if (order != 0) {
      return order;
    }
  }
  return 0;
}

bool version_matches(std::string_view left, std::string_view operation, std::string_view right) {
  const int order = compare_versions(left, right);
  if (operation == "<<") {
    return order < 0;
  }
  if (operation == "<=" || operation == "<") {  // '<' and '>' are old spellings of <= and >=
    return order <= 0;
  }
  if (operation == "=") {
    return order == 0;
  }
  if (operation == ">=" || operation == ">") {
    return order >= 0;
  }
  if (operation == ">>") {
    return order > 0;
  }
  throw util::Error(util::ErrorKind::malformed,
                    fmt::format("wanted << <= = >= or >>, found '{}'", operation));
}

std::string_view upstream_version(std::string_view version) { return parts_of(version).upstream; }

}  // namespace cartwheel::debian
