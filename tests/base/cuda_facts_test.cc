#include "base/cuda_facts.h"

#include <gtest/gtest.h>

namespace cartwheel::base {
namespace {

TEST(CudaFacts, FilesOfAToolkit) {
  EXPECT_TRUE(is_cuda_file("usr/local/cuda-12.4/targets/x86_64-linux/lib/libcufft.so.11.2.1.3"));
  EXPECT_TRUE(is_cuda_file("usr/lib/x86_64-linux-gnu/libcudnn_ops.so.9.1.0"));
  EXPECT_TRUE(is_cuda_file("usr/lib/x86_64-linux-gnu/libnccl.so.2"));
  EXPECT_FALSE(is_cuda_file("usr/lib/x86_64-linux-gnu/libcuda.so.1")) << "the driver's";
  EXPECT_FALSE(is_cuda_file("usr/local/cudax"));
  EXPECT_FALSE(is_cuda_file("usr/lib/libc.so.6"));
}

TEST(CudaFacts, BytesAndVersion) {
  debian::Tree tree;
  const std::map<std::string, std::uint64_t> sizes = {
      {"usr/lib/x86_64-linux-gnu/libcudnn.so.9", 100},
      {"usr/local/cuda-12.4/lib64/libcudart.so.12.4.127", 20},
      {"usr/local/cuda-12.4/lib64/libgone.so", 3}};
  EXPECT_EQ(cuda_of_base({}, tree, sizes).version, "");
  tree.put("usr/lib/x86_64-linux-gnu/libcudnn.so.9", debian::Node::file(""));
  EXPECT_EQ(cuda_of_base({}, tree, sizes).version, "?");
  tree.put("usr/local/cuda-12.4/lib64/libcudart.so.12.4.127", debian::Node::file(""));
  CudaOfBase cuda = cuda_of_base({}, tree, sizes);
  EXPECT_EQ(cuda.version, "12.4");
  EXPECT_EQ(cuda.size, 120U) << "what a later layer removed does not count";
  oci::Image image;
  image.env = {"PATH=/bin", "CUDA_VERSION=11.8.0"};
  EXPECT_EQ(cuda_of_base(image, tree, sizes).version, "11.8");
}

}  // namespace
}  // namespace cartwheel::base
