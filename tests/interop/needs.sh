#!/usr/bin/env bash
# What wheels need from outside: libraries of Debian, and those that only NVIDIA's wheels have.
. "$(dirname "$0")/lib.sh"

# project NAME SETTINGS REQUIREMENT …: a locked project in $work/NAME.
project() {
  local name=$1 settings=$2
  shift 2
  mkdir -p "$work/$name"
  {
    printf '[project]\nname = "%s"\nversion = "1"\nrequires-python = "==3.11.*"\ndependencies = [' "$name"
    printf '"%s", ' "$@"
    printf ']\n[tool.cartwheel]\nplatforms = ["linux/amd64"]\n%s\n' "$settings"
  } >"$work/$name/pyproject.toml"
  uv lock -q --project "$work/$name"
}
build() { "$cartwheel" build "$work/$1" --progress none --output "oci:$work/$1/image" "${@:2}"; }
run() { scripts/run-image "$work/$1/image" linux/amd64 "${@:2}"; }

is_refused() {
  build opencv 2>"$work/said"
  [ $? -eq 4 ] && grep -q 'error: library-missing: linux/amd64: opencv-python' "$work/said" &&
    grep -q 'libgl1' "$work/said" && grep -q 'libglib2.0-0' "$work/said" && [ ! -e "$work/opencv/image" ]
}
names_them_in_json() {
  "$cartwheel" plan "$work/opencv" --json >"$work/plan.json"
  [ $? -eq 4 ] && python3 -c '
import json, sys
needs = json.load(open(sys.argv[1]))["platforms"][0]["needs"]
assert needs["checked"] and needs["apt"] == ["libgl1", "libglib2.0-0"], needs' "$work/plan.json"
}
sees_it_deep() {
  CARTWHEEL_STORE=$work/empty "$cartwheel" plan "$work/opencv" --deep --progress none >"$work/plan"
  [ $? -eq 4 ] && grep -q 'library-missing' "$work/plan"
}
check "opencv-python is locked" project opencv '' 'opencv-python==4.10.0.84'
check "it is refused by default, with the packages named, and nothing is written" is_refused
check "the plan's JSON names them" names_them_in_json
check "plan --deep says it with an empty store" sees_it_deep

automatic() { sed -i 's/^\[tool.cartwheel\]/&\napt-auto = true/' "$work/opencv/pyproject.toml" && build opencv; }
check "apt-auto builds it" automatic
check "and it runs" run opencv python -c "import cv2, numpy; print(cv2.resize(numpy.zeros((4, 4)), (2, 2)).shape)"

# ctranslate2 opens libcublas.so.12 by name, and nothing but nvidia-cublas-cu12 has it.
shows_the_folder() { "$cartwheel" plan "$work/cublas" | grep -q 'ld.so.conf gets .*nvidia/cublas/lib for ctranslate2'; }
loads() {
  run cublas python -c "
import ctypes, os
assert 'LD_LIBRARY_PATH' not in os.environ
ctypes.CDLL('libcublas.so.12')
maps = open('/proc/self/maps').read()
assert '/nvidia/cublas/lib/libcublas.so.12' in maps and '/nvidia/cublas/lib/libcublasLt.so.12' in maps"
}
as_ldconfig_would() {
  run cublas python -c "
import subprocess
subprocess.run(['/sbin/ldconfig', '-X', '-C', '/tmp/cache'], check=True)
assert open('/tmp/cache', 'rb').read() == open('/etc/ld.so.cache', 'rb').read()
assert 'nvidia/cublas/lib' in open('/etc/ld.so.conf.d/zz-cartwheel.conf').read()"
}
check "ctranslate2 with NVIDIA's cublas is locked" project cublas '' 'ctranslate2==4.4.0' 'nvidia-cublas-cu12==12.1.3.1'
check "it builds" build cublas
check "the plan shows the folder" shows_the_folder
check "ld.so finds libcublas.so.12 in the image" loads
check "ld.so.cache is what the image's own ldconfig writes" as_ldconfig_would
