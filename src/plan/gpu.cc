#include "plan/gpu.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "core/url.h"
#include "plan/add_finding.h"
#include "util/text.h"

namespace cartwheel::plan {

namespace {

using Row = std::pair<std::string_view, std::string_view>;

// NVIDIA, "CUDA Compatibility", minor version compatibility
// (docs.nvidia.com/deploy/cuda-compatibility/minor-version-compatibility.html): linux, x86_64 and
// aarch64 (sbsa) alike.
constexpr std::array<Row, 3> kMinimum = {{
    {"11", "450.80.02"},
    {"12", "525.60.13"},
    {"13", "580.65.06"},
}};

// NVIDIA, "CUDA Toolkit Release Notes", table "CUDA Toolkit and Corresponding Driver Versions"
// (docs.nvidia.com/cuda/cuda-toolkit-release-notes): the first release of each minor, linux.
constexpr std::array<Row, 21> kToolkit = {{
    {"11.1", "455.23"},    {"11.2", "460.27.03"}, {"11.3", "465.19.01"}, {"11.4", "470.42.01"},
    {"11.5", "495.29.05"}, {"11.6", "510.39.01"}, {"11.7", "515.43.04"}, {"11.8", "520.61.05"},
    {"12.0", "525.60.13"}, {"12.1", "530.30.02"}, {"12.2", "535.54.03"}, {"12.3", "545.23.06"},
    {"12.4", "550.54.14"}, {"12.5", "555.42.02"}, {"12.6", "560.28.03"}, {"12.8", "570.26"},
    {"12.9", "575.51.03"}, {"13.0", "580.65.06"}, {"13.1", "590.44.01"}, {"13.2", "595.45.04"},
    {"13.3", "610.43.02"},
}};

std::string look_up(std::span<const Row> table, std::string_view key) {
  auto found = std::ranges::find(table, key, &Row::first);
  return found == table.end() ? "" : std::string(found->second);
}

// "sm_90a" → {90, 'a'}, "compute_100f" → {100, 'f'}, "compute_75" → {75, 0}.
struct Architecture {
  unsigned number = 0;
  char suffix = 0;
  unsigned major() const { return number / 10; }
};
Architecture architecture_of(std::string_view text) {
  Architecture out;
  text.remove_prefix(text.find('_') + 1);
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out.number);
  out.suffix = end != text.data() + text.size() ? *end : '\0';
  return out;
}

bool runs_on(const Architecture& code, const Architecture& gpu) {
  if (code.suffix == 'a') {
    return code.number == gpu.number;
  }
  return code.major() == gpu.major() && code.number <= gpu.number;
}

// "12.1" of "cuda 12.1"; "" for another accelerator.
std::string cuda_of(const std::string& accelerator) {
  constexpr std::string_view kPrefix = "cuda ";
  return accelerator.starts_with(kPrefix) ? accelerator.substr(kPrefix.size()) : "";
}

bool is_cuda(const std::string& accelerator) { return accelerator.starts_with("cuda"); }

bool brings_cuda_libraries(const PlannedPackage& package) {
  return package.name.starts_with("nvidia-") && package.accelerator.has_value();
}

class GpuFinder {
 public:
  GpuFinder(Plan& plan, const GpuInput& input) : plan_(plan), input_(input) {}

  void run() {
    plan_.gpu = Gpu();
    if (is_cuda(plan_.accelerator)) {
      std::string cuda = cuda_of(plan_.accelerator);
      bool is_jetson = plan_.target.platform.machine() == "aarch64" &&
                       input_.settings.arm64 == "jetson";  // its driver comes with JetPack
      plan_.gpu.driver = is_jetson ? "" : minimum_driver(cuda);
      plan_.gpu.driver_for_ptx = is_jetson ? "" : toolkit_driver(cuda);
    }
    read_code();
    check_expected();
    check_systems();
    check_base();
  }

