#include "python/version.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "util/error.h"
#include "util/text.h"

namespace cartwheel::python {

namespace {

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

bool is_word_letter(char letter) { return is_digit(letter) || (letter >= 'a' && letter <= 'z'); }

// What Python's str.strip() takes off, of ASCII.
std::string_view stripped(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\f\v";
  std::size_t first = text.find_first_not_of(kSpace);
  return first == std::string_view::npos
             ? std::string_view()
             : text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::optional<std::uint64_t> number_of(std::string_view digits) {
  std::uint64_t value = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  bool whole = error == std::errc() && end == digits.data() + digits.size();
  return whole ? std::optional(value) : std::nullopt;
}

}  // namespace

// PEP 440 appendix B, over lower-case text:
//   v? (N '!')? N ('.' N)*  (sep? pre-word sep? N?)?  ('-' N | sep? post-word sep? N?)?  (sep?
//   'dev' sep? N?)?
//   ('+' word (sep word)*)?          where sep is one of . - _
// Each step takes as much as it can; no text that the grammar has needs more than that.
class VersionParser {
 public:
  explicit VersionParser(std::string_view text) : rest_(text) {}

  std::optional<Version> parse() {
    take("v");
    if (!take_epoch_and_release() || !take_pre() || !take_post() || !take_dev() || !take_local() ||
        !rest_.empty()) {
      return std::nullopt;
    }
    return std::move(version_);
  }

 private:
  bool take(std::string_view word) {
    if (!rest_.starts_with(word)) {
      return false;
    }
    rest_.remove_prefix(word.size());
    return true;
  }

  void take_separator() {
    if (!rest_.empty() && (rest_[0] == '.' || rest_[0] == '-' || rest_[0] == '_')) {
      rest_.remove_prefix(1);
    }
  }

  // Digits at the front as a number: absent when there are none, `failed_` when they do not fit.
  std::optional<std::uint64_t> take_number() {
    auto end = std::find_if_not(rest_.begin(), rest_.end(), is_digit);
    std::string_view digits = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    if (digits.empty()) {
      return std::nullopt;
    }
    rest_.remove_prefix(digits.size());
    std::optional<std::uint64_t> number = number_of(digits);
    failed_ = failed_ || !number;
    return number;
  }

  bool take_epoch_and_release() {
    std::optional<std::uint64_t> first = take_number();
    if (first && take("!")) {
      version_.epoch_ = *first;
      first = take_number();
    }
    if (!first) {
      return false;
    }
    version_.release_.push_back(*first);
    while (rest_.size() > 1 && rest_[0] == '.' && is_digit(rest_[1])) {
      rest_.remove_prefix(1);
      version_.release_.push_back(take_number().value_or(0));
    }
    return !failed_;
  }

  // One of `words` with separators and number around it; puts everything back when none is there.
  template <std::size_t Count>
  std::optional<std::pair<std::size_t, std::uint64_t>> take_word(
      const std::array<std::string_view, Count>& words) {
    std::string_view before = rest_;
    take_separator();
    for (std::size_t i = 0; i < Count; ++i) {
      if (take(words[i])) {
        take_separator();
        return std::pair(i, take_number().value_or(0));
      }
    }
    rest_ = before;
    return std::nullopt;
  }

  bool take_pre() {
    static constexpr std::array<std::string_view, 8> kWords{
        "alpha", "a", "beta", "b", "rc", "preview", "pre", "c"};
    static constexpr std::string_view kLetters = "aabbcccc";
    if (auto word = take_word(kWords)) {
      version_.pre_ = {kLetters[word->first], word->second};
    }
    return !failed_;
  }

  bool take_post() {
    static constexpr std::array<std::string_view, 3> kWords{"post", "rev", "r"};
    if (rest_.size() > 1 && rest_[0] == '-' && is_digit(rest_[1])) {
      rest_.remove_prefix(1);
      version_.post_ = take_number();
    } else if (auto word = take_word(kWords)) {
      version_.post_ = word->second;
    }
    return !failed_;
  }

