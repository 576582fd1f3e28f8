#!/usr/bin/env bash
# A base may be an archive; its layers stay as they are, or are coded anew so that an image has one kind of compression.
. "$(dirname "$0")/lib.sh"
make_project
run 0 "$cartwheel" build app -o oci:out
tar -cf base.tar -C base .
sed -i 's|"oci:../base"|"oci-archive:../base.tar"|' app/pyproject.toml
run 0 "$cartwheel" build app -o oci:from-archive
run 0 "$cartwheel" build app --compression zstd -o oci:zstandard
python <<'PY'
import json, pathlib

def images(layout):
    folder = pathlib.Path(layout)
    load = lambda d: json.loads((folder / "blobs/sha256" / d["digest"][7:]).read_text())
    (top,) = json.loads((folder / "index.json").read_text())["manifests"]
    for image in load(top)["manifests"]:
        manifest = load(image)
        yield manifest["layers"], load(manifest["config"])["rootfs"]["diff_ids"]

base = [layers[0]["digest"] for layers, _ in images("base")]
for (first, ids), (second, again), (third, zstd_ids) in zip(images("out"), images("from-archive"), images("zstandard")):
    assert first[0]["digest"] in base, "the base's layer was changed"
    # All but the project's layer, in which the name of the base stands.
    assert first[:-1] == second[:-1] and ids[:-1] == again[:-1]
    assert {layer["mediaType"] for layer in second} == {"application/vnd.oci.image.layer.v1.tar+gzip"}
    assert {layer["mediaType"] for layer in third} == {"application/vnd.oci.image.layer.v1.tar+zstd"}
    assert zstd_ids == again, "the same tars"
PY
# A base for one platform does for that one alone.
python <<'PY'
import fixture
fixture.write_base("one", ["amd64"])
PY
run 0 "$cartwheel" build app --base oci:one --platform linux/amd64 -o oci:one-platform
run 5 "$cartwheel" build app --base oci:one -o oci:none
says "no image for linux/arm64"
