#!/usr/bin/env bash
# Debian packages on top of the base: they run, on both platforms; what cannot be had is refused.
. "$(dirname "$0")/lib.sh"
export LC_ALL=C.UTF-8
# project NAME SETTINGS: a project without dependencies, with these lines of [tool.cartwheel]
project() {
  mkdir -p "$work/$1"
  printf '[project]\nname = "%s"\nversion = "1"\nrequires-python = ">=3.11"\n\n[tool.cartwheel]\n%s\n' "$1" "$2" >"$work/$1/pyproject.toml"
  [ -e "$work/$1/uv.lock" ] || (cd "$work/$1" && uv lock -q --offline)
}
build() {  # build NAME [OPTIONS]
  local name=$1
  shift
  "$cartwheel" build "$work/$name" -o "oci:$work/images/$name:latest" "$@"
}
run() {  # run NAME PLATFORM COMMAND …
  local name=$1
  shift
  scripts/run-image "$work/images/$name:latest" "$@"
}
refused() {  # refused NAME TEXT: the build fails and says TEXT
  ! build "$1" >"$work/out" 2>&1 && cat "$work/out" && grep -qF -- "$2" "$work/out"
}

project media 'apt = ["ffmpeg", "git"]'
check "ffmpeg and git from apt: an image of both platforms" build media
for platform in linux/amd64 linux/arm64; do
  check "ffmpeg makes a picture on $platform" \
    run media "$platform" ffmpeg -loglevel error -f lavfi -i testsrc=size=64x64:rate=1:duration=1 -frames:v 1 -f null -
  check "git knows its version on $platform" run media "$platform" git --version
done
git_works() {
  run media linux/amd64 python -c '
import os, subprocess, tempfile
os.chdir(tempfile.mkdtemp())
def git(*words): return subprocess.run(["git", "-c", "user.name=x", "-c", "user.email=x", *words], check=True, capture_output=True, text=True).stdout
git("init", "-q"); open("a", "w").write("x"); git("add", "a"); git("commit", "-qm", "first")
assert "first" in git("log", "--oneline")'
}
check "git commits in the image" git_works
check "the second build finds nothing changed" sh -c '"$0" build "$1" -o "oci:$2:latest" | grep "nothing had changed"' \
  "$cartwheel" "$work/media" "$work/images/media"
check "the same image without the memo, offline" sh -c '
  "$0" build "$1" --frozen --offline --no-memo -o "oci:$2-again:latest" >/dev/null && cmp "$2/index.json" "$2-again/index.json"' \
  "$cartwheel" "$work/media" "$work/images/media"
check "a base without apt shares the base layer with it" python3 - "$work/images/media" <<'PY'
import json, pathlib, sys
layout = pathlib.Path(sys.argv[1])
blob = lambda digest: json.loads((layout / "blobs" / digest.replace(":", "/")).read_text())
index = blob(json.loads((layout / "index.json").read_text())["manifests"][0]["digest"])
for image in index["manifests"]:
    kinds = [layer["annotations"]["dev.cartwheel.kind"] for layer in blob(image["digest"])["layers"]]
    assert kinds[:3] == ["base", "debian", "venv"], kinds
PY

project compiler 'platforms = ["linux/amd64"]
apt = ["gcc", "libc6-dev", "libpython3.11-dev"]'
check "gcc from apt" build compiler
extension() {
  run compiler linux/amd64 python -c '
import importlib.util, os, subprocess, sysconfig, tempfile
folder = tempfile.mkdtemp()
source = os.path.join(folder, "answer.c")
open(source, "w").write("""
#include <Python.h>
static PyObject *get(PyObject *self, PyObject *args) { return PyLong_FromLong(42); }
static PyMethodDef methods[] = {{"get", get, METH_NOARGS, ""}, {0}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "answer", "", -1, methods};
PyMODINIT_FUNC PyInit_answer(void) { return PyModule_Create(&module); }
""")
library = os.path.join(folder, "answer.so")
subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-I", sysconfig.get_path("include"), source, "-o", library], check=True)
spec = importlib.util.spec_from_file_location("answer", library)
answer = importlib.util.module_from_spec(spec)
spec.loader.exec_module(answer)
assert answer.get() == 42
print("compiled and loaded", library)'
}
check "a C extension is compiled and loaded in the image" extension

project unknown 'apt = ["ffmpg"]'
check "an unknown package names the nearest" refused unknown "(did you mean 'ffmpeg'?)"
project conflict 'apt = ["postfix", "exim4-daemon-light"]'
check "packages that conflict are refused" refused conflict "conflicts with"
project java 'platforms = ["linux/amd64"]
apt = ["default-jre-headless"]'
check "a script that nothing stands in for is refused" refused java "ca-certificates-java"
project java 'platforms = ["linux/amd64"]
apt = ["default-jre-headless"]
apt-scripts = { ca-certificates-java = "skip" }'
check "… and taken when that is acknowledged" build java
check "Java runs" run java linux/amd64 java -version
cp "$work/media/uv.lock" "$work/media/cartwheel.lock" "$work/" 2>/dev/null
project media 'apt = ["ffmpeg", "git", "curl"]'
check "a changed list is refused under --frozen" sh -c '
  ! "$0" build "$1" --frozen -o "oci:$2/x" >"$2/out" 2>&1 && grep -F -- "--frozen" "$2/out"' "$cartwheel" "$work/media" "$work"
kept() {
  build media && python3 - "$work/cartwheel.lock" "$work/media/cartwheel.lock" <<'PY'
import sys, tomllib
old, new = ({(a["platform"], p["name"]): p["version"] for a in tomllib.load(open(path, "rb"))["apt"] for p in a["package"]} for path in sys.argv[1:])
assert old.items() <= new.items() and ("linux/amd64", "curl") in new, set(old.items()) - set(new.items())
PY
}
check "one more package keeps the pins that there are" kept
check "cartwheel base update --dry-run writes nothing" sh -c '
  cp "$1/cartwheel.lock" "$1/before" && "$0" base update "$1" --dry-run && cmp "$1/before" "$1/cartwheel.lock"' "$cartwheel" "$work/media"
