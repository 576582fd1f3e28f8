#include "build/prepare.h"

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>
#include <set>

#include <fmt/format.h>

#include "base/base.h"
#include "base/library_packages.h"
#include "build/apt.h"
#include "build/built_wheels.h"
#include "build/pins.h"
#include "build/projects.h"
#include "build/python_choice.h"
#include "build/runtime.h"
#include "build/tree_choice.h"
#include "build/variants.h"
#include "memo/layer_memo.h"
#include "plan/gpu.h"
#include "plan/jit.h"
#include "plan/make_plan.h"
#include "plan/needs.h"
#include "plan/target.h"
#include "python/tags.h"
#include "util/error.h"
#include "util/parallel.h"

namespace cartwheel::build {

using util::Error;
using util::ErrorKind;

namespace {

void append(std::vector<std::string>& to, const std::vector<std::string>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

// The settings as if the command line had been written into them.
void put_options(settings::Settings& settings, const Options& options) {
  if (!options.platforms.empty()) {
    settings.platforms = options.platforms;
  }
  if (!options.base.empty()) {
    settings.base = options.base;
    settings.base_place.clear();
  }
  if (!options.python.empty()) {
    settings.python = options.python;
  }
  if (options.compression == "splice" || options.compression == "zstd") {
    settings.compression =
        options.compression == "zstd" ? core::Compression::zstd : core::Compression::splice;
  } else if (!options.compression.empty()) {
    throw Error(ErrorKind::usage,
                fmt::format("--compression '{}': wanted splice or zstd", options.compression));
  }
  append(settings.extras, options.extras);
  append(settings.groups, options.groups);
  append(settings.no_groups, options.no_groups);
  append(settings.only_groups, options.only_groups);
  settings.all_extras = settings.all_extras || options.all_extras;
  settings.all_groups = settings.all_groups || options.all_groups;
  settings.no_default_groups = settings.no_default_groups || options.no_default_groups;
  for (const auto& [platform, accelerator] : options.expect) {
    settings.expect[platform] = accelerator;
  }
  if (!options.expect_gpu.empty()) {
    settings.expect_gpu = options.expect_gpu;
  }
}

plan::Selection selection_of(const settings::Loaded& loaded, const Options& options) {
  const settings::Settings& settings = loaded.settings;
  plan::Selection selection;
  selection.extras = settings.extras;
  selection.all_extras = settings.all_extras;
  selection.groups = settings.groups;
  selection.only_groups = settings.only_groups;
  selection.no_groups = settings.no_groups;
  selection.all_groups = settings.all_groups;
  selection.no_default_groups = settings.no_default_groups;
  selection.default_groups = loaded.project.default_groups;
  selection.group_requires_python = loaded.project.group_requires_python;
  selection.packages = options.packages;
  if (selection.packages.empty() && !settings.member.empty() && !options.all_packages) {
    selection.packages = {settings.member};
  }
  selection.all_packages = options.all_packages;
  selection.without = settings.without;
  return selection;
}

// Platforms in the index's order, each once.
std::vector<core::Platform> platforms_of(const settings::Settings& settings) {
  std::set<core::Platform> platforms;
  for (const std::string& name : settings.platforms) {
    platforms.insert(core::Platform::parse(name));
  }
  if (platforms.empty()) {
    throw Error(ErrorKind::usage, "platforms: wanted at least one of linux/amd64 and linux/arm64");
  }
  return {platforms.begin(), platforms.end()};
}

facts::BaseFacts base_facts(const Prepared& prepared,
                            const core::Platform& platform,
                            const std::string& variant,
                            const Inputs& inputs) {
  const std::string& base = prepared.loaded.settings.base;
  const lock::BasePin* pin = find_pin(prepared.base_lock, base, platform);
  if (pin != nullptr) {
    const lock::AptPin* apt = find_apt(
        prepared.base_lock, apt_request(prepared.loaded.settings, platform), *pin, variant);
    if (apt != nullptr) {
      return apt->facts;
    }
  }
  if (pin != nullptr) {
    return pin->facts;
  }
  const std::string& place = prepared.loaded.settings.base_place;
  return util::in_context(place.empty() ? "--base" : place,
                          [&] { return base::expected_facts(base, platform, inputs.folder); });
}

plan::Target target_for(const core::Platform& platform,
                        const facts::BaseFacts& facts,
                        const std::string& base) {
  if (facts.python.empty()) {
    throw Error(
        ErrorKind::refused,
        fmt::format("base '{}' holds no Python for {}: choose one that does ('cartwheel base "
                    "list' names those that come with the program)",
                    base,
                    platform.str()));
  }
  return plan::make_target(platform,
                           python::Glibc::parse(facts.glibc),
                           python::PythonVersion::parse(python::minor_of(facts.python)),
                           std::ranges::count(facts.python, '.') == 2 ? facts.python : "");
}

// What a plan's wheels want of the image, and with apt-auto and jit the packages for it in the
// settings. While packages that the settings ask for are not pinned, nobody knows what they bring,
// and nothing is said to be missing.
void add_packages_and_needs(
    Prepared& prepared,
    plan::Plan& plan,
    const facts::BaseFacts& expected,
    const std::function<std::optional<facts::WheelFacts>(const core::Digest&)>& facts_of_wheel,
    const Options& options,
    const Inputs& inputs) {
  settings::Settings& settings = prepared.loaded.settings;
  const core::Platform& platform = plan.target.platform;
  auto add_needs = [&](plan::Plan& to, const facts::BaseFacts& base, bool adds_packages) {
    plan::add_needs(to,
                    {.base = base,
                     .settings = settings,
                     .facts = facts_of_wheel,
                     .debian_package =
                         [&base](const std::string& soname) {
                           return base::package_of_library(base.suite, soname);
                         },
                     .adds_packages = adds_packages});
  };
  const lock::BasePin* pin = find_pin(prepared.base_lock, settings.base, platform);
  plan::Plan alone{.target = plan.target};
  if (pin != nullptr && settings.apt_auto) {
    alone.packages = plan.packages;
    add_needs(alone, pin->facts, true);
  }
  const auto asked_for = settings.apt;
  const bool asks_for_some = !apt_request(settings, platform).roots.empty();
  add_automatic_packages(settings,
                         alone.needs,
                         find_apt(prepared.base_lock, settings.base, platform, options.variant),
                         platform);
  facts::BaseFacts facts = expected;
  if (settings.apt != asked_for) {
    facts = base_facts(prepared, platform, options.variant, inputs);
    facts.python = expected.python;
  }
  const base::AptRequest request = apt_request(settings, platform);
  bool is_pinned =
      pin != nullptr && (request.roots.empty() ||
                         find_apt(prepared.base_lock, request, *pin, options.variant) != nullptr);
  plan::add_gpu(plan, {.base = facts, .settings = settings, .facts = facts_of_wheel});
  plan::add_jit(plan, facts, settings);
  if (is_pinned || !asks_for_some) {
    add_needs(plan, facts, settings.apt_auto && !is_pinned);
  }
}

// What a plan of one platform is made from.
struct Draft {
  core::Platform platform;
  facts::BaseFacts base;
  plan::Target target;
  std::optional<plan::Finding> other_python;
};

Draft draft_of(const core::Platform& platform,
               const Prepared& prepared,
               const std::string& python,
               const Options& options,
               const Inputs& inputs) {
  const std::string& base = prepared.loaded.settings.base;
  facts::BaseFacts facts = base_facts(prepared, platform, options.variant, inputs);
  std::optional<plan::Finding> other_python =
      python_finding(python, prepared.lock, facts, base, platform);
  if (other_python) {
    facts.python = python.empty() ? python_of_lock(prepared.lock, facts) : python;
  } else if (!python.empty() && python::minor_of(facts.python) == facts.python) {
    facts.python = python;  // until a pin tells the patch release
  }
  plan::Target target = target_for(platform, facts, base);
  return {platform, std::move(facts), std::move(target), std::move(other_python)};
}

// What the memo knows of wheels; the facts of each are read once. Thread-safe.
class KnownFacts {
 public:
  explicit KnownFacts(store::Store& store) : memo_(store) {}

  std::optional<facts::WheelFacts> facts(const core::Digest& wheel) {
    {
      std::scoped_lock lock(mutex_);
      if (auto known = facts_.find(wheel); known != facts_.end()) {
        return known->second;
      }
    }
    std::optional<facts::WheelFacts> found = memo_.find_facts(wheel);
    std::scoped_lock lock(mutex_);
    return facts_.try_emplace(wheel, std::move(found)).first->second;
  }
  std::optional<std::vector<facts::InstalledPath>> paths(const core::Digest& wheel) const {
    return memo_.find_paths(wheel);
  }

 private:
  memo::LayerMemo memo_;
  std::mutex mutex_;
  std::map<core::Digest, std::optional<facts::WheelFacts>> facts_;
};

plan::Plan plan_of(const Draft& draft,
                   const Prepared& prepared,
                   KnownFacts& known,
                   BuiltWheels& at_hand,
                   const Prepared* built) {
  plan::PlanInput input;
  input.loaded = &prepared.loaded;
  input.base_layers = base_layers(prepared, draft.platform);
  input.facts = [&](const core::Digest& wheel) { return known.facts(wheel); };
  input.paths = [&](const core::Digest& wheel) { return known.paths(wheel); };
  input.is_copied = [&](const lock::Package& package) {
    return is_copied(prepared.loaded, package);
  };
  input.given = [&](const lock::Package& package) -> std::optional<plan::GivenWheel> {
    if (built != nullptr) {
      if (auto made = built->built.find({draft.platform.str(), package.name});
          made != built->built.end()) {
        return plan::GivenWheel{.wheel = made->second, .is_offered = false};
      }
    }
    return at_hand.find(package, draft.target);
  };
  return plan::make_plan(prepared.lock, prepared.selection, draft.target, input);
}

}  // namespace

std::vector<plan::Finding> Prepared::findings() const {
  std::vector<plan::Finding> all = common_findings;
  for (const plan::Plan& each : plans) {
    all.insert(all.end(), each.findings.begin(), each.findings.end());
  }
  return all;
}

std::vector<core::Platform> Prepared::platforms() const {
  std::vector<core::Platform> all;
  all.reserve(plans.size());
  for (const plan::Plan& each : plans) {
    all.push_back(each.target.platform);
  }
  return all;
}

int base_layers(const Prepared& prepared, const core::Platform& platform) {
  const lock::BasePin* pin = find_pin(prepared.base_lock, prepared.loaded.settings.base, platform);
  const settings::Settings& settings = prepared.loaded.settings;
  const bool archive = pin != nullptr && pin->archive;
  return 1 + (archive ? 1 : 0) + (settings.compile_bytecode ? 1 : 0) + (settings.init ? 1 : 0) +
         static_cast<int>(settings.data.size());
}

Prepared prepare(const Inputs& inputs,
                 const Options& options,
                 store::Store& store,
                 const Prepared* built) {
  Prepared prepared;
  prepared.loaded = load_settings(inputs, options);
  put_options(prepared.loaded.settings, options);
  prepared.lock = lock::read(inputs.lock_name, inputs.lock_text);
  prepared.base_lock =
      inputs.base_lock ? lock::read_base_lock(*inputs.base_lock) : lock::BaseLock{};
  prepared.selection = selection_of(prepared.loaded, options);
  prepared.sources = source_trees(prepared);
  std::string python = wanted_python(inputs, prepared.loaded.settings);
  KnownFacts known(store);
  BuiltWheels at_hand(prepared.lock, prepared.base_lock, options, store);
  const std::vector<core::Platform> platforms = platforms_of(prepared.loaded.settings);
  std::vector<Draft> drafts;
  drafts.reserve(platforms.size());
  for (const core::Platform& platform : platforms) {
    drafts.push_back(draft_of(platform, prepared, python, options, inputs));
  }
  for (const Draft& draft : drafts) {
    prepared.plans.push_back({.target = draft.target});
  }
  util::parallel_for(drafts.size(), util::available_threads(), [&](std::size_t i) {
    prepared.plans[i] = plan_of(drafts[i], prepared, known, at_hand, built);
    prepared.plans[i].variant = options.variant;
  });
  for (std::size_t i = 0; i < drafts.size(); ++i) {
    add_packages_and_needs(
        prepared,
        prepared.plans[i],
        drafts[i].base,
        [&](const core::Digest& wheel) { return known.facts(wheel); },
        options,
        inputs);
    if (drafts[i].other_python) {
      prepared.plans[i].findings.push_back(*drafts[i].other_python);
    }
  }
  prepared.common_findings = plan::common_findings(
      prepared.lock,
      prepared.loaded,
      find_projects(prepared.loaded.project, inputs.trees, inputs.lock_path.parent_path()),
      prepared.plans);
  const bool no_shell = std::ranges::any_of(prepared.plans, [&](const plan::Plan& plan) {
    return lacks_shell(
        prepared.loaded.settings, prepared.base_lock, plan.target.platform, options.variant);
  });
  std::ranges::move(runtime_findings(prepared.loaded.settings, no_shell),
                    std::back_inserter(prepared.common_findings));
  return prepared;
}

bool has_errors(const std::vector<plan::Finding>& findings) {
  return std::ranges::any_of(
      findings, [](const plan::Finding& f) { return f.severity == plan::Severity::error; });
}

}  // namespace cartwheel::build
