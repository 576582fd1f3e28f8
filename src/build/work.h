#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "build/build.h"
#include "build/inputs.h"
#include "build/options.h"
#include "build/outputs.h"
#include "build/prepare.h"
#include "transport/transport.h"

namespace cartwheel::build {

// One image index on its way: the whole project's, or that of a variant.
struct Work {
  Options options;
  std::vector<transport::Reference> references;
  Inputs inputs;
  std::optional<Prepared> prepared;  // nothing: the memo answered
  std::vector<Output> outputs;
  Outcome outcome;
};

// Throws Error{usage} without any output, and for one that is none.
Work begin_work(const Options& options, Inputs inputs);

// Reads the inputs anew and decides anew: after cartwheel.lock has changed, which tells more of the
// base than its definition does. built: as for prepare().
Prepared prepare_again(Work& work, const Ports& ports, const Prepared* built = nullptr);

// With apt-auto, what the wheels need of Debian may be known only now: pins it, and decides anew.
// Says whether it did.
bool pin_automatic_packages(Work& work,
                            Prepared& prepared,
                            const Prepared* built,
                            const Ports& ports);

// Says what was found. Throws Error{refused} when one of it is an error.
void report(const std::vector<plan::Finding>& findings, const OnFindings& on_findings);

// Those of `all` that are not in `said`.
std::vector<plan::Finding> findings_beyond(const std::vector<plan::Finding>& all,
                                           const std::vector<plan::Finding>& said);

// Outcome::stages, as they end.
class Stopwatch {
 public:
  explicit Stopwatch(std::vector<std::pair<std::string, double>>& stages) : stages_(stages) {}
  // The stage that ends here.
  void lap(const std::string& name);

 private:
  std::vector<std::pair<std::string, double>>& stages_;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

}  // namespace cartwheel::build
