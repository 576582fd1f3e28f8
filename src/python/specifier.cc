#include <algorithm>
#include <array>
#include <compare>

#include <fmt/format.h>

#include "python/version.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::python {

namespace {

// Longest first, so that "===" is not taken for "==".
constexpr std::array<std::string_view, 8> kOperators{"===", "==", "!=", "<=", ">=", "~=", "<", ">"};

}  // namespace

class SpecifierParser {
 public:
  // Nothing when text is no specifier; then reason() says why.
  std::optional<Specifier> parse(std::string_view text) {
    text = util::trim(text);
    const auto* found = std::find_if(kOperators.begin(),
                                     kOperators.end(),
                                     [&](std::string_view sign) { return text.starts_with(sign); });
    if (found == kOperators.end()) {
      return fail("it does not begin with an operator");
    }
    Specifier specifier;
    specifier.operator_ = kinds()[static_cast<std::size_t>(found - kOperators.begin())];
    text = util::trim(text.substr(found->size()));
    if (specifier.operator_ == Specifier::Operator::identical) {
      specifier.text_ = text;
      if (text.empty() || text.find_first_of(" \t\r\n") != std::string_view::npos) {
        return fail("wanted one word behind '==='");
      }
      return specifier;
    }
    if (text.ends_with(".*")) {
      specifier.prefix_ = true;
      text.remove_suffix(2);
    }
    std::optional<Version> version = Version::find(text);
    if (!version || (specifier.prefix_ && util::trim(text) != text)) {
      return fail("its version has no such form");
    }
    specifier.text_ = version->str();
    specifier.version_ = *std::move(version);
    return checked(std::move(specifier));
  }

  const char* reason() const { return reason_; }

 private:
  static constexpr std::array<Specifier::Operator, 8> kinds() {
    using enum Specifier::Operator;
    return {identical, equal, not_equal, at_most, at_least, compatible, less, greater};
  }

  std::nullopt_t fail(const char* reason) {
    reason_ = reason;
    return std::nullopt;
  }

  std::optional<Specifier> checked(Specifier specifier) {
    using enum Specifier::Operator;
    const Version& version = specifier.version_;
    bool matching = specifier.operator_ == equal || specifier.operator_ == not_equal;
    if (specifier.prefix_ && !matching) {
      return fail("'.*' goes with '==' and '!=' only");
    }
    if (specifier.prefix_ &&
        (version.pre_ || version.post_ || version.dev_ || !version.local_.empty())) {
      return fail("'.*' may only follow release numbers");
    }
    if (!version.local_.empty() && !matching) {
      return fail("a local version goes with '==' and '!=' only");
    }
    if (specifier.operator_ == compatible && version.release_.size() < 2) {
      return fail("'~=' wants two release numbers at least");
    }
    return specifier;
  }

  const char* reason_ = "";
};

std::optional<Specifier> Specifier::find(std::string_view text) {
  return SpecifierParser().parse(text);
}

Specifier Specifier::parse(std::string_view text) {
  SpecifierParser parser;
  std::optional<Specifier> specifier = parser.parse(text);
  if (!specifier) {
    throw util::Error(
        util::ErrorKind::malformed,
        fmt::format("'{}' is no version specifier: {}", text.substr(0, 200), parser.reason()));
  }
  return *std::move(specifier);
}

bool Specifier::has_prefix_of(const Version& version) const {
  if (version.epoch_ != version_.epoch_) {
    return false;
  }
  std::size_t count = version_.release_.size() - (operator_ == Operator::compatible ? 1 : 0);
  for (std::size_t i = 0; i < count; ++i) {
    if (version_.release_[i] != version.release_at(i)) {
      return false;
    }
  }
  return true;
}

// version < this, where <V lets no pre-release of V itself in, unless V is one.
bool Specifier::is_below(const Version& version) const {
  if (std::is_gteq(version.compare_public(version_))) {
    return false;
  }
  if (version_.is_prerelease() || !version.is_prerelease()) {
    return true;
  }
  Version first = version_;  // the earliest pre-release of V
  first.dev_ = 0;
  return std::is_lt(version.compare_public(first));
}

// version > this, where >V lets no post-release of V itself in, unless V is one.
bool Specifier::is_above(const Version& version) const {
  if (std::is_lteq(version.compare_public(version_))) {
    return false;
  }
  bool same_base = version.epoch_ == version_.epoch_ && version.pre_ == version_.pre_ &&
                   std::is_eq(version.compare_release(version_));
  return !(same_base && version.post_ && !version_.post_ && !version_.dev_);
}

bool Specifier::contains(const Version& version) const {
  auto equals = [&] {
    if (prefix_) {
      return has_prefix_of(version);
    }
    return version_.local_.empty() ? std::is_eq(version.compare_public(version_))
                                   : version == version_;
  };
  switch (operator_) {
    case Operator::equal:
      return equals();
    case Operator::not_equal:
      return !equals();
    case Operator::at_most:
      return std::is_lteq(version.compare_public(version_));
    case Operator::at_least:
      return std::is_gteq(version.compare_public(version_));
    case Operator::less:
      return is_below(version);
    case Operator::greater:
      return is_above(version);
    case Operator::compatible:
      return has_prefix_of(version) && std::is_gteq(version.compare_public(version_));
    case Operator::identical:
      return util::lower(text_) == version.str();
  }
  return false;
}

std::string Specifier::str() const {
  static constexpr std::array<const char*, 8> kSigns{"==", "!=", "<=", ">=", "<", ">", "~=", "==="};
  return kSigns.at(static_cast<std::size_t>(operator_)) + text_ + (prefix_ ? ".*" : "");
}

bool Specifier::operator==(const Specifier& other) const { return str() == other.str(); }

SpecifierSet SpecifierSet::parse(std::string_view text) {
  SpecifierSet set;
  for (std::string_view clause : util::split(text, ',')) {
    if (!util::trim(clause).empty()) {  // "" and a trailing comma
      set.specifiers_.push_back(Specifier::parse(clause));
    }
  }
  return set;
}

bool SpecifierSet::contains(const Version& version) const {
  return std::all_of(specifiers_.begin(), specifiers_.end(), [&](const Specifier& specifier) {
    return specifier.contains(version);
  });
}

std::string SpecifierSet::str() const {
  std::vector<std::string> clauses;
  clauses.reserve(specifiers_.size());
  for (const Specifier& specifier : specifiers_) {
    clauses.push_back(specifier.str());
  }
  std::sort(clauses.begin(), clauses.end());
  return util::join(clauses, ",");
}

bool SpecifierSet::operator==(const SpecifierSet& other) const { return str() == other.str(); }

}  // namespace cartwheel::python
