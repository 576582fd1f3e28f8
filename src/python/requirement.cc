// https://packaging.python.org/en/latest/specifications/dependency-specifiers/#grammar:
//   NAME ('[' NAME (',' NAME)* ']')? (SPECIFIERS | '(' SPECIFIERS ')' | '@' URL)? (';' MARKER)?
// A URL ends at white space, for it may hold a ';' itself.

#include "python/requirement.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/url.h"
#include "python/names.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::python {

namespace {

constexpr std::string_view kSpace = " \t\r\n";

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Requirement parse() {
    requirement_.name = name();
    if (take('[')) {
      take_extras();
    }
    skip_space();
    if (take('@')) {
      take_url();
    } else {
      take_specifiers();
    }
    skip_space();
    if (take(';')) {
      std::string_view marker = text_.substr(at_);
      if (util::trim(marker).empty()) {
        fail("wanted a marker behind ';'");
      }
      requirement_.marker = Marker::parse(marker);
      at_ = text_.size();
    }
    if (at_ < text_.size()) {
      fail("wanted ';' or the end");
    }
    return std::move(requirement_);
  }

 private:
  [[noreturn]] void fail(std::string_view reason) const {
    throw util::Error(util::ErrorKind::malformed,
                      fmt::format("requirement \"{}\": column {}: {}",
                                  core::redacted(text_.substr(0, 500)),
                                  at_ + 1,
                                  reason));
  }

  void skip_space() { at_ = std::min(text_.find_first_not_of(kSpace, at_), text_.size()); }

  bool take(char letter) {
    skip_space();
    bool there = at_ < text_.size() && text_[at_] == letter;
    at_ += there ? 1 : 0;
    return there;
  }

  std::string name() {
    skip_space();
    std::size_t end = at_;
    while (end < text_.size() &&
           (is_valid_name(text_.substr(end, 1)) ||
            std::string_view("-_.").find(text_[end]) != std::string_view::npos)) {
      ++end;
    }
    std::string_view word = text_.substr(at_, end - at_);
    if (!is_valid_name(word)) {
      fail("wanted a name");
    }
    at_ = end;
    return normalized_name(word);
  }

  void take_extras() {
    if (take(']')) {
      return;
    }
    do {
      requirement_.extras.push_back(name());
    } while (take(','));
    if (!take(']')) {
      fail("wanted ',' or ']'");
    }
    std::sort(requirement_.extras.begin(), requirement_.extras.end());
    requirement_.extras.erase(std::unique(requirement_.extras.begin(), requirement_.extras.end()),
                              requirement_.extras.end());
  }

  void take_url() {
    skip_space();
    std::size_t end = std::min(text_.find_first_of(kSpace, at_), text_.size());
    requirement_.url = text_.substr(at_, end - at_);
    if (requirement_.url.empty()) {
      fail("wanted a URL behind '@'");
    }
    at_ = end;
  }

  void take_specifiers() {
    bool parenthesis = take('(');
    std::size_t end = std::min(text_.find_first_of(parenthesis ? ")" : ";", at_), text_.size());
    try {
      requirement_.specifier = SpecifierSet::parse(text_.substr(at_, end - at_));
    } catch (const util::Error& error) {
      fail(error.what());
    }
    at_ = end;
    if (parenthesis && !take(')')) {
      fail("wanted ')'");
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  Requirement requirement_;
};

}  // namespace

Requirement Requirement::parse(std::string_view text) { return Parser(text).parse(); }

std::string Requirement::str() const {
  std::string out = name;
  if (!extras.empty()) {
    out += "[" + util::join(extras, ",") + "]";
  }
  out += url.empty() ? specifier.str() : " @ " + url;
  if (!marker.empty()) {
    out += (url.empty() ? "; " : " ; ") + marker.str();
  }
  return out;
}

}  // namespace cartwheel::python
