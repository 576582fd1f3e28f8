#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cartwheel::python {

// What a marker is asked about: PEP 508 variables by name, and the sets that lock files add.
struct MarkerEnvironment {
  std::map<std::string, std::string, std::less<>> variables;  // "python_full_version" → "3.11.2" …
  std::set<std::string, std::less<>> extras;  // active extras, also uv's "extra-4-proj-cpu"
  std::set<std::string, std::less<>> dependency_groups;  // PEP 751
};

// A PEP 508 environment marker, with PEP 751's `'x' in extras` and `'g' in dependency_groups`.
// `extra == 'X'` holds when X is in MarkerEnvironment::extras, `extra != 'X'` when it is not (as uv
// evaluates a set). An empty marker always holds. Cheap to copy (shared, immutable).
class Marker {
 public:
  struct Node;

  Marker() = default;
  // Throws Error{malformed} that quotes the text and the column.
  static Marker parse(std::string_view text);

  bool evaluate(const MarkerEnvironment& environment) const;
  bool empty() const { return node_ == nullptr; }
  std::string str() const;  // canonical spelling: "sys_platform == 'linux' and (…)"; "" when empty
  // Every comparison in the marker with whether it holds, in order: for --why.
  struct Clause {
    std::string text;
    bool holds;
  };
  std::vector<Clause> clauses(const MarkerEnvironment& environment) const;

 private:
  std::shared_ptr<const Node> node_;
};

}  // namespace cartwheel::python
