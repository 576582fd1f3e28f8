#include "build/build.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "build/build_record.h"
#include "build/bytecode.h"
#include "build/inputs.h"
#include "build/make_index.h"
#include "build/outputs.h"
#include "build/pins.h"
#include "build/prepare.h"
#include "build/variants.h"
#include "build/work.h"

namespace cartwheel::build {

namespace {

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
      work.prepared = prepare_again(work, ports);
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
      work.prepared = prepare_again(work, ports);
      pin_automatic_packages(work, *work.prepared, nullptr, ports);
      report(findings_beyond(work.prepared->findings(), said), on_findings);
    }
  }
  return true;
}

}  // namespace

std::vector<Outcome> build(const Options& options,
                           const Ports& ports,
                           const OnFindings& on_findings) {
  const Inputs inputs = read_inputs(options);
  const std::vector<Options> variants = options_of_variants(options, inputs);
  std::vector<Work> works;
  works.reserve(variants.size());
  for (const Options& variant : variants) {
    works.push_back(begin_work(variant, inputs));
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
  report(findings, on_findings);
  Stopwatch watch(works.front().outcome.stages);
  if (make_missing_pins(works, ports, on_findings)) {
    watch.lap("pins");
  }

  // What one variant has made the next one finds in the store.
  std::vector<Outcome> outcomes;
  for (Work& work : works) {
    if (work.prepared) {
      make_index(work, ports, on_findings);
      work.prepared.reset();
    }
    outcomes.push_back(std::move(work.outcome));
  }
  return outcomes;
}

}  // namespace cartwheel::build
