#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "debian/tree.h"
#include "oci/image.h"

namespace cartwheel::base {

// CUDA that a given image brings, which wheels that bring their own have no use for.
struct CudaOfBase {
  std::string version;     // "12.4"; "?" when nothing tells it; "" without CUDA
  std::uint64_t size = 0;  // bytes of its files
};

// Whether a file is part of a CUDA toolkit: below /usr/local/cuda*, or one of its libraries.
bool is_cuda_file(const std::string& path);

// sizes: of the files for which is_cuda_file() holds; those that a later layer removed are not in
// the tree.
CudaOfBase cuda_of_base(const oci::Image& image,
                        const debian::Tree& tree,
                        const std::map<std::string, std::uint64_t>& sizes);

}  // namespace cartwheel::base
