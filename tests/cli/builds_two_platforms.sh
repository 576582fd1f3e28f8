#!/usr/bin/env bash
# The main job, offline: from a lock to a layout of two platforms.
. "$(dirname "$0")/lib.sh"
make_project
run 0 "$cartwheel" plan app
says "torch"
says "cuda 12.1"
run 0 "$cartwheel" build app -o oci:out:latest
says "linux/amd64"
says "linux/arm64"
python <<'PY'
import gzip, hashlib, io, json, pathlib, tarfile
out = pathlib.Path("out")
blob = lambda digest: (out / "blobs/sha256" / digest.removeprefix("sha256:")).read_bytes()
index = json.loads(blob(json.loads((out / "index.json").read_text())["manifests"][0]["digest"]))
assert [m["platform"]["architecture"] for m in index["manifests"]] == ["amd64", "arm64"]
for entry, version in zip(index["manifests"], ["2.4.0+cu121", "2.4.0"]):
    manifest = json.loads(blob(entry["digest"]))
    ids = json.loads(blob(manifest["config"]["digest"]))["rootfs"]["diff_ids"]
    paths = set()
    for layer, diff_id in zip(manifest["layers"], ids, strict=True):
        tar = gzip.decompress(blob(layer["digest"]))
        assert "sha256:" + hashlib.sha256(tar).hexdigest() == diff_id
        paths |= set(tarfile.open(fileobj=io.BytesIO(tar)).getnames())
    site = "opt/venv/lib/python3.11/site-packages"
    for path in ["app/main.py", "opt/venv/bin/greet", f"{site}/greet/__init__.py", f"{site}/torch-{version}.dist-info/METADATA"]:
        assert path in paths, (path, sorted(paths))
PY
