#!/usr/bin/env bash
# One command makes an image of each variant, under its own tag; layers of the same wheels are the same blobs.
. "$(dirname "$0")/lib.sh"
make_project
cat >>app/pyproject.toml <<'TOML'
[tool.cartwheel.variants.slim]
platforms = ["linux/amd64"]
cmd = ["python", "-V"]
[tool.cartwheel.variants.full]
tag-suffix = ".full"
TOML
run 0 "$cartwheel" plan app
says "slim: linux/amd64"
says "full: linux/arm64"
run 0 "$cartwheel" build app -o oci:out:1
says "oci:out:1-slim"
says "oci:out:1.full"
python <<'PY'
import json, pathlib
blobs = pathlib.Path("out/blobs/sha256")
load = lambda digest: json.loads((blobs / digest.removeprefix("sha256:")).read_text())
layers = {}
for entry in json.loads(pathlib.Path("out/index.json").read_text())["manifests"]:
    images = load(entry["digest"])["manifests"]
    tag = entry["annotations"]["org.opencontainers.image.ref.name"]
    layers[tag] = {m["platform"]["architecture"]: [l["digest"] for l in load(m["digest"])["layers"]] for m in images}
assert sorted(layers) == ["1-slim", "1.full"], layers
assert list(layers["1-slim"]) == ["amd64"], layers
ours, theirs = layers["1-slim"]["amd64"], layers["1.full"]["amd64"]
assert ours == theirs and len(ours) >= 5, (ours, theirs)
PY
run 0 "$cartwheel" build app -o oci:out:1
says "nothing had changed"

# By name; a tar holds one variant.
run 0 "$cartwheel" build app --variant slim -o oci-archive:slim.tar:2
says "slim.tar:2-slim"
run 2 "$cartwheel" build app -o oci-archive:both.tar
says "--variant"
[ ! -e both.tar ] || fail "a file was left"
run 2 "$cartwheel" build app --variant slum -o oci:out:1
says "did you mean 'slim'"
