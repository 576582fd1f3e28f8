#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "plan/walk.h"
#include "python/names.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::plan {

using util::Error;
using util::ErrorKind;

namespace {

void check_known(const char* what,
                 const std::set<std::string>& asked,
                 const std::vector<std::string>& known) {
  for (const std::string& name : asked) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      throw Error(
          ErrorKind::usage,
          fmt::format(
              "{} '{}' is not defined in the lock{}", what, name, util::did_you_mean(name, known)));
    }
  }
}

}  // namespace

python::MarkerEnvironment pylock_environment(const lock::Lock& lock,
                                             const Selection& selection,
                                             const Target& target) {
  if (!selection.packages.empty() || selection.all_packages) {
    throw Error(ErrorKind::usage,
                "--package and --all-packages want a uv.lock: pylock.toml has no workspace");
  }
  python::MarkerEnvironment out = target.environment;
  std::set<std::string> extras;
  for (const std::string& extra : selection.extras) {
    extras.insert(python::normalized_name(extra));
  }
  check_known("extra", extras, lock.extras);
  if (selection.all_extras) {
    extras.insert(lock.extras.begin(), lock.extras.end());
  }
  out.extras.insert(extras.begin(), extras.end());
  GroupChoice groups(selection, lock.default_groups);
  std::vector<std::string> known = lock.dependency_groups;
  known.insert(known.end(), lock.default_groups.begin(), lock.default_groups.end());
  check_known("group", {groups.named().begin(), groups.named().end()}, known);
  for (const std::string& group : known) {
    if (groups.contains(group)) {
      out.dependency_groups.insert(group);
    }
  }
  return out;
}

}  // namespace cartwheel::plan
