#!/usr/bin/env bash
# docker-archive holds one platform: two are refused before anything is made, one is written with its name.
. "$(dirname "$0")/lib.sh"
make_project
run 2 "$cartwheel" build app -o docker-archive:out.tar:app:1
says "--platform"
[ ! -e out.tar ] || fail "an archive was written"
[ -z "$(find "$CARTWHEEL_STORE/blobs" -type f 2>/dev/null)" ] || fail "wheels were fetched before the refusal"
run 0 "$cartwheel" build app --platform linux/arm64 -o docker-archive:out.tar:app:1
python <<'PY'
import hashlib, io, json, tarfile
archive = tarfile.open("out.tar")
(image,) = json.load(archive.extractfile("manifest.json"))
assert image["RepoTags"] == ["app:1"], image
config = json.load(archive.extractfile(image["Config"]))
assert config["architecture"] == "arm64"
for layer, diff_id in zip(image["Layers"], config["rootfs"]["diff_ids"], strict=True):
    data = archive.extractfile(layer).read()
    import gzip
    tar = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    assert "sha256:" + hashlib.sha256(tar).hexdigest() == diff_id, layer
PY
