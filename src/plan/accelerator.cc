#include "plan/accelerator.h"

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

#include "core/url.h"
#include "util/text.h"

namespace cartwheel::plan {

namespace {

bool all_digits(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c) != 0; });
}

// "12.1.105" → "12.1"
std::string major_minor(const std::string& version) {
  std::size_t first = version.find('.');
  return version.substr(0, first == std::string::npos ? first : version.find('.', first + 1));
}

std::optional<Accelerator> from_local_version(const lock::Package& package) {
  std::size_t plus = package.version.find('+');
  if (plus == std::string::npos) {
    return std::nullopt;
  }
  std::string local = package.version.substr(plus + 1);
  std::optional<std::string> name = accelerator_of_tag(local);  // rocm6.4 has a dot of its own
  for (std::string_view part : util::split(local, '.')) {
    name = name ? name : accelerator_of_tag(std::string(part));
  }
  return name ? std::optional<Accelerator>({*name, "local version +" + local}) : std::nullopt;
}

// The CUDA version that a package of NVIDIA's tells by its own version: its run time is numbered as
// CUDA is.
std::optional<std::string> cuda_of_runtime(const lock::Package& package) {
  static constexpr std::array<std::string_view, 2> kRuntimes{"nvidia-cuda-runtime",
                                                             "nvidia-cuda-nvrtc"};
  for (std::string_view runtime : kRuntimes) {
    std::string_view name = package.name;
    if (name == runtime ||
        (name.starts_with(runtime) && name.substr(runtime.size()).starts_with("-cu"))) {
      return "cuda " + major_minor(package.version);
    }
  }
  return std::nullopt;
}

// The CUDA major at the end of a name: "nvidia-cublas-cu12", "cupy-cuda12x", "jax-cuda12-plugin".
std::optional<std::string> cuda_of_name(const std::string& name) {
  for (std::string_view part : util::split(name, '-')) {
    for (std::string_view prefix : {"cuda", "cu"}) {
      std::string_view digits = part.starts_with(prefix) ? part.substr(prefix.size()) : "";
      if (digits.ends_with('x')) {
        digits.remove_suffix(1);
      }
      if (all_digits(digits) && digits.size() == 2) {
        return "cuda " + std::string(digits);
      }
    }
  }
  return std::nullopt;
}

std::optional<Accelerator> from_own_name(const lock::Package& package) {
  if (std::optional<std::string> cuda = cuda_of_runtime(package)) {
    return Accelerator{*cuda, package.name + " " + package.version};
  }
  if (std::optional<std::string> cuda = cuda_of_name(package.name)) {
    return Accelerator{*cuda, "name " + package.name};
  }
  return std::nullopt;
}

std::optional<Accelerator> from_dependencies(
    const std::vector<const lock::Package*>& dependencies) {
  std::optional<Accelerator> major;
  for (const lock::Package* dependency : dependencies) {
    if (std::optional<std::string> cuda = cuda_of_runtime(*dependency)) {
      return Accelerator{*cuda, dependency->name + " " + dependency->version};
    }
    std::optional<std::string> cuda =
        dependency->name.starts_with("nvidia-") ? cuda_of_name(dependency->name) : std::nullopt;
    if (cuda && !major) {
      major = Accelerator{*cuda, "needs " + dependency->name};
    }
  }
  return major;
}

// ".../whl/cu121", ".../whl/cpu/torch": the last parts of the index's path.
std::optional<Accelerator> from_index(const lock::Package& package) {
  if (package.source.kind != lock::SourceKind::registry ||
      !core::Url::is_url(package.source.location)) {
    return std::nullopt;
  }
  const core::Url index = core::Url::parse(package.source.location);  // the parts are views of it
  for (std::string_view part : util::split(index.path, '/')) {
    if (std::optional<std::string> name = accelerator_of_tag(std::string(part))) {
      return Accelerator{*name, "index /" + std::string(part)};
    }
  }
  return std::nullopt;
}

// Packages that exist once for a GPU and once for a CPU under names of their own, and those that
// are for a GPU only.
std::optional<Accelerator> from_known_name(const std::string& name) {
  static constexpr std::array<std::string_view, 6> kCuda{"onnxruntime-gpu",
                                                         "faiss-gpu",
                                                         "tensorflow-gpu",
                                                         "paddlepaddle-gpu",
                                                         "flash-attn",
                                                         "tensorrt"};
  static constexpr std::array<std::string_view, 4> kCpu{
      "onnxruntime", "faiss-cpu", "tensorflow-cpu", "paddlepaddle"};
  if (std::ranges::find(kCuda, name) != kCuda.end()) {
    return Accelerator{"cuda", "name " + name};
  }
  if (std::ranges::find(kCpu, name) != kCpu.end()) {
    return Accelerator{"cpu", "name " + name};
  }
  return std::nullopt;
}

