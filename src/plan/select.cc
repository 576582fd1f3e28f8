#include "plan/select.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "plan/roots.h"
#include "plan/walk.h"
#include "python/names.h"
#include "python/version.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::plan {

using util::Error;
using util::ErrorKind;

namespace {

void check_target(const lock::Lock& lock, const Target& target) {
  const std::string& python = target.environment.variables.at("python_full_version");
  if (!python::SpecifierSet::parse(lock.requires_python).contains(python::Version::parse(python))) {
    throw Error(
        ErrorKind::refused,
        fmt::format(
            "Python {} is not supported by the lock: it wants {}", python, lock.requires_python));
  }
  const std::vector<python::Marker>& markers = lock.supported_markers;
  auto holds = [&](const python::Marker& marker) { return marker.evaluate(target.environment); };
  if (!markers.empty() && std::none_of(markers.begin(), markers.end(), holds)) {
    std::vector<std::string> texts;
    texts.reserve(markers.size());
    for (const python::Marker& marker : markers) {
      texts.push_back("'" + marker.str() + "'");
    }
    throw Error(ErrorKind::refused,
                fmt::format("{} with Python {} is not supported by the lock: it wants {}",
                            target.platform.str(),
                            python,
                            util::join(texts, " or ")));
  }
}

// A group may want a newer Python than the project does.
void check_groups(const lock::Lock& lock, const Selection& selection, const Target& target) {
  const std::string& python = target.environment.variables.at("python_full_version");
  GroupChoice groups(selection, default_groups(lock, selection));
  for (const auto& [group, wanted] : selection.group_requires_python) {
    if (groups.contains(group) &&
        !python::SpecifierSet::parse(wanted).contains(python::Version::parse(python))) {
      throw Error(
          ErrorKind::refused,
          fmt::format("group '{}' wants Python {}, and the target has {}", group, wanted, python));
    }
  }
}

// ---- wheels ----

// A wheel's name and version are those of its package; the local part may be one that the lock does
// not tell.
void check_wheel(const lock::Package& package,
                 const python::WheelFilename& wheel,
                 const std::string& filename) {
  if (wheel.name != package.name) {
    throw Error(
        ErrorKind::malformed,
        fmt::format("package '{}': wheel '{}' is of '{}'", package.name, filename, wheel.name));
  }
  if (package.version.empty() || wheel.version == package.version) {
    return;
  }
  std::optional<python::Version> found = python::Version::find(wheel.version);
  std::optional<python::Version> wanted = python::Version::find(package.version);
  if (!found || !wanted || (*found != *wanted && found->without_local() != *wanted)) {
    throw Error(ErrorKind::malformed,
                fmt::format("package '{}': wheel '{}' is not of version {}",
                            package.name,
                            filename,
                            package.version));
  }
}

// Higher tag first, then higher build; the first listed of equals.
std::optional<std::size_t> best_wheel(const lock::Package& package, const Target& target) {
  std::optional<std::size_t> best;
  std::optional<python::SupportedTags::Priority> best_priority;
  for (std::size_t i = 0; i < package.wheels.size(); ++i) {
    const std::string& filename = package.wheels[i].filename;
    python::WheelFilename wheel = util::in_context(fmt::format("package '{}'", package.name), [&] {
      return python::WheelFilename::parse(filename);
    });
    check_wheel(package, wheel, filename);
    std::optional<python::SupportedTags::Priority> priority = target.tags.priority(wheel);
    if (priority && (!best_priority || *priority > *best_priority)) {
      best = i;
      best_priority = priority;
    }
  }
  return best;
}

// ---- the two formats ----

std::vector<Selected> select_uv(const lock::Lock& lock,
                                const Selection& selection,
                                const Target& target) {
  Walked walked = walk(lock, selection, target);
  std::vector<Selected> out;
  for (std::size_t i = 0; i < lock.packages.size(); ++i) {
    if (walked.selected[i] == 0 || lock.packages[i].source.kind == lock::SourceKind::virtual_) {
      continue;
    }
    const std::vector<std::size_t>& roots = walked.roots.packages;
    out.push_back({.package = i,
                   .extras = {walked.extras[i].begin(), walked.extras[i].end()},
                   .wheel = {},
                   .is_root = std::find(roots.begin(), roots.end(), i) != roots.end()});
  }
  return out;
}

std::vector<Selected> select_pylock(const lock::Lock& lock,
                                    const Selection& selection,
                                    const Target& target) {
  python::MarkerEnvironment environment = pylock_environment(lock, selection, target);
  python::Version python =
      python::Version::parse(target.environment.variables.at("python_full_version"));
  std::vector<Selected> out;
  for (std::size_t i = 0; i < lock.packages.size(); ++i) {
    const lock::Package& package = lock.packages[i];
    if (!package.marker.evaluate(environment)) {
      continue;
    }
    if (!python::SpecifierSet::parse(package.requires_python).contains(python)) {
      throw Error(ErrorKind::refused,
                  fmt::format("package '{}' wants Python {}, and the target has {}",
                              package.name,
                              package.requires_python,
                              python.str()));
    }
    bool is_tree = package.source.kind == lock::SourceKind::directory ||
                   package.source.kind == lock::SourceKind::editable;
    out.push_back({.package = i,
                   .extras = {},
                   .wheel = {},
                   .is_root = is_tree && package.source.location == "."});
  }
  return out;
}

void refuse_twins(const lock::Lock& lock, const std::vector<Selected>& selected) {
  for (std::size_t i = 1; i < selected.size(); ++i) {
    const lock::Package& a = lock.packages[selected[i - 1].package];
    const lock::Package& b = lock.packages[selected[i].package];
    if (a.name == b.name) {
      throw Error(ErrorKind::refused,
                  fmt::format("package '{}' is selected twice: {} from {} and {} from {}",
                              a.name,
                              a.version,
                              a.source.str(),
                              b.version,
                              b.source.str()));
    }
  }
}

}  // namespace

std::vector<Selected> select(const lock::Lock& lock,
                             const Selection& selection,
                             const Target& target,
                             std::vector<std::size_t>* dropped) {
  check_target(lock, target);
  check_groups(lock, selection, target);
  std::vector<Selected> out = lock.kind == lock::LockKind::uv
                                  ? select_uv(lock, selection, target)
                                  : select_pylock(lock, selection, target);
  std::stable_sort(out.begin(), out.end(), [&](const Selected& a, const Selected& b) {
    return lock.packages[a.package].name < lock.packages[b.package].name;
  });
  std::set<std::string> without = python::normalized_names(selection.without);
  std::erase_if(out, [&](const Selected& selected) {
    bool drops = without.contains(lock.packages[selected.package].name);
    if (drops && dropped != nullptr) {
      dropped->push_back(selected.package);
    }
    return drops || (selected.is_root && selection.no_install_project);
  });
  refuse_twins(lock, out);
  for (Selected& selected : out) {
    selected.wheel = best_wheel(lock.packages[selected.package], target);
  }
  return out;
}

}  // namespace cartwheel::plan
