#!/usr/bin/env bash
# On a machine with an NVIDIA GPU, nvcc and cuobjdump: which programs run, those of its nvcc and those that were brought, and the image.
#   tests/interop/gpu/on_device.sh FOLDER OUT     FOLDER from prepare_device.sh
# OUT gets machine.txt, ran.tsv ("NVCC NAME ran|WHY"), cuobjdump.tsv and programs.tar.xz (of its nvcc's programs) and image.txt.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$(cd "$1" && pwd)
out=$(mkdir -p "$2" && cd "$2" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
command -v nvcc >/dev/null || PATH=$PATH:/usr/local/cuda/bin

{
  nvidia-smi --query-gpu=name,driver_version,compute_cap --format=csv,noheader
  nvcc --version | tail -n 1
  cuobjdump --version | tail -n 1
  uname -r
} >"$out/machine.txt" 2>&1

run_all() { # NVCC FOLDER
  local program
  for program in "$2"/*; do
    [ -x "$program" ] && printf '%s\t%s\t%s\n' "$1" "$(basename "$program")" "$(timeout 20 "$program" 2>&1 | head -n 1)"
  done
}
"$here/make_programs.sh" "$work/own"
tar -C "$work" -xJf "$folder/programs.tar.xz"
{
  run_all own "$work/own"
  run_all brought "$work/programs"
} >"$out/ran.tsv"
cp "$work/own/cuobjdump.tsv" "$out/cuobjdump.tsv"
tar -C "$work" -cJf "$out/programs.tar.xz" own

image() { # OPTION …
  echo "== run-image $*"
  timeout 60 "$here/../../../scripts/run-image" "$@" "$folder/layout:latest" linux/amd64 python /app/on_gpu.py
  echo "status $?"
}
{
  image --gpu
  image --locked-down 12345:0 --gpu
  echo "== without the driver"
  timeout 60 "$here/../../../scripts/run-image" "$folder/layout:latest" linux/amd64 python /app/on_gpu.py
} >"$out/image.txt" 2>&1
cat "$out/machine.txt" "$out/ran.tsv" "$out/image.txt"
