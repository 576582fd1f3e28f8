"""In an image on a machine with a GPU: the driver is found, a kernel runs, and the code of a wheel (nvJPEG's) does."""

import ctypes
import io
import os
import pathlib
import sys

import nvidia
from cuda.bindings import driver
from PIL import Image

PTX = b"""
.version 7.0
.target sm_52
.address_size 64
.visible .entry triple(.param .u64 out) {
    .reg .b32 %r<3>;
    .reg .b64 %rd<4>;
    ld.param.u64 %rd1, [out];
    cvta.to.global.u64 %rd1, %rd1;
    mov.u32 %r1, %tid.x;
    mul.lo.u32 %r2, %r1, 3;
    mul.wide.u32 %rd2, %r1, 4;
    add.u64 %rd3, %rd1, %rd2;
    st.global.u32 [%rd3], %r2;
    ret;
}
\0"""


def must(result):
    """A driver call's value; the call must have succeeded."""
    status, *values = result
    assert int(status) == 0, status
    return values[0] if len(values) == 1 else values


def start():
    must(driver.cuInit(0))
    device = must(driver.cuDeviceGet(0))
    context = must(driver.cuDevicePrimaryCtxRetain(device))
    must(driver.cuCtxSetCurrent(context))
    name = must(driver.cuDeviceGetName(100, device)).split(b"\0")[0].decode()
    attribute = driver.CUdevice_attribute
    major = must(driver.cuDeviceGetAttribute(attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, device))
    minor = must(driver.cuDeviceGetAttribute(attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, device))
    print(f"user {os.getuid()}:{os.getgid()}, {name}, sm_{major}{minor}, driver {must(driver.cuDriverGetVersion())}")


def run_kernel():
    module = must(driver.cuModuleLoadData(PTX))
    function = must(driver.cuModuleGetFunction(module, b"triple"))
    memory = must(driver.cuMemAlloc(128))
    must(driver.cuLaunchKernel(function, 1, 1, 1, 32, 1, 1, 0, 0, ((int(memory),), (ctypes.c_void_p,)), 0))
    must(driver.cuCtxSynchronize())
    values = (ctypes.c_uint32 * 32)()
    must(driver.cuMemcpyDtoH(ctypes.addressof(values), memory, 128))
    assert list(values) == [3 * i for i in range(32)], list(values)
    print("kernel from PTX: 32 values right")


class Planes(ctypes.Structure):
    _fields_ = [("channel", ctypes.c_void_p * 4), ("pitch", ctypes.c_size_t * 4)]


def decode_jpeg():
    size = 256
    picture = Image.merge("RGB", [Image.linear_gradient("L"), Image.linear_gradient("L").rotate(90), Image.new("L", (size, size), 90)])
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=95)
    data = file.getvalue()
    nvjpeg = ctypes.CDLL(str(next(pathlib.Path(nvidia.__path__[0]).glob("nvjpeg/lib/libnvjpeg.so.*"))))
    handle, state = ctypes.c_void_p(), ctypes.c_void_p()
    assert nvjpeg.nvjpegCreateSimple(ctypes.byref(handle)) == 0
    assert nvjpeg.nvjpegJpegStateCreate(handle, ctypes.byref(state)) == 0
    memory = must(driver.cuMemAlloc(3 * size * size))
    planes = Planes()
    planes.channel[0], planes.pitch[0] = int(memory), 3 * size
    interleaved = 5
    status = nvjpeg.nvjpegDecode(handle, state, data, ctypes.c_size_t(len(data)), interleaved, ctypes.byref(planes), None)
    assert status == 0, f"nvjpegDecode gave {status}"
    must(driver.cuCtxSynchronize())
    pixels = (ctypes.c_uint8 * (3 * size * size))()
    must(driver.cuMemcpyDtoH(ctypes.addressof(pixels), memory, len(pixels)))
    wanted = Image.open(io.BytesIO(data)).convert("RGB").tobytes()
    worst = max(abs(a - b) for a, b in zip(bytes(pixels), wanted))
    assert worst <= 8, f"pixels differ by up to {worst}"
    print(f"machine code of nvidia-nvjpeg-cu12: {size}x{size} pixels, at most {worst} from Pillow's")


failed = 0
for step in (start, run_kernel, decode_jpeg):
    try:
        step()
    except BaseException as error:
        print(f"{step.__name__}: {type(error).__name__}: {error}")
        failed = 1
sys.exit(failed)
