#include "python/marker.h"

#include <algorithm>
#include <array>

#include "python/marker_node.h"
#include "util/text.h"

namespace cartwheel::python {

namespace {

using Node = Marker::Node;

const std::string& value_of(const MarkerOperand& operand, const MarkerEnvironment& environment) {
  static const std::string nothing;
  if (operand.variable == MarkerVariable::none) {
    return operand.text;
  }
  auto found = environment.variables.find(variable_name(operand.variable));
  return found != environment.variables.end() ? found->second : nothing;
}

// An environment has four values that are versions, and is asked about them thousands of times:
// each variable's last text is kept with what it was read as.
const std::optional<Version>& version_of(MarkerVariable variable, const std::string& text) {
  struct Last {
    std::string text;
    std::optional<Version> version;
  };
  thread_local std::array<Last, static_cast<std::size_t>(MarkerVariable::python_version) + 1> last;
  Last& entry = last.at(static_cast<std::size_t>(variable));
  if (entry.text != text) {
    // builds of CPython from an untagged tree call themselves "3.14.0+"
    std::string_view known = text;
    entry.version = Version::find(known.substr(0, known.size() - (known.ends_with('+') ? 1 : 0)));
    entry.text = text;
  }
  return entry.version;
}

bool texts_compare(MarkerOperator comparison, std::string_view left, std::string_view right) {
  switch (comparison) {
    case MarkerOperator::equal:
    case MarkerOperator::identical:
      return left == right;
    case MarkerOperator::not_equal:
      return left != right;
    case MarkerOperator::at_most:
      return left <= right;
    case MarkerOperator::at_least:
      return left >= right;
    case MarkerOperator::less:
      return left < right;
    case MarkerOperator::greater:
      return left > right;
    case MarkerOperator::in:
      return right.find(left) != std::string_view::npos;
    case MarkerOperator::not_in:
      return right.find(left) == std::string_view::npos;
    case MarkerOperator::compatible:
      return false;  // only versions are compatible
  }
  return false;
}

bool comparison_holds(const Node& node, const MarkerEnvironment& environment) {
  if (node.left.variable == MarkerVariable::extra) {
    return environment.extras.contains(node.right.text) ==
           (node.comparison == MarkerOperator::equal);
  }
  if (node.right.variable == MarkerVariable::extras ||
      node.right.variable == MarkerVariable::dependency_groups) {
    const auto& set = node.right.variable == MarkerVariable::extras ? environment.extras
                                                                    : environment.dependency_groups;
    return set.contains(node.left.text) == (node.comparison == MarkerOperator::in);
  }
  const std::string& left = value_of(node.left, environment);
  if (node.specifier || !node.versions.empty()) {
    if (const std::optional<Version>& version = version_of(node.left.variable, left)) {
      if (node.specifier) {
        return node.specifier->contains(*version);
      }
      bool listed =
          std::find(node.versions.begin(), node.versions.end(), *version) != node.versions.end();
      return listed == (node.comparison == MarkerOperator::in);
    }
  }
  return texts_compare(node.comparison, left, value_of(node.right, environment));
}

bool holds(const Node& node, const MarkerEnvironment& environment) {
  auto child_holds = [&](const Node& child) { return holds(child, environment); };
  switch (node.kind) {
    case Node::Kind::conjunction:
      return std::all_of(node.children.begin(), node.children.end(), child_holds);
    case Node::Kind::disjunction:
      return std::any_of(node.children.begin(), node.children.end(), child_holds);
    case Node::Kind::comparison:
      return comparison_holds(node, environment);
  }
  return false;
}

std::string spelled(const MarkerOperand& operand) {
  if (operand.variable != MarkerVariable::none) {
    return std::string(variable_name(operand.variable));
  }
  // a text never holds the quote that it was written in, so one of the two fits
  char quote = operand.text.find('\'') == std::string::npos ? '\'' : '"';
  return quote + operand.text + quote;
}

std::string comparison_text(const Node& node) {
  return spelled(node.left) + " " + std::string(operator_sign(node.comparison)) + " " +
         spelled(node.right);
}

std::string text_of(const Node& node) {
  if (node.kind == Node::Kind::comparison) {
    return comparison_text(node);
  }
  std::vector<std::string> parts;
  parts.reserve(node.children.size());
  for (const Node& child : node.children) {
    bool simple = child.kind == Node::Kind::comparison;
    parts.push_back(simple ? comparison_text(child) : "(" + text_of(child) + ")");
  }
  return util::join(parts, node.kind == Node::Kind::conjunction ? " and " : " or ");
}

void gather_clauses(const Node& node,
                    const MarkerEnvironment& environment,
                    std::vector<Marker::Clause>& out) {
  if (node.kind == Node::Kind::comparison) {
    out.push_back({.text = comparison_text(node), .holds = comparison_holds(node, environment)});
  }
  for (const Node& child : node.children) {
    gather_clauses(child, environment, out);
  }
}

}  // namespace

Marker Marker::parse(std::string_view text) {
  Marker marker;
  if (!util::trim(text).empty()) {
    marker.node_ = std::make_shared<const Node>(parse_marker_node(text));
  }
  return marker;
}

bool Marker::evaluate(const MarkerEnvironment& environment) const {
  return node_ == nullptr || holds(*node_, environment);
}

std::string Marker::str() const { return node_ == nullptr ? "" : text_of(*node_); }

std::vector<Marker::Clause> Marker::clauses(const MarkerEnvironment& environment) const {
  std::vector<Clause> out;
  if (node_ != nullptr) {
    gather_clauses(*node_, environment, out);
  }
  return out;
}

}  // namespace cartwheel::python
