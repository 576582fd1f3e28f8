#!/usr/bin/env bash
# The programs of programs.tsv, by the nvcc in PATH, in FOLDER, and what the cuobjdump in PATH lists of them, in FOLDER/cuobjdump.tsv:
#   tests/interop/gpu/make_programs.sh FOLDER [FLAG …]
# A program whose flags this nvcc does not know is not there.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$1
shift
mkdir -p "$folder"
make() { # NAME FLAGS …
  local name=$1
  shift
  (cd "$(mktemp -d)" && nvcc "$@" "$here/kernel.cu" -o "$folder/$name" >"$folder/$name.log" 2>&1) || rm -f "$folder/$name"
}
while IFS=$'\t' read -r name flags _; do
  case "$name" in \#*) continue ;; esac
  read -ra words <<<"$flags"
  make "$name" "${words[@]}" "$@" &
  while [ "$(jobs -pr | wc -l)" -ge "$(nproc)" ]; do wait -n; done
done <"$here/programs.tsv"
wait
for program in "$folder"/*; do
  [ -x "$program" ] || continue
  # "ELF file    1: NAME.1.sm_90a.cubin" → sm_90a; "PTX file    1: NAME.1.sm_80.ptx" → compute_80
  cuobjdump --all-fatbin --list-elf --list-ptx "$program" 2>/dev/null |
    sed -n 's/^ELF file.*\.\(sm_[0-9a-f]*\)\.cubin$/\1/p; s/^PTX file.*\.sm_\([0-9a-f]*\)\.ptx$/compute_\1/p' | sort -u |
    paste -sd' ' | sed "s/^/$(basename "$program")\t/"
done >"$folder/cuobjdump.tsv"