std::optional<Accelerator> from_facts(const facts::WheelFacts* facts) {
  if (facts == nullptr || facts->elf.empty()) {
    return std::nullopt;
  }
  constexpr std::string_view kRuntime = "libcudart.so.";
  for (const facts::ElfFacts& elf : facts->elf) {
    for (const std::string& needed : elf.needed) {
      if (needed.starts_with(kRuntime)) {
        return Accelerator{
            "cuda " +
                needed.substr(kRuntime.size(), needed.find('.', kRuntime.size()) - kRuntime.size()),
            elf.path.substr(elf.path.rfind('/') + 1) + " needs " + needed};
      }
      if (needed == "libcuda.so.1") {
        return Accelerator{"cuda", elf.path.substr(elf.path.rfind('/') + 1) + " needs " + needed};
      }
      if (needed.starts_with("libamdhip64.so")) {
        return Accelerator{"rocm", elf.path.substr(elf.path.rfind('/') + 1) + " needs " + needed};
      }
    }
  }
  if (!facts->cuda_sass.empty() || !facts->cuda_ptx.empty()) {
    return Accelerator{"cuda", "holds code for a GPU"};
  }
  return Accelerator{"cpu", "its libraries need no GPU"};
}

// Wheels whose CPU and CUDA builds share name, version and index on one machine type: torch without
// a local version. Without nvidia packages among its dependencies, such a wheel computes on the
// CPU.
bool is_framework(const std::string& name) {
  static constexpr std::array<std::string_view, 3> kNames{"torch", "torchvision", "torchaudio"};
  return std::ranges::find(kNames, name) != kNames.end();
}

std::optional<Accelerator> of_framework(const AcceleratorQuestion& question) {
  if (!is_framework(question.package.name)) {
    return std::nullopt;
  }
  for (const lock::Package* dependency : question.dependencies) {
    if (dependency->name == "torch" || dependency->name == "triton") {
      return std::nullopt;  // told by torch itself, or a GPU build after all
    }
  }
  return question.package.name == "torch"
             ? std::optional<Accelerator>({"cpu", "no nvidia packages among its dependencies"})
             : std::nullopt;
}

}  // namespace

std::optional<std::string> accelerator_of_tag(const std::string& tag) {
  if (tag == "cpu" || tag == "xpu") {
    return tag;
  }
  if (tag.starts_with("cu") && all_digits(std::string_view(tag).substr(2)) && tag.size() >= 4 &&
      tag.size() <= 6) {
    std::string digits = tag.substr(2);
    std::size_t major = digits.size() == 2 ? 1 : 2;
    return "cuda " + digits.substr(0, major) + "." + digits.substr(major);
  }
  if (tag.starts_with("rocm") && tag.size() > 4 &&
      std::isdigit(static_cast<unsigned char>(tag[4])) != 0) {
    return "rocm " + major_minor(tag.substr(4));
  }
  return std::nullopt;
}

std::optional<Accelerator> accelerator_of(const AcceleratorQuestion& question) {
  if (std::optional<Accelerator> found = from_local_version(question.package)) {
    return found;
  }
  if (question.wheel_filename.ends_with("-any.whl")) {
    return std::nullopt;
  }
  for (const auto& step : {std::function([&] { return from_own_name(question.package); }),
                           std::function([&] { return from_dependencies(question.dependencies); }),
                           std::function([&] { return from_index(question.package); }),
                           std::function([&] { return from_facts(question.facts); }),
                           std::function([&] { return from_known_name(question.package.name); }),
                           std::function([&] { return of_framework(question); })}) {
    if (std::optional<Accelerator> found = step()) {
      return found;
    }
  }
  return std::nullopt;
}

bool accelerator_matches(const std::string& wanted, const std::string& found) {
  if (!found.starts_with(wanted)) {
    return false;
  }
  return found.size() == wanted.size() || found[wanted.size()] == ' ' ||
         found[wanted.size()] == '.';
}

}  // namespace cartwheel::plan
