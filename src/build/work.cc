#include "build/work.h"

#include <algorithm>

#include <fmt/format.h>

#include "build/pins.h"
#include "util/error.h"

namespace cartwheel::build {

using util::Error;
using util::ErrorKind;

Work begin_work(const Options& options, Inputs inputs) {
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

Prepared prepare_again(Work& work, const Ports& ports, const Prepared* built) {
  work.inputs = read_inputs(work.options);
  return prepare(work.inputs, work.options, *ports.store, built);
}

bool pin_automatic_packages(Work& work,
                            Prepared& prepared,
                            const Prepared* built,
                            const Ports& ports) {
  if (!ensure_pins(prepared.base_lock,
                   prepared.loaded,
                   prepared.platforms(),
                   work.inputs,
                   work.options,
                   ports)) {
    return false;
  }
  prepared = prepare_again(work, ports, built);
  return true;
}

void report(const std::vector<plan::Finding>& findings, const OnFindings& on_findings) {
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

void Stopwatch::lap(const std::string& name) {
  const auto now = std::chrono::steady_clock::now();
  stages_.emplace_back(name, std::chrono::duration<double>(now - begun_).count());
  begun_ = now;
}

}  // namespace cartwheel::build
