#!/usr/bin/env bash
# A changed source line of the project changes its layer, the configs, the manifests and the index, and no other blob; so does a
# changed version, and then, as no file in the image has it, not even the layer.
. "$(dirname "$0")/lib.sh"
make_project
run 0 "$cartwheel" build app -o oci:one
echo 'print("one line more")' >>app/main.py
run 0 "$cartwheel" build app -o oci:two
sed -i 's/^version = "0.1.0"/version = "0.2.0"/' app/pyproject.toml app/uv.lock
run 0 "$cartwheel" build app -o oci:three
cat >compare.py <<'PY'
import json, pathlib, sys


def kinds(layout):
    """What each blob of the layout is, by its digest."""
    folder = pathlib.Path(layout)
    load = lambda descriptor: json.loads((folder / "blobs/sha256" / descriptor["digest"][7:]).read_text())
    (top,) = json.loads((folder / "index.json").read_text())["manifests"]
    found = {top["digest"]: "index"}
    for image in load(top)["manifests"]:
        manifest = load(image)
        found[image["digest"]] = "manifest"
        found[manifest["config"]["digest"]] = "config"
        for layer in manifest["layers"]:
            found[layer["digest"]] = layer.get("annotations", {}).get("dev.cartwheel.kind", "base")
    assert len(found) == len(list((folder / "blobs/sha256").iterdir()))
    return found


before, after = kinds(sys.argv[1]), kinds(sys.argv[2])
new = sorted(after[digest] for digest in after.keys() - before.keys())
assert new == sys.argv[3].split(), f"new blobs: {new}, wanted {sys.argv[3]}"
assert len(before) == len(after)
PY
python3 compare.py one two "config config index manifest manifest project"
python3 compare.py two three "config config index manifest manifest project"
