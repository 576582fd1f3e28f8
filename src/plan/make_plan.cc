#include "plan/make_plan.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include <fmt/format.h>

#include "plan/accelerator.h"
#include "plan/missing_wheel.h"
#include "plan/package_layers.h"
#include "python/requirement.h"
#include "python/tags.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::plan {

namespace {

Origin origin_of(const lock::Package& package, bool has_wheel) {
  if (has_wheel) {
    return Origin::wheel;
  }
  switch (package.source.kind) {
    case lock::SourceKind::directory:
    case lock::SourceKind::editable:
    case lock::SourceKind::virtual_:
      return Origin::directory;
    case lock::SourceKind::git:
      return Origin::git;
    case lock::SourceKind::url:
    case lock::SourceKind::path:
      return package.sdist ? Origin::sdist : Origin::archive;
    case lock::SourceKind::registry:
      break;
  }
  return package.sdist ? Origin::sdist : Origin::missing;
}

// The release that a symbol's version is of: 2.2 for GLIBC_2.2.5.
python::Glibc glibc_of(const std::string& symbol_version) {
  std::size_t minor = symbol_version.find('.');
  std::size_t end = minor == std::string::npos ? minor : symbol_version.find('.', minor + 1);
  return python::Glibc::parse(symbol_version.substr(0, end));
}

class Planner {
 public:
  Planner(const lock::Lock& lock,
          const Selection& selection,
          const Target& target,
          const PlanInput& input)
      : lock_(lock),
        selection_(selection),
        input_(input),
        plan_{.target = target} {
    std::vector<std::size_t> dropped;
    for (Selected& selected : select(lock, selection, target, &dropped)) {
      if (!input.is_copied(lock.packages[selected.package]) || !selected.is_root) {
        present_.insert(selected.package);
        selected_.push_back(std::move(selected));
      }
    }
    for (std::size_t i : dropped) {
      plan_.without.push_back({lock.packages[i].name, lock.packages[i].version});
    }
  }

  Plan make() {
    for (const Selected& selected : selected_) {
      add(selected);
    }
    settle_accelerator();
    group();
    check_expectation();
    return std::move(plan_);
  }

 private:
  void find(const std::string& code,
            Severity severity,
            const std::string& package,
            const std::string& message,
            const std::string& remedy = "") {
    plan_.findings.push_back({.code = code,
                              .severity = severity,
                              .platform = plan_.target.platform.str(),
                              .package = package,
                              .message = message,
                              .remedy = remedy});
  }

  void add(const Selected& selected) {
    const lock::Package& package = lock_.packages[selected.package];
    const bool takes_wheel = selected.wheel.has_value() && !wants_source(package);
    PlannedPackage planned{.name = package.name,
                           .version = package.version,
                           .origin = origin_of(package, takes_wheel),
                           .sdist = package.sdist,
                           .source = package.source,
                           .extras = selected.extras,
                           .is_root = selected.is_root};
    std::optional<facts::WheelFacts> facts;
    if (takes_wheel) {
      planned.wheel = package.wheels[*selected.wheel];
      std::optional<core::Digest> digest = planned.wheel->sha256();
      facts = digest ? input_.facts(*digest) : std::nullopt;
      check_wheel(planned, facts);
    } else {
      facts = take_given(planned, package);
    }
    if (std::optional<Accelerator> accelerator =
            accelerator_of({.package = package,
                            .wheel_filename = planned.wheel ? planned.wheel->filename : "",
                            .dependencies = dependencies_of(package),
                            .facts = facts ? &*facts : nullptr})) {
      planned.accelerator = accelerator->name;
      planned.accelerator_reason = accelerator->reason;
    }
    planned.inside_known = facts.has_value();
    leave_out(planned);
    check_forbidden(planned);
    plan_.packages.push_back(std::move(planned));
  }

  // [tool.uv] no-binary: of an index's packages the source is built, whatever wheels there are.
  bool wants_source(const lock::Package& package) const {
    const settings::Project& project = input_.loaded->project;
    return package.source.kind == lock::SourceKind::registry &&
           (project.no_binary || std::ranges::find(project.no_binary_packages, package.name) !=
                                     project.no_binary_packages.end());
  }

  void leave_out(PlannedPackage& package) const {
    package.exclude = exclude_globs(package.name, input_.loaded->settings);
    std::optional<core::Digest> digest =
        package.wheel && !package.exclude.empty() ? package.wheel->sha256() : std::nullopt;
    std::optional<std::vector<facts::InstalledPath>> paths =
        digest && input_.paths ? input_.paths(*digest) : std::nullopt;
    if (!paths) {
      return;
    }
    package.left_out.emplace();
    for (const facts::InstalledPath& path : *paths) {
      if (facts::is_excluded(package.exclude, path.path)) {
        ++package.left_out->files;
        package.left_out->bytes += path.size.value_or(0);
      }
    }
  }

