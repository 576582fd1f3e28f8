#include "plan/library_tables.h"

#include <gtest/gtest.h>

namespace cartwheel::plan {
namespace {

TEST(LibraryTables, LibrariesOfTheDriver) {
  for (const char* name : {"libcuda.so.1",
                           "libnvidia-ml.so.1",
                           "libnvcuvid.so.1",
                           "libnvidia-encode.so.1",
                           "libnvoptix.so.1",
                           "libnvidia-ptxjitcompiler.so.1"}) {
    EXPECT_TRUE(is_driver_library(name)) << name;
  }
  for (const char* name : {"libcudart.so.12", "libcuda.so_", "libGL.so.1", "libnvrtc.so.12"}) {
    EXPECT_FALSE(is_driver_library(name)) << name;
  }
}

TEST(LibraryTables, WheelsThatBringALibrary) {
  EXPECT_EQ(wheel_with_library("libcublas.so.12"), "nvidia-cublas-cu12");
  EXPECT_EQ(wheel_with_library("libcublas.so.13"), "nvidia-cublas");
  EXPECT_EQ(wheel_with_library("libnvinfer.so.10"), "tensorrt-cu12");
  EXPECT_EQ(wheel_with_library("libGL.so.1"), "");
}

TEST(LibraryTables, OptionalModules) {
  EXPECT_TRUE(is_optional_module("cupy-cuda12x", "cupy_backends/cuda/libs/nccl.cpython-311-x.so"));
  EXPECT_FALSE(is_optional_module("cupy-cuda12x", "cupy_backends/cuda/libs/cublas.cpython.so"));
  EXPECT_TRUE(is_optional_module("numba", "numba/np/ufunc/tbbpool.cpython-311-x.so"));
  EXPECT_TRUE(is_optional_module("pyqt6", "PyQt6/QtMultimedia.abi3.so"));
  EXPECT_FALSE(is_optional_module("pyqt6", "PyQt6/QtCore.abi3.so"));
  EXPECT_TRUE(is_optional_module("torchaudio", "torio/lib/_torio_ffmpeg6.so"));
  EXPECT_FALSE(is_optional_module("torch", "torio/lib/_torio_ffmpeg6.so"));
  EXPECT_FALSE(is_optional_module("cupy-cuda12x", "nccl.so"));
}

}  // namespace
}  // namespace cartwheel::plan
