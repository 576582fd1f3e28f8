#!/usr/bin/env bash
# exclude leaves files out of the image and of RECORD, for one package or for each, and plan tells what it saves once it can know.
. "$(dirname "$0")/lib.sh"
make_project
sed -i 's|^expect = .*|&\nexclude = { greet = ["greet/data/**"], "*" = ["type-stubs"] }|' app/pyproject.toml
rm -rf wheels
python <<'PY'
import pathlib
from fixture import Package, library_wheel, lock_text, packages, wheel, write_wheels
every = packages()
files = {"greet/__init__.py": "def main():\n    print('hello')\n", "greet/py.typed": "", "greet/data/a.bin": "a" * 3000, "greet/keep.bin": "k"}
every[1] = Package("greet", "1.0", [wheel("greet", "1.0", files)], ["number"])
write_wheels(pathlib.Path("wheels"), every)
pathlib.Path("app/uv.lock").write_text(lock_text(every))
PY
run 0 "$cartwheel" plan app
says "greet leaves out **/*.pyi **/py.typed greet/data/**: not known before its inside is"
run 0 "$cartwheel" build app -o oci:out
run 0 "$cartwheel" plan app
says "greet leaves out **/*.pyi **/py.typed greet/data/**: 2 files, 3.0 kB unpacked"
python <<'PY'
import json, pathlib, tarfile
layout = pathlib.Path("out")
load = lambda digest: json.loads((layout / "blobs" / digest.replace(":", "/")).read_text())
files = {}
for entry in load(json.load(open("out/index.json"))["manifests"][-1]["digest"])["manifests"]:
    for layer in load(entry["digest"])["layers"]:
        with tarfile.open(layout / "blobs" / layer["digest"].replace(":", "/")) as archive:
            files |= {e.name: archive.extractfile(e).read().decode() for e in archive if e.isfile() and "site-packages/greet" in e.name}
site = "opt/venv/lib/python3.11/site-packages/"
names = {name.removeprefix(site) for name in files}
assert {"greet/__init__.py", "greet/keep.bin"} <= names, names
assert not {"greet/py.typed", "greet/data/a.bin", "greet/data"} & names, names
record = files[site + "greet-1.0.dist-info/RECORD"]
assert "greet/keep.bin" in record and "py.typed" not in record and "a.bin" not in record, record
PY
