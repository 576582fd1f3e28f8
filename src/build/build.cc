#include "build/build.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <map>
#include <mutex>
#include <set>

#include <fmt/format.h>

#include "base/base.h"
#include "build/assemble.h"
#include "build/build_record.h"
#include "build/inputs.h"
#include "build/pins.h"
#include "build/prepare.h"
#include "build/project_wheels.h"
#include "build/source_trees.h"
#include "build/wheel_jobs.h"
#include "build/wheel_layers.h"
#include "layer/tree_layer.h"
#include "memo/layer_memo.h"
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

oci::Layer to_layer(const memo::LayerRecord& record, const std::shared_ptr<store::Store>& store) {
  oci::Layer layer{.descriptor = record.blob, .diff_id = record.diff_id};
  layer.blob = store::find_blob(store, record.blob.digest);
  if (!layer.blob) {
    throw Error(ErrorKind::not_found,
                fmt::format("store: layer {} is gone: build again", record.blob.digest.str()));
  }
  return layer;
}

StackedLayer stacked(const memo::LayerRecord& record,
                     const std::string& kind,
                     const std::string& created_by,
                     const std::shared_ptr<store::Store>& store) {
  StackedLayer out{.layer = to_layer(record, store), .created_by = created_by};
  out.layer.descriptor.annotations["dev.cartwheel.kind"] = kind;
  return out;
}

StackedLayer wheel_layer(const MadeLayer& made, const std::shared_ptr<store::Store>& store) {
  std::vector<std::pair<std::string, std::string>> packages;
  for (const memo::LayerRecord::Package& package : made.record.packages) {
    packages.emplace_back(package.name, package.version);
  }
  StackedLayer out =
      stacked(made.record, made.record.kind, layer_history(packages, made.bucket), store);
  out.layer.descriptor.annotations["dev.cartwheel.packages"] = packages_annotation(packages);
  return out;
}

StackedLayer venv_layer(const plan::Plan& plan,
                        const lock::BasePin& pin,
                        const settings::Settings& settings,
                        const std::shared_ptr<store::Store>& store) {
  memo::LayerRecord record = layer::make_tree_layer(
      layer::venv_entries(
          settings.prefix.substr(1), pin.facts.python_path, pin.facts.python, pin.facts.parents),
      "venv",
      settings.compression,
      *store);
  return stacked(
      record,
      "venv",
      fmt::format("cartwheel: venv {} (Python {})", settings.prefix, plan.target.python.str()),
      store);
}

// The layers of source trees, the same on every platform: the project's, then the plain files'.
std::vector<StackedLayer> source_layers(const std::vector<ScannedTree>& scanned,
                                        const settings::Loaded& loaded,
                                        const std::shared_ptr<store::Store>& store) {
  std::vector<StackedLayer> out;
  memo::LayerMemo memo(*store);
  for (const char* kind : {"project", "files"}) {
    std::vector<ScannedTree> trees;
    std::ranges::copy_if(scanned, std::back_inserter(trees), [&](const ScannedTree& tree) {
      return tree.source.kind == kind && !tree.tree.files.empty();
    });
    if (trees.empty()) {
      continue;
    }
    std::string what =
        kind == std::string("project")
            ? fmt::format("cartwheel: project: {} {}", trees[0].source.name, loaded.project.version)
            : std::string("cartwheel: files");
    while (what.ends_with(' ')) {
      what.pop_back();
    }
    memo::LayerRecord record = make_source_layer(trees, loaded.settings.compression, *store, memo);
    out.push_back(stacked(record, kind, what, store));
  }
  return out;
}

// The folders and files that the build itself writes: never part of a project's tree.
std::vector<fs::path> output_paths(const std::vector<transport::Reference>& outputs) {
  std::vector<fs::path> out;
  for (const transport::Reference& reference : outputs) {
    out.push_back(fs::absolute(reference.path).lexically_normal());
  }
  return out;
}

std::vector<ScannedTree> scan_all(const Prepared& prepared,
                                  const Inputs& inputs,
                                  const std::vector<fs::path>& outputs,
                                  const Ports& ports) {
  std::vector<ScannedTree> out;
  for (const SourceTree& source : prepared.sources) {
    out.push_back(scan(source, inputs.folder, outputs, *ports.store));
    for (const std::string& path : out.back().tree.withheld) {
      ports.progress.warn(fmt::format(
          "{}: '{}' looks like a secret and is left out; name it under include to take it",
          source.from,
          path));
    }
  }
  return out;
}

