#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace cartwheel::python {

// A PEP 440 version (https://packaging.python.org/en/latest/specifications/version-specifiers/).
// Ordered as there; equality ignores trailing zeros of the release and the spelling.
class Version {
 public:
  // Throws Error{malformed} "'TEXT' is no version". Numbers must fit 64 bits.
  static Version parse(std::string_view text);
  static std::optional<Version> find(std::string_view text);

  std::string str() const;                     // normalised spelling: "2.4.0+cu118"
  std::string local() const;                   // "cu118", or ""
  std::vector<std::uint64_t> release() const;  // {2, 4, 0}
  Version without_local() const;
  bool is_prerelease() const;  // a, b, rc or dev

  std::strong_ordering operator<=>(const Version& other) const;
  bool operator==(const Version& other) const;

 private:
  friend class Specifier;
  friend class VersionParser;
  friend class SpecifierParser;
  using LocalPart =
      std::variant<std::string, std::uint64_t>;  // in this order: words before numbers

  std::uint64_t release_at(std::size_t index) const;
  std::strong_ordering compare_release(const Version& other) const;
  std::strong_ordering compare_public(const Version& other) const;  // without the local parts

  std::uint64_t epoch_ = 0;
  std::vector<std::uint64_t> release_;
  std::optional<std::pair<char, std::uint64_t>> pre_;  // 'a', 'b', 'c' (rc)
  std::optional<std::uint64_t> post_;
  std::optional<std::uint64_t> dev_;
  std::vector<LocalPart> local_;
};

// One clause: an operator (==, !=, <=, >=, <, >, ~=, ===) and a version, perhaps with ".*".
class Specifier {
 public:
  // Throws Error{malformed} "'TEXT' is no version specifier: …", also for what PEP 440 does not
  // allow together: ".*" with another operator than == and !=, a local version with an ordering, ~=
  // with one number.
  static Specifier parse(std::string_view text);
  static std::optional<Specifier> find(std::string_view text);
  // Prereleases are not excluded. A version's local part is ignored unless the specifier has one.
  bool contains(const Version& version) const;
  std::string str() const;
  bool operator==(const Specifier& other) const;  // same operator and same normalised spelling

 private:
  enum class Operator { equal, not_equal, at_most, at_least, less, greater, compatible, identical };
  friend class SpecifierParser;

  bool has_prefix_of(const Version& version) const;
  bool is_below(const Version& version) const;
  bool is_above(const Version& version) const;

  Operator operator_ = Operator::equal;
  Version version_;
  std::string text_;     // the version's normalised spelling without ".*"; as written for ===
  bool prefix_ = false;  // has ".*"
};

// Clauses joined by commas; all must hold. "" holds for every version.
class SpecifierSet {
 public:
  SpecifierSet() = default;
  static SpecifierSet parse(std::string_view text);  // throws as Specifier::parse does
  bool contains(const Version& version) const;
  std::string str() const;  // clauses sorted, joined by ","
  bool empty() const { return specifiers_.empty(); }
  bool operator==(const SpecifierSet& other) const;  // the same clauses in any order

 private:
  std::vector<Specifier> specifiers_;
};

}  // namespace cartwheel::python
