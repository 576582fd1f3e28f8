#include "build/build.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <map>
#include <mutex>
#include <set>

#include <fmt/format.h>

#include "base/base.h"
#include "base/tools.h"
#include "build/apt.h"
#include "build/assemble.h"
#include "build/build_record.h"
#include "build/bytecode.h"
#include "build/collision_findings.h"
#include "build/data_layers.h"
#include "build/image_layers.h"
#include "build/inputs.h"
#include "build/outputs.h"
#include "build/pins.h"
#include "build/prepare.h"
#include "build/project_wheels.h"
#include "build/runtime.h"
#include "build/source_trees.h"
#include "build/variants.h"
#include "build/wheel_jobs.h"
#include "build/wheel_layers.h"
#include "layer/tree_layer.h"
#include "memo/layer_memo.h"
#include "python/names.h"
#include "store/recipe.h"
#include "transport/transport.h"
#include "util/error.h"
#include "util/parallel.h"

namespace cartwheel::build {

namespace fs = std::filesystem;
using util::Error;
using util::ErrorKind;

namespace {

class Stopwatch {
 public:
  explicit Stopwatch(std::vector<std::pair<std::string, double>>& stages) : stages_(stages) {}
  // The stage that ends here.
  void lap(const std::string& name) {
    auto now = std::chrono::steady_clock::now();
    stages_.emplace_back(name, std::chrono::duration<double>(now - begun_).count());
    begun_ = now;
  }