// Blobs of all images, each once, the largest first.
std::vector<std::shared_ptr<const core::Blob>> blobs_of(const std::vector<oci::Image>& images) {
  std::map<core::Digest, std::shared_ptr<const core::Blob>> unique;
  for (const oci::Image& image : images) {
    for (const oci::Layer& layer : image.layers) {
      unique.emplace(layer.descriptor.digest, layer.blob);
    }
  }
  std::vector<std::shared_ptr<const core::Blob>> out;
  out.reserve(unique.size());
  for (auto& [digest, blob] : unique) {
    out.push_back(std::move(blob));
  }
  std::ranges::stable_sort(out, std::greater<>(), [](const auto& blob) { return blob->size(); });
  return out;
}

void write_outputs(const oci::BuiltIndex& index,
                   const std::vector<transport::Reference>& references,
                   const Options& options,
                   const Ports& ports,
                   Outcome& outcome) {
  std::vector<oci::Image> images;
  for (const oci::BuiltImage& built : index.images) {
    images.push_back(built.image);
  }
  std::vector<std::shared_ptr<const core::Blob>> blobs = blobs_of(images);
  for (const transport::Reference& reference : references) {
    std::unique_ptr<transport::ImageSink> sink = transport::make_sink(
        reference, {.threads = options.threads, .sync = options.sync}, ports.progress);
    util::parallel_for(
        blobs.size(), options.threads, [&](std::size_t i) { sink->put_blob(*blobs[i]); });
    transport::WriteResult result = sink->write(index);
    outcome.bytes_written += result.bytes_written;
    outcome.blobs_written += result.blobs_written;
    outcome.blobs_present += result.blobs_present;
  }
}

void describe(const oci::BuiltIndex& index, Outcome& outcome) {
  outcome.index = index.blob->digest().str();
  for (const oci::BuiltImage& built : index.images) {
    BuiltPlatform platform{.platform = built.image.platform.str(),
                           .manifest = built.manifest->digest().str(),
                           .layers = built.image.layers.size()};
    auto accelerator = built.image.annotations.find("dev.cartwheel.accelerator");
    platform.accelerator = accelerator == built.image.annotations.end() ? "" : accelerator->second;
    platform.size = built.config->size() + built.manifest->size();
    for (const oci::Layer& layer : built.image.layers) {
      platform.size += layer.descriptor.size;
    }
    outcome.platforms.push_back(platform);
  }
}

