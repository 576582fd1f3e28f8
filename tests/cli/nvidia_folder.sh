#!/usr/bin/env bash
# A library that only NVIDIA's wheels have gets their folder into ld.so.conf.d and its libraries into ld.so.cache, in a layer behind
# the wheels. LD_LIBRARY_PATH is not set.
. "$(dirname "$0")/lib.sh"
python <<'PY'
import fixture
from fixture import Package, elf, wheel

def library(name, files, tag="cp311-cp311-manylinux_2_17_x86_64"):
    return Package(name, "12.1", [wheel(name, "12.1", files, tag=tag)])

cublas = library("nvidia-cublas-cu12", {
    "nvidia/__init__.py": "",
    "nvidia/cublas/lib/libcublas.so.12": elf(62, "libcublas.so.12", needed=["libcublasLt.so.12"], runpath="$ORIGIN"),
    "nvidia/cublas/lib/libcublasLt.so.12": elf(62, "libcublasLt.so.12", needed=["libc.so.6"]),
}, "py3-none-manylinux1_x86_64")
speech = library("speech", {
    "speech/__init__.py": "",
    "speech/core.cpython-311-x86_64-linux-gnu.so": elf(62, needed=["libcublas.so.12"], runpath="/usr/local/cuda/lib64"),
})
app = Package("app", "0.1.0", dependencies=["nvidia-cublas-cu12", "speech"], source='{ virtual = "." }')
pyproject = fixture.PYPROJECT.replace('"greet", "torch"', '"nvidia-cublas-cu12", "speech"').replace(
    'expect =', 'platforms = ["linux/amd64"]\n# ')
fixture.write_project(".", [app, cublas, speech], pyproject)
PY
run 0 "$cartwheel" build app -o oci:out
run 0 "$cartwheel" plan app
says 'ld.so.conf gets /opt/venv/lib/python3.11/site-packages/nvidia/cublas/lib for speech'
says 'driver 525.60.13 or newer'
run 0 "$cartwheel" plan app --json
python <<'PY'
import json, pathlib, tarfile

def read(digest):
    return json.loads((blobs / digest.removeprefix("sha256:")).read_text())

blobs = pathlib.Path("out/blobs/sha256")
index = read(json.load(open("out/index.json"))["manifests"][0]["digest"])
manifest = read(index["manifests"][0]["digest"])
config = read(manifest["config"]["digest"])
assert not any(entry.startswith("LD_LIBRARY_PATH=") for entry in config["config"]["Env"])
assert "NVIDIA_REQUIRE_CUDA=cuda>=12.0" in config["config"]["Env"]
kinds = [layer["annotations"].get("dev.cartwheel.kind", "base") for layer in manifest["layers"] if "annotations" in layer]
assert kinds.index("loader") == len(kinds) - 2 and kinds[-1] == "project", kinds
digest = next(layer["digest"] for layer in manifest["layers"] if layer.get("annotations", {}).get("dev.cartwheel.kind") == "loader")
with tarfile.open(blobs / digest.removeprefix("sha256:")) as archive:
    names = archive.getnames()
    conf = archive.extractfile("etc/ld.so.conf.d/zz-cartwheel.conf").read().decode()
    cache = archive.extractfile("etc/ld.so.cache").read()
    assert archive.extractfile("etc/ld.so.conf").read() == b"include /etc/ld.so.conf.d/*.conf\n"
folder = "/opt/venv/lib/python3.11/site-packages/nvidia/cublas/lib"
assert conf == folder + "\n", conf
for name in ["libcublas.so.12", "libcublasLt.so.12"]:
    assert f"{folder}/{name}\0".encode() in cache, name
PY
before=$(index_of out)
rm -rf "$CARTWHEEL_STORE" out
run 0 "$cartwheel" build app -o oci:out
[ "$(index_of out)" = "$before" ] || fail "another digest with an empty store"
