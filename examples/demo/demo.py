"""Says what the image that it runs in holds."""

import platform
import sys

import numpy
import onnxruntime

print(f"python {platform.python_version()} on {platform.machine()}, {sys.prefix}")
print(f"numpy {numpy.__version__}: sum 0..9 = {int(numpy.arange(10).sum())}")
print(f"onnxruntime {onnxruntime.__version__}: {', '.join(onnxruntime.get_available_providers())}")
