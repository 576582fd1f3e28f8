#include "build/project_wheels.h"

#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "build/built_records.h"
#include "build/built_wheels.h"
#include "build/wheel_sources.h"
#include "fetch/fetch.h"
#include "python/tags.h"
#include "python/version.h"
#include "util/error.h"
#include "util/file.h"
#include "util/parallel.h"
#include "util/text.h"
#include "wheelbuild/wheelbuild.h"

namespace cartwheel::build {

namespace fs = std::filesystem;
using util::Error;
using util::ErrorKind;

namespace {

// A package of a plan that has no wheel.
struct User {
  std::size_t plan = 0, package = 0;
};

// One source to be built for one Python, and everybody who needs it.
struct Job {
  const plan::PlannedPackage* package = nullptr;
  std::string python;
  std::vector<User> users;
  std::optional<core::Digest> sdist;  // of what was fetched
  std::string key;                    // in the store
  std::optional<wheelbuild::Built> built;
};

std::string title(const plan::PlannedPackage& package) {
  return package.version.empty() ? package.name : package.name + " " + package.version;
}

bool is_tree(const plan::PlannedPackage& package) {
  return package.origin == plan::Origin::directory;
}

class WheelBuilder {
 public:
  WheelBuilder(Prepared& prepared, Inputs& inputs, const Options& options, const Ports& ports)
      : prepared_(prepared),
        inputs_(inputs),
        options_(options),
        ports_(ports),
        folder_(inputs.lock_path.has_parent_path() ? inputs.lock_path.parent_path() : ".") {}

  void run() {
    bring_wheels_of_commits();
    scan_trees();
    find_jobs();
    if (!options_.build_wheels) {
      refuse_all();
    }
    fetch_sources();
    util::parallel_for(jobs_.size(), options_.threads, [&](std::size_t i) {
      util::in_context(title(*jobs_[i].package), [&] { make(jobs_[i]); });
    });
    for (Job& job : jobs_) {
      settle(job);
    }
    refuse_misfits();
    record_built(prepared_, inputs_, options_, *ports_.store, sources_);
  }

 private:
  // ---- what needs no build ----

  // Wheels that lie in git repositories.
  void bring_wheels_of_commits() {
    for (const plan::Plan& plan : prepared_.plans) {
      for (const plan::PlannedPackage& package : plan.packages) {
        if (package.wheel && !package.source.path.empty() && package.wheel->url.empty()) {
          util::in_context(title(package),
                           [&] { bring_wheel_of_commit(package, folder_, options_, ports_); });
        }
      }
    }
  }

  // ---- what is to be built ----

  // A tree's wheel is known by what lies in the tree now.
  void scan_trees() {
    std::map<std::string, core::Digest> digests;
    for (std::size_t p = 0; p < prepared_.plans.size(); ++p) {
      plan::Plan& plan = prepared_.plans[p];
      for (plan::PlannedPackage& package : plan.packages) {
        if (package.wheel || !is_tree(package)) {
          continue;
        }
        auto [found, is_new] =
            digests.emplace(package.source.location, core::Digest::of(std::string_view()));
        if (is_new) {
          found->second = scan_tree(package);
        }
      }
    }
    trees_ = std::move(digests);
  }

  core::Digest scan_tree(const plan::PlannedPackage& package) {
    fs::path root = fs::absolute(folder_ / package.source.location).lexically_normal();
    fs::path project = fs::absolute(inputs_.folder).lexically_normal();
    SourceTree source{.kind = std::string(kBuiltTree),
                      .name = package.name,
                      .from = root.lexically_relative(project).string(),
                      .to = {},
                      .include = {},
                      .exclude = {}};
    ScannedTree scanned = util::in_context(title(package), [&] {
      return scan(source, inputs_.folder, prepared_.output_paths, *ports_.store);
    });
    std::erase_if(prepared_.built_trees,
                  [&](const ScannedTree& old) { return old.source.from == source.from; });
    prepared_.built_trees.push_back(scanned);
    return scanned.digest;
  }

  void find_jobs() {
    std::map<std::tuple<std::string, std::string, std::string>, std::size_t> known;
    for (std::size_t p = 0; p < prepared_.plans.size(); ++p) {
      const plan::Plan& plan = prepared_.plans[p];
      for (std::size_t i = 0; i < plan.packages.size(); ++i) {
        const plan::PlannedPackage& package = plan.packages[i];
        if (package.wheel) {
          continue;
        }
        auto [found, is_new] = known.try_emplace(
            {package.name + " " + package.version, package.source.str(), plan.target.python.str()},
            jobs_.size());
        if (is_new) {
          jobs_.push_back(
              {.package = &package, .python = plan.target.python.str(), .users = {}, .key = {}});
        }
        jobs_[found->second].users.push_back({p, i});
      }
    }
  }

  [[noreturn]] void refuse(const std::string& what, const std::vector<std::string>& lines) const {
    throw Error(ErrorKind::refused, fmt::format("{}:\n  {}", what, fmt::join(lines, "\n  ")));
  }

  // --no-build: what was built before is still taken.
  void refuse_all() {
    std::vector<std::string> lines;
    for (Job& job : jobs_) {
      job.key = key_of(job);
      if (job.key.empty() || !find_built(job.key, *ports_.store)) {
        lines.push_back(fmt::format("{} ({})", title(*job.package), job.package->source.str()));
      }
    }
    if (!lines.empty()) {
      refuse(
          "these packages have no wheel, and --no-build forbids to build one (--wheel-dir takes "
          "wheels that were made elsewhere)",
          lines);
    }
  }

  // ---- building ----

