#include "plan/caches.h"

#include <algorithm>
#include <array>
#include <map>

namespace cartwheel::plan {

namespace {

struct CacheVariable {
  std::string_view package;   // normalised; a final '*' stands for any rest
  std::string_view variable;  // that the package reads
  std::string_view folder;    // below the cache
};

// A package that is not named here either keeps to XDG_CACHE_HOME or writes no cache.
constexpr std::array<CacheVariable, 14> kCaches{{
    {"cupy-cuda*", "CUPY_CACHE_DIR", "cupy"},
    {"datasets", "HF_HOME", "huggingface"},
    {"diffusers", "HF_HOME", "huggingface"},
    {"huggingface-hub", "HF_HOME", "huggingface"},
    {"keras", "KERAS_HOME", "keras"},
    {"matplotlib", "MPLCONFIGDIR", "matplotlib"},
    {"numba", "NUMBA_CACHE_DIR", "numba"},
    {"pytorch-triton*", "TRITON_CACHE_DIR", "triton"},
    {"torch", "TORCHINDUCTOR_CACHE_DIR", "torchinductor"},
    {"torch", "TORCH_HOME", "torch"},
    {"transformers", "HF_HOME", "huggingface"},
    {"triton", "TRITON_CACHE_DIR", "triton"},
    {"triton-rocm", "TRITON_CACHE_DIR", "triton"},
    {"ultralytics", "YOLO_CONFIG_DIR", "ultralytics"},
}};

bool matches(std::string_view pattern, std::string_view name) {
  return pattern.ends_with('*') ? name.starts_with(pattern.substr(0, pattern.size() - 1))
                                : name == pattern;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> cache_variables(const Plan& plan,
                                                                 const std::string& cache) {
  std::map<std::string, std::string> out{{"XDG_CACHE_HOME", cache}};
  for (const CacheVariable& known : kCaches) {
    if (std::ranges::any_of(plan.packages, [&](const PlannedPackage& package) {
          return matches(known.package, package.name);
        })) {
      out.emplace(known.variable, cache + "/" + std::string(known.folder));
    }
  }
  return {out.begin(), out.end()};
}

}  // namespace cartwheel::plan
