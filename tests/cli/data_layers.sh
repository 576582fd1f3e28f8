#!/usr/bin/env bash
# [[data]]: local files and files behind a URL become layers of their own, cut at max-layer-size; a change of one file changes its layer
# alone; an unchanged build does nothing; what does not compress is not copied into the store; a wrong SHA-256 is refused.
. "$(dirname "$0")/lib.sh"
make_project
mkdir -p app/models served
python3 - <<'PY'
import random
random.seed(1)
for name in ("app/models/a.bin", "app/models/b.bin", "served/w.bin"):
    open(name, "wb").write(random.randbytes(300_000))
open("app/models/words.txt", "w").write("word " * 60_000)
PY
serve served
cat >>app/pyproject.toml <<TOML
max-layer-size = 500000

[[tool.cartwheel.data]]
from = "models/"
to = "/srv/models"

[[tool.cartwheel.data]]
url = "$url/w.bin"
sha256 = "$(sha256sum served/w.bin | cut -d' ' -f1)"
to = "/srv/w/"
TOML
run 0 "$cartwheel" plan app
says "data models/ -> /srv/models: 3 files, 900.0 kB in 3 layers"
says "w.bin -> /srv/w/: not fetched yet"
run 0 "$cartwheel" build app -o oci:one
cat >look.py <<'PY'
import gzip, io, json, pathlib, sys, tarfile

blobs = pathlib.Path(sys.argv[1]) / "blobs/sha256"
load = lambda descriptor: json.loads((blobs / descriptor["digest"][7:]).read_text())
(top,) = json.loads((blobs.parent.parent / "index.json").read_text())["manifests"]
for image in load(top)["manifests"]:
    manifest = load(image)
    for layer in manifest["layers"]:
        tar = tarfile.open(fileobj=io.BytesIO(gzip.decompress((blobs / layer["digest"][7:]).read_bytes())))
        assert not any(name.startswith("app/models") for name in tar.getnames()), "data lies in the project's layer too"
    histories = [entry["created_by"] for entry in load(manifest["config"])["history"]][-len(manifest["layers"]):]
    for layer, history in zip(manifest["layers"], histories):
        if layer.get("annotations", {}).get("dev.cartwheel.kind") != "data":
            continue
        tar = tarfile.open(fileobj=io.BytesIO(gzip.decompress((blobs / layer["digest"][7:]).read_bytes())))
        files = {member.name: tar.extractfile(member).read() for member in tar if member.isfile()}
        for path, content in files.items():
            source = path.replace("srv/models", "app/models").replace("srv/w", "served")
            assert content == pathlib.Path(source).read_bytes(), path
        print(layer["digest"][7:], history.split("/")[-1].strip(), *files)
    break
PY
python3 look.py one >layers
cut -d' ' -f2- layers | diff - <(printf '%s\n' "(1 of 3) srv/models/a.bin" "(2 of 3) srv/models/b.bin" \
  "(3 of 3) srv/models/words.txt" "w.bin srv/w/w.bin") || fail "other layers: $(cat layers)"
[ "$(wc -c <"one/blobs/sha256/$(sed -n 1p layers | cut -d' ' -f1)")" -gt 300000 ] || fail "noise was not stored"
[ "$(wc -c <"one/blobs/sha256/$(sed -n 3p layers | cut -d' ' -f1)")" -lt 10000 ] || fail "words were not compressed"
[ ! -e "$CARTWHEEL_STORE/blobs/sha256/$(sha256sum app/models/a.bin | cut -c1-2)/$(sha256sum app/models/a.bin | cut -d' ' -f1)" ] ||
  fail "a local file was copied into the store"
run 0 "$cartwheel" build app -o oci:one
says "nothing had changed"
run 0 "$cartwheel" build app -o oci:again --no-memo --offline
[ "$(index_of one)" = "$(index_of again)" ] || fail "another digest without the memo"

# A single file beside pyproject.toml, from within the project's folder.
echo alone >app/alone.txt
printf '[[tool.cartwheel.data]]\nfrom = "alone.txt"\nto = "/srv/alone.txt"\n' >>app/pyproject.toml
(cd app && run 0 "$cartwheel" build . -o oci:../alone)
head -n -3 app/pyproject.toml >without && mv without app/pyproject.toml
rm app/alone.txt

printf 'changed' >>app/models/b.bin
run 0 "$cartwheel" build app -o oci:two
python3 look.py two >changed
[ "$(diff layers changed | grep -c '^>')" -eq 1 ] || fail "more than one layer changed: $(diff layers changed)"
store_is_sound

sed -i 's/^sha256 = "...../sha256 = "00000/' app/pyproject.toml
run 6 "$cartwheel" build app -o oci:three
says "w.bin"
[ ! -e three/index.json ] || fail "an image was written"

# What would take the place of the image's own, or of another entry's file, is refused.
cp app/pyproject.toml before.toml
try() {  # try FROM TO WORDS
  cp before.toml app/pyproject.toml
  printf '\n[[tool.cartwheel.data]]\nfrom = "%s"\nto = "%s"\n' "$1" "$2" >>app/pyproject.toml
  run 4 "$cartwheel" build app -o oci:refused
  says "$3"
}
try models/a.bin /opt/venv/lib "is the image's own"
try models/a.bin /app "is the image's own"
try models/a.bin /srv/models/b.bin "is there already, from 'models/'"
try models/a.bin /srv/models "is a file here and a folder of 'models/'"
