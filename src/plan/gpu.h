#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "facts/base_facts.h"
#include "facts/wheel_facts.h"
#include "plan/plan.h"
#include "settings/settings.h"

namespace cartwheel::plan {

struct GpuInput {
  const facts::BaseFacts& base;
  const settings::Settings& settings;
  // What the memo knows of a wheel.
  std::function<std::optional<facts::WheelFacts>(const core::Digest&)> facts;
};

// Fills plan.gpu and adds what of it is a problem to plan.findings (docs/gpu.md): gpu-unsupported,
// gpu-system-differs, cuda-twice, library-path. Pure.
void add_gpu(Plan& plan, const GpuInput& input);

// The smallest driver for a CUDA ("12.1", "12"): with it everything runs that is compiled for the
// GPU, by minor version compatibility. "" for a CUDA that is not known.
std::string minimum_driver(const std::string& cuda);
// The driver that a toolkit came with: from it on PTX that this toolkit made is taken as well. ""
// for a toolkit that is not known.
std::string toolkit_driver(const std::string& cuda);

// The architectures that a package's code is for, without those of a few strays. The measure is the
// largest number of pieces of machine code for one architecture (without any, of PTX): machine code
// counts from a twentieth of it on, because libraries have special kernels for some GPUs and the
// numbers differ much; PTX from half of it on, because every kernel has it when a wheel is meant to
// run on later GPUs. In order of age.
struct GpuArchitectures {
  std::vector<std::string> sass, ptx;
};
GpuArchitectures architectures_of(const GpuCode& code);

// Whether code for these runs on a GPU ("sm_90"): machine code of the same major and a minor that
// is not above (of "sm_90a" on 9.0 alone), or PTX that is not newer (of "compute_90a" and
// "compute_100f" as machine code). An H200 says the same (tests/interop/gpu/programs.tsv).
bool has_code_for(const std::string& gpu, const GpuArchitectures& code);

// Why a wheel is one for NVIDIA's Jetson: "index /jp6"; nothing for others.
std::optional<std::string> jetson_reason(const PlannedPackage& package);

}  // namespace cartwheel::plan