  void fetch_sources() {
    std::vector<fetch::Wanted> wanted;
    std::vector<std::size_t> of;
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      const plan::PlannedPackage& package = *jobs_[i].package;
      if (is_tree(package) || package.origin == plan::Origin::git) {
        continue;
      }
      if (!package.sdist) {
        throw Error(
            ErrorKind::refused,
            fmt::format("{}: the lock has neither a wheel nor an sdist of it", title(package)));
      }
      wanted.push_back({.artifact = *package.sdist,
                        .place = fmt::format("{}: {}", inputs_.lock_name, title(package))});
      of.push_back(i);
    }
    fetch::fetch(wanted,
                 {.folder = folder_, .transfers = options_.transfers, .offline = options_.offline},
                 ports_.http,
                 *ports_.store,
                 ports_.progress,
                 [&](std::size_t i, const core::Digest& digest) { jobs_[of[i]].sdist = digest; });
  }

  // What the lock calls the source, or the hash of what was fetched; nothing for trees.
  std::optional<std::string> source_of(const Job& job) const {
    const plan::PlannedPackage& package = *job.package;
    if (is_tree(package)) {
      return std::nullopt;
    }
    std::optional<std::string> source = immutable_source(package.source, package.sdist);
    if (!source && job.sdist) {
      source = job.sdist->str();
    }
    return source;
  }

  std::string key_of(const Job& job) const {
    std::optional<std::string> source = source_of(job);
    if (!source && !is_tree(*job.package)) {
      return "";
    }
    return source ? key_of_source(*source, job)
                  : key_of_source("tree " + trees_.at(job.package->source.location).hex(), job);
  }
  std::string key_of_source(const std::string& source, const Job& job) const {
    return built_key(source, job.python, build_constraints(prepared_.lock));
  }

  void make(Job& job) {
    job.key = key_of(job);
    if (!options_.rebuild && !is_recorded(job)) {
      job.built = find_built(job.key, *ports_.store);
    }
    if (!job.built) {
      ports_.progress.note(fmt::format("building a wheel of {}", title(*job.package)));
      job.built = build(job);
      check_version(job);
      keep_built(job.key, *job.built, *ports_.store);
    }
  }

  // Whether cartwheel.lock names a wheel of this source, which the store does not have then.
  bool is_recorded(const Job& job) const {
    std::optional<std::string> source = source_of(job);
    return source && std::ranges::any_of(job.users, [&](const User& user) {
             return find_recorded(prepared_.base_lock,
                                  job.package->name,
                                  *source,
                                  prepared_.plans[user.plan].target) != nullptr;
           });
  }

  wheelbuild::Built build(const Job& job) {
    util::TempDir temporary;
    return build_at(
        bring_source(*job.package, job.sdist, folder_, temporary.path(), options_, ports_), job);
  }

  wheelbuild::Built build_at(const fs::path& source, const Job& job) {
    constexpr std::size_t kShort = 8;
    wheelbuild::Options how{
        .python = job.python,
        .source_date_epoch = options_.source_date_epoch,
        .offline = options_.offline,
        .constraints = build_constraints(prepared_.lock),
        .settings_folder = folder_,
        .log = ports_.store->root() / "logs" /
               fmt::format("{}-{}.log", job.package->name, job.key.substr(0, kShort))};
    return wheelbuild::build_wheel(source, job.package->name, how, *ports_.store, ports_.progress);
  }

  // What is fixed must give what the lock says; a tree may have moved on.
  static void check_version(const Job& job) {
    const plan::PlannedPackage& package = *job.package;
    std::string version = python::WheelFilename::parse(job.built->filename).version;
    std::optional<python::Version> made = python::Version::find(version);
    std::optional<python::Version> wanted = python::Version::find(package.version);
    if (!is_tree(package) && made && wanted && *made != *wanted &&
        made->without_local() != *wanted) {
      throw Error(
          ErrorKind::refused,
          fmt::format("its source makes version {}, the lock has {}", version, package.version));
    }
  }

  // ---- what was built ----

  void settle(Job& job) {
    python::WheelFilename name = python::WheelFilename::parse(job.built->filename);
    std::optional<std::string> source = source_of(job);
    if (source) {
      sources_[{job.package->name, job.package->version, job.package->source.str()}] = *source;
    }
    for (const User& user : job.users) {
      plan::Plan& plan = prepared_.plans[user.plan];
      if (!plan.target.tags.priority(name)) {
        misfits_.push_back(fmt::format("{} on {} (made here: {})",
                                       title(*job.package),
                                       plan.target.platform.str(),
                                       job.built->filename));
        continue;
      }
      plan::PlannedPackage& package = plan.packages[user.package];
      package.wheel = built_artifact(job.built->filename, job.built->sha256, job.built->size);
      prepared_.built[{plan.target.platform.str(), package.name}] = *package.wheel;
    }
    if (is_tree(*job.package)) {
      // a build may leave files in the tree: they are no change of it
      core::Digest after = scan_tree(*job.package);
      keep_built(key_of_source("tree " + after.hex(), job), *job.built, *ports_.store);
    }
  }

  void refuse_misfits() const {
    if (!misfits_.empty()) {
      refuse(
          "a wheel that is built here serves this machine only, and these packages have none for "
          "another. Choose versions that have wheels, or build them there and name the folder "
          "with --wheel-dir, or build each platform on a machine of its own with --platform",
          misfits_);
    }
  }

  Prepared& prepared_;
  Inputs& inputs_;
  const Options& options_;
  const Ports& ports_;
  fs::path folder_;                            // of the lock
  std::map<std::string, core::Digest> trees_;  // by location
  std::vector<Job> jobs_;
  std::vector<std::string> misfits_;
  BuiltSources sources_;
};

}  // namespace

void build_wheels(Prepared& prepared, Inputs& inputs, const Options& options, const Ports& ports) {
  WheelBuilder(prepared, inputs, options, ports).run();
}

}  // namespace cartwheel::build
