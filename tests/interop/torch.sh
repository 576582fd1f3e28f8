#!/usr/bin/env bash
# make demo-torch: 2.8 GB of wheels.
. "$(dirname "$0")/lib.sh"
check "make demo-torch" scripts/demo examples/demo-torch
check "import torch on linux/amd64" scripts/run-image build/demo/demo-torch:latest linux/amd64 python -c "import torch; print(torch.ones(2).sum())"
