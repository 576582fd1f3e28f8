#include "build/make_index.h"

#include <algorithm>
#include <future>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

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
#include "build/pins.h"
#include "build/project_wheels.h"
#include "build/runtime.h"
#include "build/source_trees.h"
#include "build/wheel_jobs.h"
#include "build/wheel_layers.h"
#include "memo/layer_memo.h"
#include "python/names.h"

namespace cartwheel::build {

namespace {

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

// What an image's environment, wheels and sources lie on.
struct Ground {
  oci::Image whole;                // the base, and Debian's packages on top of it
  std::optional<AptLayer> debian;  // these packages
  Runtime runtime;                 // in view of all files of both
};

// One image index in the making: what a stage leaves is there for those after it.
class Making {
 public:
  Making(Work& work, const Ports& ports)
      : work_(work),
        ports_(ports),
        prepared_(*work.prepared),
        settings_(prepared_.loaded.settings),
        platforms_(prepared_.platforms()),
        certificates_(company_certificates(settings_, work.inputs.folder)),
        memo_(*ports.store, work.options.verify_memo) {}

  // The stages, in order.
  void begin_bases();
  void begin_debian_layers(const Prepared& prepared);
  void build_what_has_no_wheel();
  void make_wheels_layers();
  void lay_grounds();
  void make_own_layers();
  void look_inside(const OnFindings& on_findings);
  oci::BuiltIndex assemble_images();
  void write(const oci::BuiltIndex& index);

 private:
  const lock::BasePin& pin_of(std::size_t platform) const {
    return *find_pin(prepared_.base_lock, settings_.base, platforms_[platform]);
  }
  layer::Services services() {
    return {.store = *ports_.store,
            .memo = memo_,
            .progress = ports_.progress,
            .threads = work_.options.threads,
            .compiler = python_ ? python_->interpreter.get() : nullptr};
  }
  const CompilingPython* python() const { return python_ ? &*python_ : nullptr; }
  StackedLayer tool(const char* name, std::size_t platform) const;
  std::vector<StackedLayer> layers_above(oci::Image& base, std::size_t platform);

