#!/usr/bin/env bash
# A workspace with one variant for each service: each image has its member with that member's extras, groups and expectations, and
# nothing of the others, whose sources need not be there; wheels that both need are one layer.
. "$(dirname "$0")/lib.sh"
python <<'PY'
import pathlib
import fixture
from fixture import Package, wheel

def pure(name):
    return Package(name, "1.0", [wheel(name, "1.0")], source='{ registry = "wheels" }')

extra = '[package.optional-dependencies]\nfast = [{ name = "quick" }]\n\n[package.dev-dependencies]\nprod = [{ name = "watch" }]'
members = [Package(name, "0.1.0", dependencies=["both"], source=f'{{ virtual = "{name}" }}', extra=extra) for name in ("api", "worker")]
every = [*members, pure("both"), pure("quick"), pure("watch")]
root = pathlib.Path("repo")
for member in members:
    (root / member.name).mkdir(parents=True)
    (root / member.name / "main.py").write_text(f"print('{member.name}')\n")
    (root / member.name / "pyproject.toml").write_text(
        f'[project]\nname = "{member.name}"\nversion = "0.1.0"\nrequires-python = ">=3.11"\ndependencies = ["both"]\n'
        '[project.optional-dependencies]\nfast = ["quick"]\n[dependency-groups]\nprod = ["watch"]\n')
fixture.write_wheels(root / "wheels", every)
fixture.write_base("base")
manifest = '\n[manifest]\nmembers = ["api", "worker"]\n'
head, rest = fixture.lock_text(every).split("\n\n", 1)
(root / "uv.lock").write_text(head + "\n" + manifest + "\n" + rest)
(root / "pyproject.toml").write_text('''\
[tool.uv.workspace]
members = ["api", "worker"]
[tool.cartwheel]
base = "oci:../base"
[tool.cartwheel.variants.api]
package = "api"
cmd = ["python", "main.py"]
[tool.cartwheel.variants.worker]
package = "worker"
extras = ["fast"]
groups = ["prod"]
platforms = ["linux/arm64"]
expect = { "linux/arm64" = "cpu" }
cmd = ["python", "main.py"]
tag-suffix = ".w"
''')
PY
run 0 "$cartwheel" build repo -o oci:out:1
says "oci:out:1-api"
says "oci:out:1.w"
cat >look.py <<'PY'
import gzip, io, json, pathlib, sys, tarfile

out = pathlib.Path(sys.argv[1])
blob = lambda digest: (out / "blobs/sha256" / digest.removeprefix("sha256:")).read_bytes()
found = {}
for entry in json.loads((out / "index.json").read_text())["manifests"]:
    tag = entry["annotations"]["org.opencontainers.image.ref.name"]
    for image in json.loads(blob(entry["digest"]))["manifests"]:
        layers = [layer["digest"] for layer in json.loads(blob(image["digest"]))["layers"]]
        names = [name for layer in layers for name in tarfile.open(fileobj=io.BytesIO(gzip.decompress(blob(layer)))).getnames()]
        packages = sorted({name.split("/")[-1].split("-")[0] for name in names if name.endswith(".dist-info")})
        programs = [gzip.decompress(blob(layer)) for layer in layers]
        mine = [each for each in ("api", "worker") if any(f"print('{each}')".encode() in program for program in programs)]
        found[tag, image["platform"]["architecture"]] = (packages, mine, set(layers))
PY
cat look.py - >both.py <<'PY'
assert sorted(found) == [("1-api", "amd64"), ("1-api", "arm64"), ("1.w", "arm64")], sorted(found)
assert found["1-api", "amd64"][:2] == (["both"], ["api"]), found
assert found["1.w", "arm64"][:2] == (["both", "quick", "watch"], ["worker"]), found
shared = found["1-api", "arm64"][2] & found["1.w", "arm64"][2]
assert len(shared) >= 2, "the base and the wheel of both"
PY
python3 both.py out

# A variant's own expectation; a member that is none.
sed -i 's/"linux\/arm64" = "cpu"/"linux\/arm64" = "cuda"/; s/^package = "api"/package = "apu"/' repo/pyproject.toml
run 4 "$cartwheel" plan repo --variant worker
says "expectation-failed"
run 2 "$cartwheel" plan repo
says "did you mean 'api'"
sed -i 's/"linux\/arm64" = "cuda"/"linux\/arm64" = "cpu"/; s/^package = "apu"/package = "api"/' repo/pyproject.toml

# The other member's sources are not there, as where a builder gets one service's folder only.
rm -r repo/worker
run 0 "$cartwheel" build repo --variant api -o oci:alone:1
[ "$(index_of alone 1-api)" = "$(index_of out 1-api)" ] || fail "another image without the other member's sources"
