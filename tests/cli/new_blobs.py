"""Says what each blob of a layout is that another layout has not: index, manifest, config, or the kind of the layer.

    python3 new_blobs.py BEFORE AFTER
"""

import json
import pathlib
import sys


def kinds(layout):
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
    assert len(found) == len(list((folder / "blobs/sha256").iterdir())), "blobs that nothing names"
    return found


before, after = kinds(sys.argv[1]), kinds(sys.argv[2])
print(*sorted(after[digest] for digest in after.keys() - before.keys()))
