#include "plan/jit.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

namespace cartwheel::plan {

namespace {

// What triton takes for a C compiler (triton/runtime/build.py): CC, clang, gcc; cc is either.
constexpr std::array<std::string_view, 3> kCompilers = {"cc", "clang", "gcc"};

bool has_package(const Plan& plan, std::string_view name) {
  return std::ranges::find(plan.packages, name, &PlannedPackage::name) != plan.packages.end();
}

bool has_program(const facts::BaseFacts& base, std::string_view name) {
  return std::ranges::find(base.programs, name) != base.programs.end();
}

bool has_compiler(const facts::BaseFacts& base, const settings::Settings& settings) {
  return settings.jit == "gcc" || settings.env.contains("CC") ||
         std::ranges::any_of(kCompilers,
                             [&](std::string_view name) { return has_program(base, name); });
}

void find(Plan& plan,
          Severity severity,
          const std::string& package,
          const std::string& message,
          const std::string& remedy) {
  plan.findings.push_back({.code = "jit-compiler-missing",
                           .severity = severity,
                           .platform = plan.target.platform.str(),
                           .package = package,
                           .message = message,
                           .remedy = remedy});
}

// torch without torch.compile() never asks triton for anything, so this stops nobody.
void check_triton(Plan& plan,
                  const std::string& name,
                  const facts::BaseFacts& base,
                  const settings::Settings& settings) {
  bool compiles = has_compiler(base, settings);
  bool finds_driver = has_program(base, "ldconfig");
  if (!has_package(plan, name) || (compiles && finds_driver)) {
    return;
  }
  find(plan,
       Severity::info,
       name,
       fmt::format("{} (torch.compile) wants {} at run time, and the image has none",
                   name,
                   compiles       ? "ldconfig, to find the driver,"
                   : finds_driver ? "a C compiler"
                                  : "a C compiler and ldconfig"),
       compiles ? "add Debian's libc-bin"
                : "set jit = \"gcc\" (adds gcc and libc6-dev) if torch.compile or triton is used");
}

void check_flashinfer(Plan& plan, const facts::BaseFacts& base) {
  constexpr const char* kName = "flashinfer-python";
  bool has_kernels = has_package(plan, "flashinfer-jit-cache");
  if (has_package(plan, kName) && !has_kernels && !has_program(base, "nvcc")) {
    find(
        plan,
        Severity::warning,
        kName,
        "flashinfer-python compiles its kernels with nvcc and ninja at run time, and the image has "
        "no nvcc",
        "add flashinfer-jit-cache (and flashinfer-cubin) to the project's requirements, or choose "
        "a base with CUDA's compiler");
  }
}

}  // namespace

void add_jit(Plan& plan, const facts::BaseFacts& base, const settings::Settings& settings) {
  if (base.libraries.empty()) {
    return;
  }
  for (const char* name : {"triton", "pytorch-triton", "pytorch-triton-rocm"}) {
    check_triton(plan, name, base, settings);
  }
  check_flashinfer(plan, base);
}

std::vector<std::string> jit_packages(const settings::Settings& settings) {
  return settings.jit == "gcc" ? std::vector<std::string>{"gcc", "libc6-dev"}
                               : std::vector<std::string>();
}

}  // namespace cartwheel::plan