 private:
  void read_code() {
    for (const PlannedPackage& package : plan_.packages) {
      std::optional<core::Digest> digest =
          package.wheel ? package.wheel->sha256() : std::optional<core::Digest>();
      std::optional<facts::WheelFacts> facts = digest ? input_.facts(*digest) : std::nullopt;
      if (facts && (!facts->cuda_sass.empty() || !facts->cuda_ptx.empty())) {
        plan_.gpu.code.push_back(
            {.package = package.name, .sass = facts->cuda_sass, .ptx = facts->cuda_ptx});
      }
    }
  }

  // The GPUs that the settings want of this platform.
  std::vector<std::string> expected() const {
    const auto& all = input_.settings.expect_gpu;
    if (auto own = all.find(plan_.target.platform.str()); own != all.end()) {
      return own->second;
    }
    auto common = all.find("");
    return common != all.end() && is_cuda(plan_.accelerator) ? common->second
                                                             : std::vector<std::string>();
  }

  void check_expected() {
    bool is_known = std::ranges::all_of(plan_.packages, &PlannedPackage::inside_known);
    for (const std::string& gpu : expected()) {
      for (const GpuCode& code : plan_.gpu.code) {
        GpuArchitectures architectures = architectures_of(code);
        if (!has_code_for(gpu, architectures)) {
          add_finding(plan_,
                      "gpu-unsupported",
                      Severity::error,
                      code.package,
                      fmt::format("{} has no code for {}: machine code for {}, PTX for {}",
                                  code.package,
                                  gpu,
                                  listed(architectures.sass),
                                  listed(architectures.ptx)),
                      "choose a version that is built for that GPU, or change expect-gpu");
        }
      }
      if (plan_.gpu.code.empty() && is_known) {
        add_finding(
            plan_,
            "gpu-unsupported",
            Severity::error,
            "",
            fmt::format("{} is expected, and no wheel holds code for a GPU", gpu),
            "see 'cartwheel plan --why torch' for the markers that decide, or change expect-gpu");
      }
    }
  }

  static std::string listed(const std::vector<std::string>& names) {
    return names.empty() ? "none" : util::join(names, ", ");
  }

  // Wheels for servers on a Jetson, and the other way round. From CUDA 13 on they are the same.
  void check_systems() {
    if (plan_.target.platform.machine() != "aarch64") {
      return;
    }
    bool wants_jetson = input_.settings.arm64 == "jetson";
    for (const PlannedPackage& package : plan_.packages) {
      std::optional<std::string> reason = jetson_reason(package);
      if (reason && !wants_jetson) {
        add_finding(
            plan_,
            "gpu-system-differs",
            Severity::error,
            package.name,
            fmt::format("{} is a wheel for Jetson ({}), and linux/arm64 is for servers here",
                        package.name,
                        *reason),
            "lock a wheel for servers (sbsa), or set arm64 = \"jetson\"");
      } else if (!reason && wants_jetson && is_for_servers(package)) {
        add_finding(
            plan_,
            "gpu-system-differs",
            Severity::error,
            package.name,
            fmt::format("{} is a CUDA wheel for servers ({}), and linux/arm64 is for Jetson here",
                        package.name,
                        package.accelerator_reason),
            "lock NVIDIA's wheel for Jetson, or drop arm64 = \"jetson\"");
      }
    }
  }

  static bool is_for_servers(const PlannedPackage& package) {
    constexpr int kSameFrom = 13;
    std::string cuda = package.accelerator ? cuda_of(*package.accelerator) : "";
    int major = 0;
    std::from_chars(cuda.data(), cuda.data() + cuda.size(), major);
    return package.accelerator && is_cuda(*package.accelerator) && major < kSameFrom;
  }

