#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cartwheel::python {

// A PEP 440 version (https://packaging.python.org/en/latest/specifications/version-specifiers/). Ordered as there;
// equality ignores trailing zeros of the release and the spelling.
class Version {
 public:
  // Throws Error{malformed} "'TEXT' is no version".
  static Version parse(std::string_view text);
  static std::optional<Version> find(std::string_view text);

  std::string str() const;                 // normalised spelling: "2.4.0+cu118"
  std::string local() const;               // "cu118", or ""
  std::vector<std::uint64_t> release() const;  // {2, 4, 0}
  Version without_local() const;
  bool is_prerelease() const;              // a, b, rc or dev

  std::strong_ordering operator<=>(const Version& other) const;
  bool operator==(const Version& other) const;

 private:
  friend class Specifier;
  using LocalPart = std::variant<std::string, std::uint64_t>;
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
  static Specifier parse(std::string_view text);
  bool contains(const Version& version) const;  // prereleases are not excluded
  std::string str() const;
  bool operator==(const Specifier&) const = default;

 private:
  std::string operator_;
  std::string version_;  // as written, without ".*"
  bool prefix_ = false;  // has ".*"
};

// Clauses joined by commas; all must hold. "" holds for every version.
class SpecifierSet {
 public:
  SpecifierSet() = default;
  static SpecifierSet parse(std::string_view text);
  bool contains(const Version& version) const;
  std::string str() const;  // clauses sorted, joined by ","
  bool empty() const { return specifiers_.empty(); }
  bool operator==(const SpecifierSet&) const = default;

 private:
  std::vector<Specifier> specifiers_;
};

}  // namespace cartwheel::python