 private:
  std::vector<std::pair<std::string, double>>& stages_;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

std::vector<ScannedTree> scan_all(const Prepared& prepared,
                                  const Inputs& inputs,
                                  const std::vector<fs::path>& outputs,
                                  const Ports& ports) {
  std::vector<ScannedTree> out;
  for (const SourceTree& source : prepared.sources) {
    out.push_back(scan(source, inputs.folder, outputs, *ports.store));
    for (const std::string& remark : remarks(out.back())) {
      ports.progress.warn(fmt::format("{}: {}", source.name, remark));
    }
  }
  return out;
}

void report(std::vector<plan::Finding> findings, const OnFindings& on_findings) {
  if (!findings.empty()) {
    on_findings(findings);
  }
  if (has_errors(findings)) {
    auto errors = std::ranges::count_if(findings, [](const plan::Finding& finding) {
      return finding.severity == plan::Severity::error;
    });
    throw Error(
        ErrorKind::refused,
        fmt::format("nothing was built: {} error finding{}", errors, errors == 1 ? "" : "s"));
  }
}

// Those of `all` that are not in `said`.
std::vector<plan::Finding> findings_beyond(const std::vector<plan::Finding>& all,
                                           const std::vector<plan::Finding>& said) {
  std::vector<plan::Finding> out;
  std::ranges::copy_if(all, std::back_inserter(out), [&](const plan::Finding& finding) {
    return std::ranges::none_of(said, [&](const plan::Finding& other) {
      return other.code == finding.code && other.platform == finding.platform &&
             other.package == finding.package;
    });
  });
  return out;
}

// One image index on its way: the whole project's, or that of a variant.
struct Work {
  Options options;
  std::vector<transport::Reference> references;
  Inputs inputs;
  std::optional<Prepared> prepared;  // nothing: the memo answered
  std::vector<Output> outputs;
  Outcome outcome;
};

Work begin(const Options& options, Inputs inputs) {
  Work work;
  work.options = options;
  work.inputs = std::move(inputs);
  work.outcome.variant = options.variant;
  work.outcome.debug = options.debug;
  work.outcome.outputs = options.outputs;
  for (const std::string& output : options.outputs) {
    work.references.push_back(transport::Reference::parse(output));
  }
  if (work.references.empty()) {
    throw Error(ErrorKind::usage, "no output: name one with --output, as oci:DIR");
  }
  return work;
}

std::vector<core::Platform> platforms_of(const Prepared& prepared) {
  std::vector<core::Platform> platforms;
  for (const plan::Plan& plan : prepared.plans) {
    platforms.push_back(plan.target.platform);
  }
  return platforms;
}

// With apt-auto, what the wheels need of Debian may be known only now: pins it, and decides anew.
// Says whether it did.
bool pin_automatic_packages(Work& work,
                            Prepared& prepared,
                            const Prepared* built,
                            const Ports& ports) {
  if (!ensure_pins(prepared.base_lock,
                   prepared.loaded,
                   platforms_of(prepared),
                   work.inputs,
                   work.options,
                   ports)) {
    return false;
  }
  work.inputs = read_inputs(work.options);
  prepared = prepare(work.inputs, work.options, *ports.store, built);
  return true;
}

// Makes the pins that are missing in cartwheel.lock, and decides anew with what they tell of the
// base: more than its definition does. Says whether any were missing.
bool make_missing_pins(std::vector<Work>& works,
                       const Ports& ports,
                       const OnFindings& on_findings) {
  bool is_changed = false;
  for (Work& work : works) {
    if (!work.prepared) {
      continue;
    }
    if (is_changed) {
      work.inputs = read_inputs(work.options);
      work.prepared = prepare(work.inputs, work.options, *ports.store);
    }
    is_changed |= ensure_pins(work.prepared->base_lock,
                              work.prepared->loaded,
                              platforms_to_pin(*work.prepared),
                              work.inputs,
                              work.options,
                              ports);
  }
  if (!is_changed) {
    return false;
  }
  for (Work& work : works) {
    if (work.prepared) {
      const std::vector<plan::Finding> said = work.prepared->findings();
      work.inputs = read_inputs(work.options);
      work.prepared = prepare(work.inputs, work.options, *ports.store);
      pin_automatic_packages(work, *work.prepared, nullptr, ports);
      report(findings_beyond(work.prepared->findings(), said), on_findings);
    }
  }
  return true;
}

// Name and version of what the image is of: the project, or the workspace member that was chosen.
std::pair<std::string, std::string> title_of(const Prepared& prepared) {
  const std::vector<std::string>& chosen = prepared.selection.packages;
  if (chosen.size() != 1) {
    return {prepared.loaded.project.name, prepared.loaded.project.version};
  }
  const std::string name = python::normalized_name(chosen[0]);
  const auto member = std::ranges::find(prepared.lock.packages, name, &lock::Package::name);
  return {name, member == prepared.lock.packages.end() ? std::string() : member->version};
}

// Fetches and makes everything, and writes it.
void make(Work& work, const Ports& ports, const OnFindings& on_findings) {
  const Options& options = work.options;
  Inputs& inputs = work.inputs;
  const std::vector<transport::Reference>& references = work.references;
  Prepared& prepared = *work.prepared;
  Outcome& outcome = work.outcome;
  const settings::Settings& settings = prepared.loaded.settings;
  const std::vector<core::Platform> platforms = platforms_of(prepared);
  const std::vector<std::string> certificates = company_certificates(settings, inputs.folder);
  Stopwatch watch(outcome.stages);

  // Bases and source trees are made beside the wheels; the base's packages come over the same
  // connections.
  std::vector<std::shared_future<oci::Image>> bases;
  for (const core::Platform& platform : platforms) {
    bases.push_back(std::async(std::launch::async, [&, platform] {
      return base::compose(*find_pin(prepared.base_lock, settings.base, platform),
                           settings.base,
                           settings.compression,
                           base_context(options, ports));
    }));
  }
  auto begin_debians = [&](const Prepared& of) {  // packages on top of them
    std::vector<std::future<std::optional<AptLayer>>> debians;
    for (std::size_t p = 0; p < platforms.size(); ++p) {
      debians.push_back(std::async(std::launch::async, [&, p, base = bases[p]] {
        base.wait();  // whose packages are in the store then
        return apt_layer(of.loaded.settings,
                         of.base_lock,
                         *find_pin(of.base_lock, settings.base, platforms[p]),
                         options.variant,
                         base_context(options, ports),
                         ports.store);
      }));
    }
    return debians;
  };
  std::vector<std::future<std::optional<AptLayer>>> debians = begin_debians(prepared);
  prepared.output_paths = output_paths(references);
  build_wheels(prepared, inputs, options, ports);
  std::vector<ScannedTree> scanned = scan_all(prepared, inputs, output_paths(references), ports);
  const std::optional<CompilingPython> python = compiling_python(prepared, bases, options, ports);
  WheelJobs jobs = wheel_jobs(prepared, inputs, python ? &python->bytecode : nullptr);
  memo::LayerMemo memo(*ports.store, options.verify_memo);
  layer::Services services{.store = *ports.store,
                           .memo = memo,
                           .progress = ports.progress,
                           .threads = options.threads,
                           .compiler = python ? python->interpreter.get() : nullptr};
  WheelLayers layers = make_wheel_layers(jobs.wheels,
                                         jobs.platforms,
                                         {.folder = inputs.lock_path.parent_path(),
                                          .transfers = options.transfers,
                                          .offline = options.offline},
                                         ports.http,
                                         services);
  std::vector<oci::Image> base_images;
  std::vector<Runtime> runtimes;
  std::vector<std::vector<StackedLayer>> sources;  // of each platform, above the wheels
  for (std::size_t p = 0; p < platforms.size(); ++p) {
    const lock::BasePin& pin = *find_pin(prepared.base_lock, settings.base, platforms[p]);
    base_images.push_back(bases[p].get());
    runtimes.push_back(make_runtime(settings, pin, base_images[p], certificates, *ports.store));
    const auto parents = layer_parents(runtimes[p], pin);
    sources.push_back(source_layers(
        scanned, prepared.loaded, parents, python ? &*python : nullptr, ports.store, memo));
    std::ranges::move(data_layers(settings, scanned, parents, inputs, options, ports, memo),
                      std::back_inserter(sources[p]));
  }
  watch.lap("layers");

  // Now the inside of every wheel is known: the accelerators and findings are those of a full memo,
  // whatever it held before.
  std::vector<plan::Finding> known = prepared.findings();
  Prepared informed = prepare(inputs, options, *ports.store, &prepared);
  if (settings.apt_auto && pin_automatic_packages(work, informed, &prepared, ports)) {
    debians = begin_debians(informed);
  }
  std::vector<plan::Finding> found = findings_beyond(informed.findings(), known);
  std::ranges::move(collision_findings(layers, prepared), std::back_inserter(found));
  report(found, on_findings);

  // From here on there are only values: every layer's digest and diff_id is known.
  ImageSettings shared{.settings = settings,
                       .title = title_of(prepared).first,
                       .version = title_of(prepared).second,
                       .lock_digest = core::Digest::of(inputs.lock_text).str(),
                       .source_date_epoch = options.source_date_epoch};
  std::vector<oci::Image> images;
  for (std::size_t p = 0; p < prepared.plans.size(); ++p) {
    const lock::BasePin& pin = *find_pin(prepared.base_lock, settings.base, platforms[p]);
    ImageParts parts{.base = std::move(base_images[p]),
                     .plan = &informed.plans[p],
                     .runtime = &runtimes[p],
                     .base_name = settings.base,
                     .base_digest = pin.kind == "image" ? pin.digest : ""};
    if (python) {
      std::optional<StackedLayer> compiled =
          stdlib_layer(parts.base, pin, *python, settings, options.threads, ports.store, memo);
      if (compiled) {
        parts.layers.push_back(std::move(*compiled));
      }
    }
    oci::Image below = parts.base;  // what wheels lie on
    if (std::optional<AptLayer> debian = debians[p].get()) {
      below.layers.push_back(debian->stacked.layer);
      parts.base.created = std::max(parts.base.created, debian->created);
      parts.layers.push_back(std::move(debian->stacked));
    }
    const auto add_tool = [&](const char* name) {
      parts.layers.push_back(tool_layer(*find_tool(prepared.base_lock, name, platforms[p]),
                                        parts.base,
                                        settings.compression,
                                        base_context(options, ports),
                                        ports.store));
    };
    if (settings.init) {
      add_tool(base::kTini);
    }
    parts.layers.push_back(venv_layer(informed.plans[p], pin, runtimes[p], settings, ports.store));
    for (const MadeLayer& made : layers.platforms[p]) {
      parts.layers.push_back(wheel_layer(made, ports.store));
    }
    if (std::optional<StackedLayer> loader =
            loader_layer(informed.plans[p], below, pin, settings, ports.store)) {
      parts.layers.push_back(std::move(*loader));
    }
    parts.layers.insert(parts.layers.end(), sources[p].begin(), sources[p].end());
    if (options.debug) {
      add_tool(base::kBusybox);
      parts.debug = true;
    }
    images.push_back(assemble(parts, shared));
  }
  oci::BuiltIndex index = index_of(std::move(images), shared);
  watch.lap("base");

  write_outputs(index, work.outputs, options, ports, outcome);
  describe(index, outcome);
  outcome.layers_made = layers.made;
  outcome.layers_reused = layers.reused;
  outcome.findings = std::move(known);
  std::ranges::move(found, std::back_inserter(outcome.findings));
  std::ranges::move(prepared.built_trees, std::back_inserter(scanned));
  BuildRecords(*ports.store, output_paths(references))
      .keep(inputs, options, scanned, index, outcome);
  watch.lap("write");
}

}  // namespace

std::vector<Outcome> build(const Options& options,
                           const Ports& ports,
                           const OnFindings& on_findings) {
  const Inputs inputs = read_inputs(options);
  std::vector<Work> works;
  for (const Options& variant : options_of_variants(options, inputs)) {
    works.push_back(begin(variant, inputs));
  }

  // An unchanged build parses nothing: its key is made of bytes alone. What is to be built is
  // decided from texts and the memo alone; every problem of every variant and platform is said
  // before a byte is fetched.
  std::vector<plan::Finding> findings;
  for (Work& work : works) {
    Stopwatch watch(work.outcome.stages);
    BuildRecords records(*ports.store, output_paths(work.references));
    if (options.memo && !options.verify_memo && !options.rebuild && !options.upgrade_base &&
        records.answers(work.inputs, work.options, work.references, ports, work.outcome)) {
      watch.lap("check");
      std::ranges::copy(work.outcome.findings, std::back_inserter(findings));
      continue;
    }
    work.prepared = prepare(work.inputs, work.options, *ports.store);
    work.outputs = open_outputs(work.references, work.prepared->plans.size(), work.options, ports);
    std::ranges::move(work.prepared->findings(), std::back_inserter(findings));
    watch.lap("plan");
  }
  report(std::move(findings), on_findings);
  Stopwatch watch(works.front().outcome.stages);
  if (make_missing_pins(works, ports, on_findings)) {
    watch.lap("pins");
  }

  // What one variant has made the next one finds in the store.
  std::vector<Outcome> outcomes;
  for (Work& work : works) {
    if (work.prepared) {
      make(work, ports, on_findings);
      work.prepared.reset();
    }
    outcomes.push_back(std::move(work.outcome));
  }
  return outcomes;
}

}  // namespace cartwheel::build
