"""Says what the image that it runs in holds."""

import platform

import torch
import torchvision

print(f"python {platform.python_version()} on {platform.machine()}")
print(f"torch {torch.__version__}, CUDA {torch.version.cuda}, torchvision {torchvision.__version__}")
print(f"2 x 2 ones, squared: {(torch.ones(2, 2) @ torch.ones(2, 2)).tolist()}")
