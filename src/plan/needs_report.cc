#include "plan/needs_report.h"

#include <map>
#include <set>

#include <fmt/format.h>

#include "plan/library_tables.h"
#include "util/text.h"

namespace cartwheel::plan {

namespace {

std::string message_of(const std::vector<const MissingLibrary*>& list) {
  constexpr std::size_t kMost = 8;
  std::map<std::string, std::string> sonames;  // → who brings it
  std::set<std::string> files;
  for (const MissingLibrary* missing : list) {
    std::string_view wheel = wheel_with_library(missing->soname);
    sonames[missing->soname] = !missing->elsewhere.empty() ? "in " + missing->elsewhere
                               : !missing->debian.empty()  ? "package " + missing->debian
                               : !wheel.empty()            ? "wheel " + std::string(wheel)
                                                           : "";
    files.insert(missing->file);
  }
  std::vector<std::string> names;
  names.reserve(sonames.size());
  for (const auto& [soname, from] : sonames) {
    names.push_back(from.empty() ? soname : fmt::format("{} ({})", soname, from));
  }
  if (std::size_t count = names.size(); count > kMost) {
    names.resize(kMost);
    names.push_back(fmt::format("{} more", count - kMost));
  }
  const std::string& first = *files.begin();
  std::string who = first.empty() ? list[0]->package : first;
  if (files.size() > 1) {
    who += fmt::format(" and {} more of its files", files.size() - 1);
  }
  return fmt::format("{}: {} {} {}, which the loader does not find",
                     list[0]->package,
                     who,
                     files.size() > 1 ? "need" : "needs",
                     fmt::join(names, ", "));
}

std::string remedy_of(const std::vector<const MissingLibrary*>& list) {
  std::set<std::string> packages;
  std::set<std::string> wheels;
  std::set<std::string> imports;
  bool is_all = true;
  for (const MissingLibrary* missing : list) {
    if (!missing->elsewhere.empty()) {
      imports.insert(missing->elsewhere);
    } else if (!missing->debian.empty()) {
      packages.insert(missing->debian);
    } else if (std::string_view wheel = wheel_with_library(missing->soname); !wheel.empty()) {
      wheels.emplace(wheel);
    } else {
      is_all = false;
    }
  }
  std::vector<std::string> ways;
  if (!packages.empty()) {
    ways.push_back(fmt::format("add apt = [\"{}\"]{}",
                               fmt::join(packages, "\", \""),
                               list[0]->required ? ", or apt-auto = true" : ""));
  }
  if (!wheels.empty()) {
    ways.push_back(fmt::format("add {} to the project's requirements", fmt::join(wheels, ", ")));
  }
  if (!imports.empty()) {
    ways.push_back(fmt::format("import {} first", fmt::join(imports, ", ")));
  }
  if (!is_all || ways.empty()) {
    ways.emplace_back(
        "choose a base that has them, or name them in provided-libraries if the host brings them");
  }
  return (list[0]->required ? "" : "if that part of it is used: ") + util::join(ways, "; ");
}

// NVIDIA's wheels have plug-ins for RDMA and MPI that few systems have.
Severity severity_of(const std::string& package, bool is_required) {
  if (is_required) {
    return Severity::error;
  }
  return package.starts_with("nvidia-") ? Severity::info : Severity::warning;
}

}  // namespace

void report_missing(Plan& plan, bool adds_packages) {
  std::map<std::pair<std::string, bool>, std::vector<const MissingLibrary*>> groups;
  for (const MissingLibrary& missing : plan.needs.missing) {
    if (adds_packages && missing.required && !missing.debian.empty()) {
      continue;  // plan.needs.apt says what is added
    }
    groups[{missing.package, missing.required}].push_back(&missing);
  }
  for (const auto& [key, list] : groups) {
    const auto& [package, is_required] = key;
    plan.findings.push_back({.code = "library-missing",
                             .severity = severity_of(package, is_required),
                             .platform = plan.target.platform.str(),
                             .package = package,
                             .message = message_of(list),
                             .remedy = remedy_of(list)});
  }
}

}  // namespace cartwheel::plan