  void check_forbidden(const PlannedPackage& package) {
    for (const std::string& glob : input_.loaded->settings.forbid) {
      if (util::glob_matches(glob, package.name)) {
        std::string way = pulled_in_by(lock_, selection_, plan_.target, package.name);
        find("package-forbidden",
             Severity::error,
             package.name,
             fmt::format("{} {} is selected, and forbid has \"{}\"{}",
                         package.name,
                         package.version,
                         glob,
                         way.empty() ? "" : ": " + way),
             fmt::format("change the requirement that leads to it, or drop it with without = "
                         "[\"{}\"]",
                         package.name));
        return;
      }
    }
  }

  // A wheel that the lock does not have, or what must be done to get one.
  std::optional<facts::WheelFacts> take_given(PlannedPackage& planned,
                                              const lock::Package& package) {
    std::optional<GivenWheel> given =
        input_.given ? input_.given(package) : std::optional<GivenWheel>();
    if (!given || !given->is_offered) {
      report_origin(planned, package);
    }
    if (!given) {
      return std::nullopt;
    }
    planned.wheel = given->wheel;
    std::optional<core::Digest> digest = planned.wheel->sha256();
    std::optional<facts::WheelFacts> facts = digest ? input_.facts(*digest) : std::nullopt;
    check_wheel(planned, facts);
    return facts;
  }

  std::vector<const lock::Package*> dependencies_of(const lock::Package& package) const {
    std::vector<const lock::Package*> out;
    for (const lock::Dependency& dependency : package.dependencies) {
      if (present_.contains(dependency.package)) {
        out.push_back(&lock_.packages[dependency.package]);
      }
    }
    return out;
  }

  void report_origin(const PlannedPackage& package, const lock::Package& locked) {
    if (package.origin == Origin::sdist || package.origin == Origin::git ||
        package.origin == Origin::archive) {
      find("sdist",
           Severity::info,
           package.name,
           fmt::format("{} {} {} and is built from its source on this host",
                       package.name,
                       package.version,
                       wants_source(locked) ? "is not to be taken as a wheel ([tool.uv] no-binary)"
                                            : "has no wheel for this platform"),
           "add a wheel to the index, bring one with --wheel-dir, or pass --no-build to refuse");
    } else if (package.origin == Origin::missing && wants_source(locked)) {
      find("wheel-missing",
           Severity::error,
           package.name,
           fmt::format("{} {} has no sdist, and [tool.uv] no-binary wants nothing else",
                       package.name,
                       package.version),
           "take it out of no-binary-package");
    } else if (package.origin == Origin::missing) {
      MissingWheel missing = missing_wheel(locked, plan_.target);
      if (!missing.for_newer_glibc.empty()) {
        find("glibc-too-old",
             Severity::error,
             package.name,
             fmt::format("{} would fit a base with a newer glibc than {}",
                         missing.for_newer_glibc,
                         plan_.target.glibc.str()),
             missing.remedy);
      }
      find("wheel-missing",
           Severity::error,
           package.name,
           fmt::format("{} {} has neither a wheel for Python {} on {} with glibc {} nor an sdist: "
                       "the lock has {}",
                       package.name,
                       package.version,
                       plan_.target.python.str(),
                       plan_.target.platform.machine(),
                       plan_.target.glibc.str(),
                       missing.offered),
           missing.remedy);
    }
  }

  void check_wheel(const PlannedPackage& package, const std::optional<facts::WheelFacts>& facts) {
    if (package.wheel->hashes.empty()) {
      find("wheel-unhashed",
           Severity::warning,
           package.name,
           fmt::format("the lock has no hash of {}: what is fetched first is believed",
                       package.wheel->filename),
           "lock against an index that gives hashes");
    }
    if (!facts) {
      return;
    }
    if (!facts->glibc.empty() && glibc_of(facts->glibc) > plan_.target.glibc) {
      find("glibc-too-old",
           Severity::error,
           package.name,
           fmt::format("{} has libraries that need glibc {}, the base has {}",
                       package.wheel->filename,
                       facts->glibc,
                       plan_.target.glibc.str()),
           "choose a base with a newer glibc");
    }
    check_nvidia_packages(package, *facts);
    report_oddities(package, *facts);
  }

