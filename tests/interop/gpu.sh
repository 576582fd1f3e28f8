#!/usr/bin/env bash
# What is read of GPU code: of programs of every kind, made here by nvcc and listed by cuobjdump (0.3 GB of wheels bring both), against
# what an H200 ran (gpu/programs.tsv), and of real wheels, compared with what cuobjdump says of them (gpu/wheels.tsv): 2.8 GB.
. "$(dirname "$0")/lib.sh"

toolkit() {
  uv pip install -q --target "$work/toolkit" nvidia-cuda-{nvcc,crt,cccl,runtime,cuobjdump}==13.* nvidia-nvvm==13.* &&
    export PATH=$(echo "$work"/toolkit/nvidia/cu*)/bin:$PATH && chmod +x "$work"/toolkit/nvidia/cu*/{bin,nvvm/bin}/* && nvcc --version
}
check "nvcc and cuobjdump" toolkit
check "programs of every kind are made" tests/interop/gpu/make_programs.sh "$work/programs" -L"$(echo "$work"/toolkit/nvidia/cu*/lib)"
check "their code is found as cuobjdump lists it, and --expect-gpu sm_90 takes those that an H200 ran" \
  tests/interop/gpu/read_programs.py "$cartwheel" "$work/programs" "$work/wheels"

lock() {
  mkdir -p "$work/gpu"
  grep -v '^#' tests/interop/gpu/wheels.tsv | awk -F'\t' '{ print $1 "==" $2 }' >"$work/gpu/requirements.txt"
  printf '[tool.cartwheel]\nplatforms = ["linux/amd64"]\n' >"$work/gpu/pyproject.toml"
  uv pip compile -q --no-deps --python-version 3.11 --python-platform x86_64-manylinux_2_28 --format pylock.toml \
    "$work/gpu/requirements.txt" -o "$work/gpu/pylock.toml" --generate-hashes
}
look() { "$cartwheel" plan "$work/gpu" --deep --json --progress none >"$work/plan.json"; [ $? -eq 0 -o $? -eq 4 ]; }
compare() {
  python3 - "$work/plan.json" tests/interop/gpu/wheels.tsv <<'EOF'
import json, sys
code = {c["package"]: c for c in json.load(open(sys.argv[1]))["platforms"][0]["gpu"]["code"]}
rows = [line.rstrip("\n").split("\t") for line in open(sys.argv[2]) if not line.startswith("#")]
assert len(rows) >= 10
wrong = 0
for package, version, *said in rows:
    for kind, text in zip(("sass", "ptx"), said):
        wanted = set(text.lstrip("+").split())
        found = set(code.get(package, {}).get(kind, {}))
        if found != wanted and not (text.startswith("+") and found > wanted):
            print(package, version, kind, "cuobjdump:", sorted(wanted), "found:", sorted(found))
            wrong += 1
sys.exit(wrong != 0)
EOF
}
expects() { "$cartwheel" plan "$work/gpu" --expect-gpu "$1" >"$work/said" 2>&1; grep -q "gpu-unsupported.*torch has no code for $1" "$work/said"; }
accepts() { ! expects "$1" && grep -q 'driver 525.60.13 or newer' "$work/said"; }
check "ten wheels and more are locked" lock
check "their inside is read" look
check "the code that they carry is what cuobjdump lists" compare
check "--expect-gpu sm_90: torch has code for it" accepts sm_90
check "--expect-gpu sm_120: torch 2.4 has none" expects sm_120