  void check_base() {
    bool brought = std::ranges::any_of(plan_.packages, brings_cuda_libraries);
    if (!brought) {
      return;
    }
    if (!input_.base.cuda.empty()) {
      add_finding(
          plan_,
          "cuda-twice",
          Severity::warning,
          "",
          fmt::format("the base carries CUDA{} in {}, and the wheels bring their own ({})",
                      input_.base.cuda == "?" ? "" : " " + input_.base.cuda,
                      util::human_bytes(input_.base.cuda_size),
                      plan_.accelerator),
          "choose a base without CUDA: the wheels need nothing of it but the host's driver");
    }
    auto env = input_.settings.env.find("LD_LIBRARY_PATH");
    if (!input_.base.library_path.empty() && env == input_.settings.env.end()) {
      add_finding(
          plan_,
          "library-path",
          Severity::warning,
          "",
          fmt::format("the base sets LD_LIBRARY_PATH={}, which wins over the libraries that "
                      "NVIDIA's wheels find by their RUNPATH",
                      input_.base.library_path),
          "set env = { LD_LIBRARY_PATH = \"\" }, or choose a base without it");
    }
  }

  Plan& plan_;
  const GpuInput& input_;
};

}  // namespace

void add_gpu(Plan& plan, const GpuInput& input) { GpuFinder(plan, input).run(); }

std::string minimum_driver(const std::string& cuda) {
  return look_up(kMinimum, std::string_view(cuda).substr(0, cuda.find('.')));
}

std::string toolkit_driver(const std::string& cuda) { return look_up(kToolkit, cuda); }

GpuArchitectures architectures_of(const GpuCode& code) {
  constexpr std::uint64_t kStray = 20;
  std::uint64_t largest = 0;
  for (const auto& [name, count] : code.sass.empty() ? code.ptx : code.sass) {
    largest = std::max(largest, count);
  }
  GpuArchitectures out;
  for (const auto& [name, count] : code.sass) {
    if (count * kStray >= largest) {
      out.sass.push_back(name);
    }
  }
  for (const auto& [name, count] : code.ptx) {
    if (count * 2 >= largest) {
      out.ptx.push_back(name);
    }
  }
  auto place = [](const std::string& name) {
    Architecture architecture = architecture_of(name);
    return std::pair(architecture.number, architecture.suffix);
  };
  std::ranges::sort(out.sass, {}, place);
  std::ranges::sort(out.ptx, {}, place);
  return out;
}

bool has_code_for(const std::string& gpu, const GpuArchitectures& code) {
  Architecture wanted = architecture_of(gpu);
  return std::ranges::any_of(
             code.sass,
             [&](const std::string& name) { return runs_on(architecture_of(name), wanted); }) ||
         std::ranges::any_of(code.ptx, [&](const std::string& name) {
           Architecture architecture = architecture_of(name);
           return architecture.suffix == 0 ? architecture.number <= wanted.number
                                           : runs_on(architecture, wanted);
         });
}

// NVIDIA's own wheels have local versions as +nv24.05 and no manylinux tag; the community's index
// has a path as /jp6/cu126 (JetPack 6).
std::optional<std::string> jetson_reason(const PlannedPackage& package) {
  std::size_t plus = package.version.find('+');
  std::string local = plus == std::string::npos ? "" : package.version.substr(plus + 1);
  for (std::string_view word : {"jetson", "l4t", "jp5", "jp6"}) {
    if (local.find(word) != std::string::npos) {
      return "local version +" + local;
    }
  }
  bool is_plain_linux = package.wheel && package.wheel->filename.ends_with("-linux_aarch64.whl");
  if (is_plain_linux && local.starts_with("nv")) {
    return fmt::format("local version +{} and no manylinux tag", local);
  }
  const std::string& index = package.source.location;
  if (package.source.kind == lock::SourceKind::registry && core::Url::is_url(index)) {
    core::Url url = core::Url::parse(index);
    std::string place = url.host + url.path;
    for (std::string_view part : util::split(place, '/')) {
      if (part.find("jetson") != std::string_view::npos || part == "jp5" || part == "jp6" ||
          part == "jp7") {
        return "index " + std::string(part);
      }
    }
  }
  return std::nullopt;
}

}  // namespace cartwheel::plan