  // What real wheels do, and an installer puts up with (docs/strictness.md).
  void report_oddities(const PlannedPackage& package, const facts::WheelFacts& facts) {
    struct Oddity {
      const char* code;
      std::vector<std::string> of;  // codes of facts::WheelFinding
      const char* what;
    };
    static const std::vector<Oddity> kOddities{
        {"wheel-tags", {"tags-differ"}, "its WHEEL file has other tags than its name"},
        {"wheel-record",
         {"record-extra", "record-hash-missing", "record-missing", "record-size"},
         "its RECORD is not true of its files"},
        {"wheel-case-twins", {"case-twins"}, "paths that differ in letter case only"},
    };
    for (const Oddity& oddity : kOddities) {
      std::vector<std::string> paths;
      std::size_t count = 0;
      for (const facts::WheelFinding& finding : facts.findings) {
        if (std::ranges::find(oddity.of, finding.code) != oddity.of.end()) {
          ++count;
          paths.push_back(finding.path);
        }
      }
      if (count > 0) {
        std::string where = paths.front().empty() ? "" : fmt::format(": '{}'", paths.front());
        find(oddity.code,
             Severity::warning,
             package.name,
             fmt::format("{}: {}{}{}",
                         package.wheel->filename,
                         oddity.what,
                         where,
                         count > 1 ? fmt::format(" and {} more", count - 1) : ""));
      }
    }
  }

  // The wheel's own METADATA against the lock: an index that served another wheel's metadata leaves
  // a CUDA torch without CUDA.
  void check_nvidia_packages(const PlannedPackage& package, const facts::WheelFacts& facts) {
    std::vector<std::string> missing;
    for (const std::string& text : facts.requires_dist) {
      if (!text.starts_with("nvidia-")) {
        continue;
      }
      python::Requirement requirement = python::Requirement::parse(text);
      bool there = std::ranges::any_of(
          present_, [&](std::size_t i) { return lock_.packages[i].name == requirement.name; });
      if (!there && requirement.marker.evaluate(plan_.target.environment)) {
        missing.push_back(requirement.name);
      }
    }
    if (!missing.empty()) {
      find("cuda-incomplete",
           Severity::error,
           package.name,
           fmt::format("{} needs {} by its own metadata, and the lock leaves {} out",
                       package.wheel->filename,
                       fmt::join(missing, ", "),
                       missing.size() == 1 ? "it" : "them"),
           "lock again with a newer uv, or add the packages to the project's requirements");
    }
  }

  void settle_accelerator() {
    std::string best;
    bool known_cpu = false;
    for (const PlannedPackage& package : plan_.packages) {
      if (!package.accelerator) {
        continue;
      }
      known_cpu = known_cpu || *package.accelerator == "cpu";
      bool gpu = *package.accelerator != "cpu";
      // the most exact statement: torch's own before a library's, "cuda 12.1" before "cuda 12"
      bool better =
          best.empty() || (package.name == "torch") || package.accelerator->size() > best.size();
      if (gpu && better && !(torch_told_ && package.name != "torch")) {
        best = *package.accelerator;
        torch_told_ = torch_told_ || package.name == "torch";
      }
    }
    plan_.accelerator = best.empty() && (known_cpu || !plan_.packages.empty()) ? "cpu" : best;
    plan_.accelerator_checked =
        !best.empty() || std::ranges::all_of(plan_.packages, [](const PlannedPackage& package) {
          return package.accelerator.has_value() || !package.wheel ||
                 package.wheel->filename.ends_with("-any.whl");
        });
  }

  void group() {
    try {
      plan_.layers = layers_of(plan_.packages, input_.loaded->settings, input_.base_layers);
    } catch (const util::Error& error) {
      find("layer-budget", Severity::error, "", error.what());
    }
    for (std::size_t i = 0; i < plan_.layers.size(); ++i) {
      for (std::size_t member : plan_.layers[i].members) {
        plan_.packages[member].layer = i;
      }
    }
  }

  void check_expectation() {
    auto wanted = input_.loaded->settings.expect.find(plan_.target.platform.str());
    if (wanted != input_.loaded->settings.expect.end() &&
        !accelerator_matches(wanted->second, plan_.accelerator)) {
      find("expectation-failed",
           Severity::error,
           "",
           fmt::format("{} is expected, and the plan has {}",
                       wanted->second,
                       plan_.accelerator.empty() ? "nothing" : plan_.accelerator),
           "see 'cartwheel plan --why torch' for the markers that decide, or change expect");
    }
  }

  const lock::Lock& lock_;
  const Selection& selection_;
  const PlanInput& input_;
  Plan plan_;
  std::vector<Selected> selected_;
  std::set<std::size_t> present_;
  bool torch_told_ = false;
};

}  // namespace

Plan make_plan(const lock::Lock& lock,
               const Selection& selection,
               const Target& target,
               const PlanInput& input) {
  return Planner(lock, selection, target, input).make();
}

}  // namespace cartwheel::plan
