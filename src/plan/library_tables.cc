#include "plan/library_tables.h"

#include <algorithm>
#include <array>
#include <utility>

namespace cartwheel::plan {

namespace {

// What nvidia-container-cli mounts from the host (NVIDIA's libnvidia-container, src/nvc_info.c: the
// lists of utility, compute, video, graphics and ngx libraries), without version.
constexpr std::array kDriver = {"libcuda.so",
                                "libcudadebugger.so",
                                "libEGL_nvidia.so",
                                "libGLESv1_CM_nvidia.so",
                                "libGLESv2_nvidia.so",
                                "libGLX_nvidia.so",
                                "libnvcuvid.so",
                                "libnvidia-allocator.so",
                                "libnvidia-cfg.so",
                                "libnvidia-compiler.so",
                                "libnvidia-eglcore.so",
                                "libnvidia-encode.so",
                                "libnvidia-fbc.so",
                                "libnvidia-glcore.so",
                                "libnvidia-glsi.so",
                                "libnvidia-glvkspirv.so",
                                "libnvidia-gpucomp.so",
                                "libnvidia-ifr.so",
                                "libnvidia-ml.so",
                                "libnvidia-ngx.so",
                                "libnvidia-nscq.so",
                                "libnvidia-nvvm.so",
                                "libnvidia-nvvm70.so",
                                "libnvidia-opencl.so",
                                "libnvidia-opticalflow.so",
                                "libnvidia-pkcs11-openssl3.so",
                                "libnvidia-pkcs11.so",
                                "libnvidia-ptxjitcompiler.so",
                                "libnvidia-rtcore.so",
                                "libnvidia-sandboxutils.so",
                                "libnvidia-tls.so",
                                "libnvoptix.so",
                                "libvdpau_nvidia.so",
                                // Jetson's, mounted by the list of its own toolkit (l4t.csv)
                                "libnvdla_compiler.so",
                                "libnvdla_runtime.so",
                                "libnvcucompat.so",
                                "libnvbufsurface.so",
                                "libnvbufsurftransform.so"};

// The wheels of the Python index by the libraries in their nvidia/*/lib (looked up in the wheels
// named here).
constexpr std::array<std::pair<std::string_view, std::string_view>, 50> kWheels = {{
    {"libcublas.so.11", "nvidia-cublas-cu11"},
    {"libcublas.so.12", "nvidia-cublas-cu12"},
    {"libcublas.so.13", "nvidia-cublas"},
    {"libcublasLt.so.11", "nvidia-cublas-cu11"},
    {"libcublasLt.so.12", "nvidia-cublas-cu12"},
    {"libcublasLt.so.13", "nvidia-cublas"},
    {"libcudart.so.11.0", "nvidia-cuda-runtime-cu11"},
    {"libcudart.so.12", "nvidia-cuda-runtime-cu12"},
    {"libcudart.so.13", "nvidia-cuda-runtime"},
    {"libcudnn.so.8", "nvidia-cudnn-cu12 below 9"},
    {"libcudnn.so.9", "nvidia-cudnn-cu12"},
    {"libcudnn_adv.so.9", "nvidia-cudnn-cu12"},
    {"libcudnn_cnn.so.9", "nvidia-cudnn-cu12"},
    {"libcudnn_graph.so.9", "nvidia-cudnn-cu12"},
    {"libcudnn_ops.so.9", "nvidia-cudnn-cu12"},
    {"libcufft.so.10", "nvidia-cufft-cu11"},
    {"libcufft.so.11", "nvidia-cufft-cu12"},
    {"libcufft.so.12", "nvidia-cufft"},
    {"libcufile.so.0", "nvidia-cufile-cu12"},
    {"libcupti.so.11.8", "nvidia-cuda-cupti-cu11"},
    {"libcupti.so.12", "nvidia-cuda-cupti-cu12"},
    {"libcupti.so.13", "nvidia-cuda-cupti"},
    {"libcurand.so.10", "nvidia-curand-cu12"},
    {"libcusolver.so.11", "nvidia-cusolver-cu12"},
    {"libcusolver.so.12", "nvidia-cusolver"},
    {"libcusolverMg.so.11", "nvidia-cusolver-cu12"},
    {"libcusparse.so.11", "nvidia-cusparse-cu11"},
    {"libcusparse.so.12", "nvidia-cusparse-cu12"},
    {"libcusparseLt.so.0", "nvidia-cusparselt-cu12"},
    {"libcutensor.so.2", "cutensor-cu12"},
    {"libnccl.so.2", "nvidia-nccl-cu12"},
    {"libnppc.so.12", "nvidia-npp-cu12"},
    {"libnppicc.so.12", "nvidia-npp-cu12"},
    {"libnppig.so.12", "nvidia-npp-cu12"},
    {"libnvJitLink.so.12", "nvidia-nvjitlink-cu12"},
    {"libnvJitLink.so.13", "nvidia-nvjitlink"},
    {"libnvToolsExt.so.1", "nvidia-nvtx-cu12"},
    {"libnvinfer.so.10", "tensorrt-cu12"},
    {"libnvinfer.so.8", "tensorrt below 9"},
    {"libnvinfer_plugin.so.10", "tensorrt-cu12"},
    {"libnvinfer_plugin.so.8", "tensorrt below 9"},
    {"libnvjpeg.so.12", "nvidia-nvjpeg-cu12"},
    {"libnvonnxparser.so.10", "tensorrt-cu12"},
    {"libnvonnxparser.so.8", "tensorrt below 9"},
    {"libnvrtc.so.11.2", "nvidia-cuda-nvrtc-cu11"},
    {"libnvrtc.so.12", "nvidia-cuda-nvrtc-cu12"},
    {"libnvrtc.so.13", "nvidia-cuda-nvrtc"},
    {"libnvshmem_host.so.3", "nvidia-nvshmem-cu12"},
    {"libtorch.so", "torch"},
    {"libtorch_cpu.so", "torch"},
}};

// Modules of a folder that are optional: those of these names (up to the first '.'), or all but
// those.
struct OptionalModules {
  std::string_view package, folder;
  bool all_but = false;
  std::vector<std::string_view> names;
};

// cupy imports these behind try (cupy/__init__.py, cupyx); Qt's modules beyond core, GUI, widgets
// and network are imported one by one by who uses them; numba takes the threading layer that loads;
// torio tries one build after the other.
const std::vector<OptionalModules>& optional_modules() {
  static const std::vector<std::string_view> kCupy = {"cudnn", "cutensor", "nccl", "cusparselt"};
  static const std::vector<std::string_view> kQt = {"QtCore", "QtGui", "QtWidgets", "QtNetwork"};
  static const std::vector<OptionalModules> kOptional = {
      {"cupy-cuda11x", "cupy_backends/cuda/libs", false, kCupy},
      {"cupy-cuda12x", "cupy_backends/cuda/libs", false, kCupy},
      {"cupy-cuda13x", "cupy_backends/cuda/libs", false, kCupy},
      {"numba", "numba/np/ufunc", false, {"omppool", "tbbpool"}},
      {"pyqt5", "PyQt5", true, kQt},
      {"pyqt6", "PyQt6", true, kQt},
      {"pyside6-addons", "PySide6", true, {}},
      {"pyside6-essentials", "PySide6", true, kQt},
      {"torchaudio", "torio/lib", true, {}},
  };
  return kOptional;
}

}  // namespace

bool is_driver_library(std::string_view soname) {
  return std::ranges::any_of(kDriver, [&](std::string_view stem) {
    return soname == stem || (soname.starts_with(stem) && soname[stem.size()] == '.');
  });
}

std::string_view wheel_with_library(std::string_view soname) {
  auto found = std::ranges::find(kWheels, soname, [](const auto& entry) { return entry.first; });
  return found == kWheels.end() ? std::string_view() : found->second;
}

// Where from: the packages' sources (ctypes.util.find_library, dlopen) and their installation
// notes.
const std::vector<OpenedLibraries>& opened_libraries() {
  static const std::vector<OpenedLibraries> kOpened = {
      {"cairocffi", {"libcairo.so.2"}, true},
      {"ctranslate2", {"libcublas.so.12", "libcudnn.so.9"}, false},
      {"cupy-cuda12x", {"libnvrtc.so.12", "libcudart.so.12", "libcufft.so.11"}, false},
      {"jax-cuda12-plugin", {"libcudnn.so.9", "libcublas.so.12", "libcusolver.so.11"}, false},
      {"onnxruntime-gpu", {"libcudnn.so.9", "libcublasLt.so.12"}, false},
      {"paddlepaddle-gpu", {"libcudnn.so.9", "libcublas.so.12", "libcusolver.so.11"}, false},
      {"pyenchant", {"libenchant-2.so.2"}, true},
      {"pylibdmtx", {"libdmtx.so.0"}, true},
      {"pymediainfo", {"libmediainfo.so.0"}, true},
      {"pyopengl", {"libGL.so.1"}, false},
      {"pyudev", {"libudev.so.1"}, true},
      {"pyusb", {"libusb-1.0.so.0"}, false},
      {"python-magic", {"libmagic.so.1"}, true},
      {"python-vlc", {"libvlc.so.5"}, true},
      {"pyzbar", {"libzbar.so.0"}, true},
      {"sounddevice", {"libportaudio.so.2"}, true},
      {"soundfile", {"libsndfile.so.1"}, true},
      {"wand", {"libMagickWand-6.Q16.so.6"}, true},
      {"weasyprint",
       {"libgobject-2.0.so.0", "libpango-1.0.so.0", "libharfbuzz.so.0", "libpangoft2-1.0.so.0"},
       true},
      {"xgboost", {"libnccl.so.2"}, false},
  };
  return kOpened;
}

bool is_optional_module(std::string_view package, std::string_view path) {
  std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) {
    return false;
  }
  std::string_view name = path.substr(slash + 1);
  name = name.substr(0, name.find('.'));
  return std::ranges::any_of(optional_modules(), [&](const OptionalModules& modules) {
    bool named = std::ranges::find(modules.names, name) != modules.names.end();
    return modules.package == package && modules.folder == path.substr(0, slash) &&
           named != modules.all_but;
  });
}

}  // namespace cartwheel::plan