void report(std::vector<plan::Finding> findings,
            const std::function<void(const std::vector<plan::Finding>&)>& on_findings) {
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

std::vector<plan::Finding> collision_findings(const WheelLayers& layers, const Prepared& prepared) {
  constexpr std::size_t kMost = 10;
  std::vector<plan::Finding> out;
  for (std::size_t p = 0; p < layers.collisions.size(); ++p) {
    for (std::size_t i = 0; i < std::min(kMost, layers.collisions[p].size()); ++i) {
      const layer::Collision& collision = layers.collisions[p][i];
      out.push_back(
          {.code = "path-collision",
           .severity = plan::Severity::warning,
           .platform = prepared.plans[p].target.platform.str(),
           .package = collision.wheels.back(),
           .message = fmt::format("{} install '{}' with different bytes: {}'s is taken",
                                  fmt::join(collision.wheels, " and "),
                                  collision.path,
                                  collision.wheels.back()),
           .remedy = "drop one of them with without = [\"NAME\"] if both claim the same package"});
    }
  }
  return out;
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

}  // namespace

Outcome build(const Options& options,
              const Ports& ports,
              const std::function<void(const std::vector<plan::Finding>&)>& on_findings) {
  Outcome outcome;
  outcome.outputs = options.outputs;
  Stopwatch watch(outcome.stages);
  std::vector<transport::Reference> references;
  for (const std::string& output : options.outputs) {
    references.push_back(transport::Reference::parse(output));
  }
  if (references.empty()) {
    throw Error(ErrorKind::usage, "no output: name one with --output, as oci:DIR");
  }

  // An unchanged build parses nothing: its key is made of bytes alone.
  Inputs inputs = read_inputs(options);
  BuildRecords records(*ports.store, output_paths(references));
  if (options.memo && records.answers(inputs, options, references, ports, outcome)) {
    watch.lap("check");
    report(outcome.findings, on_findings);
    return outcome;
  }

  // What is to be built is decided from texts and the memo alone; every problem of every platform
  // is said before a byte is fetched.
  Prepared prepared = prepare(inputs, options, *ports.store);
  std::vector<core::Platform> platforms;
  for (const plan::Plan& plan : prepared.plans) {
    platforms.push_back(plan.target.platform);
  }
  report(prepared.findings(), on_findings);
  const settings::Settings& settings = prepared.loaded.settings;
  if (ensure_pins(prepared.base_lock, settings.base, platforms, inputs, options, ports)) {
    // the pins may know more of the base than its definition does
    inputs = read_inputs(options);
    prepared = prepare(inputs, options, *ports.store);
    report(prepared.findings(), on_findings);
  }
  watch.lap("plan");

  // Bases and source trees are made beside the wheels; the base's packages come over the same
  // connections.
  std::vector<std::future<oci::Image>> bases;
  for (const core::Platform& platform : platforms) {
    bases.push_back(std::async(std::launch::async, [&, platform] {
      return base::compose(*find_pin(prepared.base_lock, settings.base, platform),
                           settings.base,
                           settings.compression,
                           base_context(options, ports));
    }));
  }
  build_wheels(prepared, inputs, options, ports);
  std::vector<ScannedTree> scanned = scan_all(prepared, inputs, output_paths(references), ports);
  WheelJobs jobs = wheel_jobs(prepared, inputs);
  memo::LayerMemo memo(*ports.store);
  layer::Services services{
      .store = *ports.store, .memo = memo, .progress = ports.progress, .threads = options.threads};
  WheelLayers layers = make_wheel_layers(jobs.wheels,
                                         jobs.platforms,
                                         {.folder = inputs.lock_path.parent_path(),
                                          .transfers = options.transfers,
                                          .offline = options.offline},
                                         ports.http,
                                         services);
  std::vector<StackedLayer> sources = source_layers(scanned, prepared.loaded, ports.store);
  watch.lap("layers");

  // Now the inside of every wheel is known: the accelerators and findings are those of a full memo,
  // whatever it held before.
  std::vector<plan::Finding> known = prepared.findings();
  Prepared informed = prepare(inputs, options, *ports.store);
  std::vector<plan::Finding> found = findings_beyond(informed.findings(), known);
  std::ranges::move(collision_findings(layers, prepared), std::back_inserter(found));
  report(found, on_findings);

  // From here on there are only values: every layer's digest and diff_id is known.
  ImageSettings shared{.settings = settings,
                       .title = prepared.loaded.project.name,
                       .version = prepared.loaded.project.version,
                       .lock_digest = core::Digest::of(inputs.lock_text).str(),
                       .source_date_epoch = options.source_date_epoch};
  std::vector<oci::Image> images;
  for (std::size_t p = 0; p < prepared.plans.size(); ++p) {
    const lock::BasePin& pin = *find_pin(prepared.base_lock, settings.base, platforms[p]);
    ImageParts parts{.base = bases[p].get(),
                     .plan = &informed.plans[p],
                     .base_name = settings.base,
                     .base_digest = pin.kind == "image" ? pin.digest : ""};
    parts.layers.push_back(venv_layer(informed.plans[p], pin, settings, ports.store));
    for (const MadeLayer& made : layers.platforms[p]) {
      parts.layers.push_back(wheel_layer(made, ports.store));
    }
    parts.layers.insert(parts.layers.end(), sources.begin(), sources.end());
    images.push_back(assemble(parts, shared));
  }
  oci::BuiltIndex index = index_of(std::move(images), shared);
  watch.lap("base");

  write_outputs(index, references, options, ports, outcome);
  describe(index, outcome);
  outcome.layers_made = layers.made;
  outcome.layers_reused = layers.reused;
  outcome.findings = std::move(known);
  std::ranges::move(found, std::back_inserter(outcome.findings));
  records.keep(inputs, options, scanned, index, outcome);
  watch.lap("write");
  return outcome;
}

}  // namespace cartwheel::build
