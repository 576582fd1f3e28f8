#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/platform.h"

namespace cartwheel::python {

// major.minor of glibc.
struct Glibc {
  unsigned major = 2;
  unsigned minor = 36;

  static Glibc parse(std::string_view text);  // "2.36"; throws Error{malformed}
  std::string str() const;
  auto operator<=>(const Glibc&) const = default;
};

// major.minor of CPython.
struct PythonVersion {
  unsigned major = 3;
  unsigned minor = 11;
  bool free_threaded = false;

  static PythonVersion parse(std::string_view text);  // "3.11", "3.13t"; throws Error{malformed}
  std::string str() const;                            // "3.11", "3.13t"
  auto operator<=>(const PythonVersion&) const = default;
};

// "3.11" of "3.11.2".
std::string minor_of(const std::string& version);

// A wheel's file name, taken apart (binary-distribution-format, "File name convention").
struct WheelFilename {
  std::string name;     // normalised
  std::string version;  // as written, '_' undone to '-'/'+' as the version needs
  std::string build;    // build tag as written, or ""
  std::vector<std::string> python_tags, abi_tags, platform_tags;  // compressed sets, expanded

  // Throws Error{malformed} "'TEXT' is no wheel file name: …". TEXT is percent-decoded already.
  static WheelFilename parse(std::string_view filename);
};

// The tags that one target takes, best first (PEP 425, PEP 600; the ranking that uv has, research
// section 1.7).
class SupportedTags {
 public:
  SupportedTags(const core::Platform& platform, const Glibc& glibc, const PythonVersion& python);

  // Higher is better; nothing when no tag of the wheel is supported. (tag rank, then build number,
  // then build text.) Of wheels with equal priority the first listed is taken.
  struct Priority {
    std::uint32_t tag = 0;
    std::optional<std::pair<std::uint64_t, std::string>> build;
    auto operator<=>(const Priority&) const = default;
  };
  std::optional<Priority> priority(const WheelFilename& wheel) const;
  const std::vector<std::string>& ordered() const {
    return ordered_;
  }  // "cp311-cp311-manylinux_2_36_x86_64", best first

 private:
  struct Hash {
    using is_transparent = void;  // NOLINT(readability-identifier-naming): the library looks for it
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  using Ids = std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>>;

  void add(const std::string& python, const std::string& abi, const std::string& platform);
  // Rank of the best of these tags, 0 when none is supported.
  std::uint32_t best_rank(const std::vector<std::uint32_t>& pythons,
                          const std::vector<std::uint32_t>& abis,
                          const std::vector<std::uint32_t>& platforms) const;
  void add_for(const std::string& python, const std::string& abi);  // on each platform

  std::vector<std::string> platforms_;  // of compiled wheels, best first
  std::vector<std::string> ordered_;
  Ids python_ids_, abi_ids_, platform_ids_;
  std::unordered_map<std::uint64_t, std::uint32_t>
      position_;  // ids of a tag's three parts → index in ordered_
};

}  // namespace cartwheel::python
