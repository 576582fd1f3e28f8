#include "base/cuda_facts.h"

#include <algorithm>
#include <array>
#include <optional>
#include <regex>
#include <string_view>

namespace cartwheel::base {

namespace {

// What the libraries of a toolkit, cuDNN and NCCL are called, up to ".so".
constexpr std::array<std::string_view, 14> kLibraries = {"libcublas",
                                                         "libcublasLt",
                                                         "libcudart",
                                                         "libcudnn",
                                                         "libcufft",
                                                         "libcupti",
                                                         "libcurand",
                                                         "libcusolver",
                                                         "libcusparse",
                                                         "libnccl",
                                                         "libnvJitLink",
                                                         "libnvinfer",
                                                         "libnvrtc",
                                                         "libnvToolsExt"};

// "12.4" of "12.4.1"
std::string major_minor(const std::string& version) {
  static const std::regex pattern(R"(^(\d+\.\d+))");
  std::smatch match;
  return std::regex_search(version, match, pattern) ? match[1].str() : std::string();
}

// The images of NVIDIA say it in their environment (research, oci-builders section 8).
std::string version_of_environment(const oci::Image& image) {
  for (const std::string& variable : image.env) {
    if (variable.starts_with("CUDA_VERSION=")) {
      return major_minor(variable.substr(variable.find('=') + 1));
    }
  }
  return "";
}

// "12.4" of "usr/local/cuda-12.4/…", or of "…/libcudart.so.12.4.127".
std::string version_of_path(const std::string& path) {
  static const std::regex pattern(R"((?:^usr/local/cuda-|/libcudart\.so\.)(\d+\.\d+))");
  std::smatch match;
  return std::regex_search(path, match, pattern) ? match[1].str() : std::string();
}

}  // namespace

bool is_cuda_file(const std::string& path) {
  if (path.starts_with("usr/local/cuda/") || path.starts_with("usr/local/cuda-")) {
    return true;
  }
  const std::string_view name = std::string_view(path).substr(path.rfind('/') + 1);
  const std::size_t stem = name.find(".so");
  return stem != std::string_view::npos &&
         std::ranges::any_of(kLibraries, [&](std::string_view library) {
           return name.substr(0, stem) == library || name.starts_with(std::string(library) + "_");
         });
}

CudaOfBase cuda_of_base(const oci::Image& image,
                        const debian::Tree& tree,
                        const std::map<std::string, std::uint64_t>& sizes) {
  CudaOfBase cuda;
  std::string version;
  for (const auto& [path, size] : sizes) {
    if (tree.find(path) != nullptr) {
      cuda.size += size;
      version = version.empty() ? version_of_path(path) : version;
    }
  }
  if (cuda.size > 0) {
    const std::string told = version_of_environment(image);
    cuda.version = !told.empty() ? told : !version.empty() ? version : "?";
  }
  return cuda;
}

}  // namespace cartwheel::base
