#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "python/marker.h"
#include "python/version.h"

namespace cartwheel::python {

// PEP 508's variables, PEP 751's sets, and "none" for a quoted text.
enum class MarkerVariable : std::uint8_t {
  none,
  // compared as versions where both sides are versions
  implementation_version,
  platform_release,
  python_full_version,
  python_version,
  // compared as texts
  implementation_name,
  os_name,
  platform_machine,
  platform_python_implementation,
  platform_system,
  platform_version,
  sys_platform,
  // sets
  extra,
  extras,
  dependency_groups,
};

enum class MarkerOperator : std::uint8_t {
  equal,
  not_equal,
  at_most,
  at_least,
  less,
  greater,
  compatible,
  identical,
  in,
  not_in,
};

std::string_view variable_name(MarkerVariable variable);    // "os_name"; "" for none
std::string_view operator_sign(MarkerOperator comparison);  // "==", "not in" …

// One side of a comparison: a variable, or (variable none) a quoted text.
struct MarkerOperand {
  MarkerVariable variable = MarkerVariable::none;
  std::string text;
};

// A conjunction or disjunction of two nodes at least, or a comparison. Where a comparison has a
// variable and a text, the variable is on the left, but for `in` and `not in`.
struct Marker::Node {
  enum class Kind : std::uint8_t { conjunction, disjunction, comparison };

  Kind kind = Kind::comparison;
  std::vector<Node> children;

  MarkerOperator comparison = MarkerOperator::equal;
  MarkerOperand left, right;
  std::optional<Specifier> specifier;  // comparison and right text, where these make one
  std::vector<Version>
      versions;  // for `python_version in '3.8 3.9'`: the words, if all are versions
};

// Throws as Marker::parse does.
Marker::Node parse_marker_node(std::string_view text);

}  // namespace cartwheel::python
