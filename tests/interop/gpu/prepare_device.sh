#!/usr/bin/env bash
# What on_device.sh takes to a machine with a GPU and no network: an image, and programs that this machine's nvcc made (36 MiB in all).
#   tests/interop/gpu/prepare_device.sh FOLDER [FLAG OF NVCC …]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mkdir -p "$1" && cd "$1" && pwd)
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here/pyproject.toml" "$here/on_gpu.py" "$work"
(cd "$work" && uv lock -q)
"${CARTWHEEL:-$here/../../../build/cartwheel}" build "$work" --progress none -o "oci:$folder/layout:latest"
"$here/make_programs.sh" "$folder/programs" "$@"
nvcc --version | tail -n 1 >"$folder/nvcc.txt"
tar -C "$folder" -cJf "$folder/programs.tar.xz" programs
rm -r "$folder/programs"