  bool take_dev() {
    static constexpr std::array<std::string_view, 1> kWords{"dev"};
    if (auto word = take_word(kWords)) {
      version_.dev_ = word->second;
    }
    return !failed_;
  }

  bool take_local() {
    if (!take("+")) {
      return true;
    }
    for (;;) {
      auto end = std::find_if_not(rest_.begin(), rest_.end(), is_word_letter);
      std::string_view word = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
      if (word.empty()) {
        return false;
      }
      // digits beyond 64 bits stay a word, as in uv
      std::optional<std::uint64_t> number = number_of(word);
      version_.local_.push_back(number ? Version::LocalPart(*number)
                                       : Version::LocalPart(std::string(word)));
      rest_.remove_prefix(word.size());
      if (rest_.empty()) {
        return true;
      }
      take_separator();
    }
  }

  std::string_view rest_;
  Version version_;
  bool failed_ = false;
};

std::optional<Version> Version::find(std::string_view text) {
  return VersionParser(util::lower(stripped(text))).parse();
}

Version Version::parse(std::string_view text) {
  std::optional<Version> version = find(text);
  if (!version) {
    throw util::Error(util::ErrorKind::malformed,
                      fmt::format("'{}' is no version", text.substr(0, 200)));
  }
  return *std::move(version);
}

std::string Version::str() const {
  std::string out = epoch_ != 0 ? fmt::format("{}!", epoch_) : "";
  out += fmt::format("{}", fmt::join(release_, "."));
  if (pre_) {
    out +=
        fmt::format("{}{}", pre_->first == 'c' ? "rc" : std::string(1, pre_->first), pre_->second);
  }
  if (post_) {
    out += fmt::format(".post{}", *post_);
  }
  if (dev_) {
    out += fmt::format(".dev{}", *dev_);
  }
  return local_.empty() ? out : out + "+" + local();
}

std::string Version::local() const {
  std::string out;
  for (const LocalPart& part : local_) {
    out += out.empty() ? "" : ".";
    out += std::holds_alternative<std::string>(part)
               ? std::get<std::string>(part)
               : std::to_string(std::get<std::uint64_t>(part));
  }
  return out;
}

std::vector<std::uint64_t> Version::release() const { return release_; }

Version Version::without_local() const {
  Version copy = *this;
  copy.local_.clear();
  return copy;
}

bool Version::is_prerelease() const { return pre_.has_value() || dev_.has_value(); }

std::uint64_t Version::release_at(std::size_t index) const {
  return index < release_.size() ? release_[index] : 0;
}

std::strong_ordering Version::compare_release(const Version& other) const {
  for (std::size_t i = 0; i < std::max(release_.size(), other.release_.size()); ++i) {
    if (auto order = release_at(i) <=> other.release_at(i); std::is_neq(order)) {
      return order;
    }
  }
  return std::strong_ordering::equal;
}

std::strong_ordering Version::compare_public(const Version& other) const {
  if (auto order = epoch_ <=> other.epoch_; std::is_neq(order)) {
    return order;
  }
  if (auto order = compare_release(other); std::is_neq(order)) {
    return order;
  }
  // 1.dev1 < 1a1 < 1: what is only a dev release comes before every pre-release, and no pre-release
  // after them
  auto pre_key = [](const Version& version) {
    bool only_dev = !version.pre_ && !version.post_ && version.dev_;
    return only_dev ? std::pair<char, std::uint64_t>(' ', 0)
                    : version.pre_.value_or(std::pair('z', 0));
  };
  if (auto order = pre_key(*this) <=> pre_key(other); std::is_neq(order)) {
    return order;
  }
  if (auto order = post_ <=> other.post_; std::is_neq(order)) {
    return order;
  }
  if (dev_.has_value() != other.dev_.has_value()) {
    return dev_ ? std::strong_ordering::less : std::strong_ordering::greater;
  }
  return dev_ <=> other.dev_;
}

std::strong_ordering Version::operator<=>(const Version& other) const {
  auto order = compare_public(other);
  return std::is_neq(order) ? order : local_ <=> other.local_;
}

bool Version::operator==(const Version& other) const { return std::is_eq(*this <=> other); }

}  // namespace cartwheel::python