  Work& work_;
  const Ports& ports_;
  Prepared& prepared_;
  const settings::Settings& settings_;
  const std::vector<core::Platform> platforms_;  // as prepared_.plans; so is all that follows
  const std::vector<std::string> certificates_;
  memo::LayerMemo memo_;
  std::optional<Prepared> informed_;  // prepared_ again, knowing the inside of every wheel
  std::vector<std::shared_future<oci::Image>> bases_;
  std::vector<std::future<std::optional<AptLayer>>> debian_layers_;
  std::optional<CompilingPython> python_;
  std::vector<ScannedTree> scanned_;
  WheelLayers wheel_layers_;
  std::vector<Ground> grounds_;
  std::vector<std::vector<StackedLayer>> own_layers_;  // project, files and data, above the wheels
  std::vector<plan::Finding> known_, found_;           // before the inside was known, and by it
};

// Bases are made beside the wheels; their packages come over the same connections.
void Making::begin_bases() {
  bases_.reserve(platforms_.size());
  for (std::size_t p = 0; p < platforms_.size(); ++p) {
    bases_.emplace_back(std::async(std::launch::async, [this, p] {
      return base::compose(
          pin_of(p), settings_.base, settings_.compression, base_context(work_.options, ports_));
    }));
  }
}

// Packages on top of the bases.
void Making::begin_debian_layers(const Prepared& prepared) {
  debian_layers_.clear();  // waits for those that are under way
  debian_layers_.reserve(platforms_.size());
  for (std::size_t p = 0; p < platforms_.size(); ++p) {
    debian_layers_.emplace_back(
        std::async(std::launch::async, [this, &prepared, p, base = bases_[p]] {
          base.wait();  // whose packages are in the store then
          return apt_layer(prepared.loaded.settings,
                           prepared.base_lock,
                           *find_pin(prepared.base_lock, settings_.base, platforms_[p]),
                           work_.options.variant,
                           base_context(work_.options, ports_),
                           ports_.store);
        }));
  }
}

void Making::build_what_has_no_wheel() {
  prepared_.output_paths = output_paths(work_.references);
  build_wheels(prepared_, work_.inputs, work_.options, ports_);
  for (const SourceTree& source : prepared_.sources) {
    scanned_.push_back(scan(source, work_.inputs.folder, prepared_.output_paths, *ports_.store));
    warn_of_remarks(scanned_.back(), ports_.progress);
  }
  std::vector<std::string> own{
      settings_.workdir, settings_.prefix + "/bin/python", settings_.prefix + "/lib/site-packages"};
  for (const core::Platform& platform : platforms_) {
    const lock::BasePin& pin = *find_pin(prepared_.base_lock, settings_.base, platform);
    own.push_back(pin.facts.python_path);
  }
  check_targets(scanned_, own);
}

void Making::make_wheels_layers() {
  python_ = compiling_python(prepared_, bases_, work_.options, ports_);
  WheelJobs jobs = wheel_jobs(prepared_, work_.inputs, python_ ? &python_->bytecode : nullptr);
  wheel_layers_ = make_wheel_layers(jobs.wheels,
                                    jobs.platforms,
                                    {.folder = work_.inputs.lock_path.parent_path(),
                                     .transfers = work_.options.transfers,
                                     .offline = work_.options.offline},
                                    ports_.http,
                                    services());
}

// Of the bases and the packages that are under way.
void Making::lay_grounds() {
  grounds_.clear();
  for (std::size_t p = 0; p < platforms_.size(); ++p) {
    Ground ground{.whole = bases_[p].get(), .debian = debian_layers_[p].get(), .runtime = {}};
    if (ground.debian) {
      ground.whole.layers.push_back(ground.debian->stacked.layer);
    }
    ground.runtime = make_runtime(settings_, pin_of(p), ground.whole, certificates_, *ports_.store);
    grounds_.push_back(std::move(ground));
  }
}

void Making::make_own_layers() {
  for (std::size_t p = 0; p < platforms_.size(); ++p) {
    const auto parents = layer_parents(grounds_[p].runtime, pin_of(p));
    own_layers_.push_back(
        source_layers(scanned_, prepared_.loaded, parents, python(), ports_.store, memo_));
    std::ranges::move(data_layers(settings_, scanned_, parents, work_.options, ports_, memo_),
                      std::back_inserter(own_layers_[p]));
  }
}

// Now the inside of every wheel is known: the accelerators and findings are those of a full memo,
// whatever it held before.
void Making::look_inside(const OnFindings& on_findings) {
  known_ = prepared_.findings();
  informed_ = prepare(work_.inputs, work_.options, *ports_.store, &prepared_);
  if (settings_.apt_auto && pin_automatic_packages(work_, *informed_, &prepared_, ports_)) {
    begin_debian_layers(*informed_);
    lay_grounds();
  }
  found_ = findings_beyond(informed_->findings(), known_);
  std::ranges::move(collision_findings(wheel_layers_, prepared_), std::back_inserter(found_));
  report(found_, on_findings);
}

StackedLayer Making::tool(const char* name, std::size_t platform) const {
  return tool_layer(*find_tool(prepared_.base_lock, name, platforms_[platform]),
                    grounds_[platform].whole,
                    settings_.compression,
                    base_context(work_.options, ports_),
                    ports_.store);
}

// Our layers, bottom to top. The base counts as made when the newest of Debian's packages was.
std::vector<StackedLayer> Making::layers_above(oci::Image& base, std::size_t platform) {
  const lock::BasePin& pin = pin_of(platform);
  const plan::Plan& plan = informed_->plans[platform];
  Ground& ground = grounds_[platform];
  std::vector<StackedLayer> layers;
  const auto add = [&](std::optional<StackedLayer> layer) {
    if (layer) {
      layers.push_back(std::move(*layer));
    }
  };
  if (python_) {
    add(stdlib_layer(base, pin, python_->bytecode, settings_, ports_.store, services()));
  }
  if (ground.debian) {
    base.created = std::max(base.created, ground.debian->created);
    add(std::move(ground.debian->stacked));
  }
  if (settings_.init) {
    add(tool(base::kTini, platform));
  }
  add(venv_layer(plan, pin, ground.runtime, settings_, ports_.store));
  for (const MadeLayer& made : wheel_layers_.platforms[platform]) {
    add(wheel_layer(made, ports_.store));
  }
  add(loader_layer(plan, ground.whole, pin, settings_, ports_.store));
  std::ranges::move(own_layers_[platform], std::back_inserter(layers));
  if (work_.options.debug) {
    add(tool(base::kBusybox, platform));
  }
  return layers;
}

// From here on there are only values: every layer's digest and diff_id is known.
oci::BuiltIndex Making::assemble_images() {
  const auto [title, version] = title_of(prepared_);
  const ImageSettings shared{.settings = settings_,
                             .title = title,
                             .version = version,
                             .lock_digest = core::Digest::of(work_.inputs.lock_text).str(),
                             .source_date_epoch = work_.options.source_date_epoch};
  std::vector<oci::Image> images;
  for (std::size_t p = 0; p < platforms_.size(); ++p) {
    ImageParts parts{.base = bases_[p].get(),
                     .plan = &informed_->plans[p],
                     .runtime = &grounds_[p].runtime,
                     .base_name = settings_.base,
                     .base_digest = pin_of(p).kind == "image" ? pin_of(p).digest : "",
                     .debug = work_.options.debug};
    parts.layers = layers_above(parts.base, p);
    images.push_back(assemble(parts, shared));
  }
  return index_of(std::move(images), shared);
}

void Making::write(const oci::BuiltIndex& index) {
  Outcome& outcome = work_.outcome;
  write_outputs(index, work_.outputs, work_.options, ports_, outcome);
  describe(index, outcome);
  outcome.layers_made = wheel_layers_.made;
  outcome.layers_reused = wheel_layers_.reused;
  outcome.findings = std::move(known_);
  std::ranges::move(found_, std::back_inserter(outcome.findings));
  std::ranges::move(prepared_.built_trees, std::back_inserter(scanned_));
  BuildRecords(*ports_.store, prepared_.output_paths)
      .keep(work_.inputs, work_.options, scanned_, index, outcome);
}

}  // namespace

void make_index(Work& work, const Ports& ports, const OnFindings& on_findings) {
  Stopwatch watch(work.outcome.stages);
  Making making(work, ports);
  making.begin_bases();
  making.begin_debian_layers(*work.prepared);
  making.build_what_has_no_wheel();
  making.make_wheels_layers();
  making.lay_grounds();
  making.make_own_layers();
  watch.lap("layers");
  making.look_inside(on_findings);
  const oci::BuiltIndex index = making.assemble_images();
  watch.lap("base");
  making.write(index);
  watch.lap("write");
}

}  // namespace cartwheel::build
