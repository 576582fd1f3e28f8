#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cartwheel::plan {

// What is known of libraries beyond ELF files. Each table says where it is from.

// Whether the NVIDIA, AMD or other driver of the host brings it into the container ("libcuda.so.1",
// "libnvidia-ml.so.1").
bool is_driver_library(std::string_view soname);

// The package of the Python index whose wheels bring it: "nvidia-cublas-cu12" for
// "libcublas.so.12";
// "" for others.
std::string_view wheel_with_library(std::string_view soname);

// Libraries that a package opens by name at run time (dlopen, ctypes), so that no ELF file says it.
struct OpenedLibraries {
  std::string_view package;               // normalised name
  std::vector<std::string_view> sonames;  // of the alternatives of one library the one wanted
  bool required = false;                  // whether the package is of no use without them
};
const std::vector<OpenedLibraries>& opened_libraries();

// Whether an extension module is one that its package does without when it does not load, or that
// is for a part of it that few use. path: below site-packages.
bool is_optional_module(std::string_view package, std::string_view path);

}  // namespace cartwheel::plan
