#pragma once

// Internal to stale: requirements of two sides, held against each other by what they mean.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "lock/lock.h"
#include "python/marker.h"
#include "python/version.h"
#include "settings/settings.h"

namespace cartwheel::plan {

// A requirement for the environments in which all of `all_of` and none of `none_of` hold.
struct Statement {
  std::string key;  // name, extras, specifier, source
  std::vector<python::Marker> all_of, none_of;
};

// Where a project's requirements stand: what their sources are looked up in.
struct Context {
  const settings::Project* project = nullptr;
  const settings::Project* root = nullptr;  // of the workspace
  std::string folder;                       // of the project, relative to the lock's
  const std::map<std::string, std::string>* trees = nullptr;  // name → folder, of the workspace
  std::string extra, group;     // in which the requirements stand, or ""
  std::string requires_python;  // of the group, or ""
};

// What a pyproject.toml requires, with its sources put in ([tool.uv.sources]: one statement for
// each of several sources, and one for where none of them holds). `unsure` gets the names of
// requirements that cannot be told whole: an index that nobody defines, a text that PEP 508 does
// not have.
void add_wanted(const std::vector<std::string>& requirements,
                const Context& context,
                std::vector<Statement>& out,
                std::set<std::string>& unsure);

// The same of a lock.
void add_locked(const std::vector<lock::DeclaredRequirement>& requirements,
                std::vector<Statement>& out);

// Compares by evaluating: uv writes markers in an order of its own and leaves out what
// requires-python implies, so that their texts cannot be compared.
class Comparison {
 public:
  explicit Comparison(const python::SpecifierSet& requires_python)
      : requires_python_(requires_python) {}

  // The first difference, as text for people; nothing when both mean the same. Of names in `unsure`
  // only that they are there is compared. `name`: of the project itself, whose requirements of its
  // own extras are followed, as some locks state them and others what they come to.
  std::optional<std::string> difference(const std::vector<Statement>& wanted,
                                        const std::vector<Statement>& locked,
                                        const std::string& name,
                                        const std::set<std::string>& extras,
                                        const std::set<std::string>& unsure,
                                        const std::string& where);
  // Whether one of each list holds in the same environments.
  bool same_environments(const std::vector<python::Marker>& a,
                         const std::vector<python::Marker>& b);

 private:
  using Group = std::vector<const Statement*>;
  // What one side says of a requirement, and of the project's own extras.
  struct Side {
    Group group;
    const Group* own = nullptr;
  };
  bool same(const Side& a, const Side& b, const std::set<std::string>& extras);
  // Whether any of the side's statements holds in the environment environments()[at].
  bool holds_in(const Side& side, const std::string& extra, std::size_t at);
  // Which of environments() may tell these markers apart: only variables that the texts name vary.
  std::vector<std::size_t> telling(const std::string& texts);
  std::vector<python::MarkerEnvironment>& environments();

  python::SpecifierSet requires_python_;
  std::vector<python::MarkerEnvironment> environments_;
  // Which extras an extra makes active, by the project's own requirements and environment.
  std::map<std::tuple<const Group*, std::string, std::size_t>, std::set<std::string, std::less<>>>
      active_;
};

}  // namespace cartwheel::plan
