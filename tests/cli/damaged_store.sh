#!/usr/bin/env bash
# A wheel of the store whose bytes have gone wrong is fetched again, whether its layer is still to be made or known already.
. "$(dirname "$0")/lib.sh"
make_project_with_large_wheel 3000000
serve_wheels
run 0 "$cartwheel" build app -o oci:whole

# damage: turns over one byte in the middle of the large wheel.
damage() {
  python <<'PY'
import os, pathlib
blob = max(pathlib.Path(os.environ["CARTWHEEL_STORE"]).glob("blobs/sha256/*/*"), key=lambda path: path.stat().st_size)
data = bytearray(blob.read_bytes())
data[len(data) // 2] ^= 1
os.chmod(blob, 0o644)
blob.write_bytes(data)
PY
}
damage
run 6 "$cartwheel" build app --no-memo -o oci:streamed
says "build again"
[ ! -e streamed/index.json ] || fail "an index over a wrong layer"
run 0 "$cartwheel" build app --no-memo -o oci:streamed
[ "$(index_of streamed)" = "$(index_of whole)" ] || fail "another digest"
store_is_sound

damage
rm -rf "$CARTWHEEL_STORE"/{layers,recipes,facts,paths,builds}
run 0 "$cartwheel" build app -o oci:made
says "fetched again"
[ "$(index_of made)" = "$(index_of whole)" ] || fail "another digest"
store_is_sound
