#!/usr/bin/env bash
# The main job on real input, on both platforms.
. "$(dirname "$0")/lib.sh"
layout=build/demo/demo
check "make demo: plan, build, run on both platforms" scripts/demo examples/demo
check "import numpy, onnxruntime on linux/amd64" \
  scripts/run-image "$layout:latest" linux/amd64 python -c "import numpy, onnxruntime"
check "import numpy, onnxruntime on linux/arm64" \
  scripts/run-image "$layout:latest" linux/arm64 python -c "import numpy, onnxruntime"
