#!/usr/bin/env bash
# A file system that is full: a tmpfs of 256 KiB in a mount namespace of its own.
. "$(dirname "$0")/lib.sh"
python3 tests/cli/fixture.py "$work"
(cd "$work" && PYTHONPATH=$OLDPWD/tests/cli python3 - <<'PY'
import pathlib, random
from fixture import Package, packages, wheel, write_project
every = packages()
every.append(Package("large", "1.0", [wheel("large", "1.0", {"large/data.bin": random.Random(8).randbytes(600_000)})]))
every[0].dependencies.append("large")
write_project("full", every)
pyproject = pathlib.Path("full/app/pyproject.toml")
pyproject.write_text(pyproject.read_text().replace('"torch"]', '"torch", "large"]'))
PY
)
app=$work/full/app
"$cartwheel" build "$app" --store "$work/good" -o "oci:$work/good-out" >/dev/null 2>&1
index() { python3 -c 'import json,sys; print(json.load(open(sys.argv[1]+"/index.json"))["manifests"][0]["digest"])' "$1"; }
# on_full_disk WHAT: the build with the store or the output on the small file system ends with 9, and what is left there is sound.
on_full_disk() {
  mkdir -p "$work/small"
  WHAT=$1 APP=$app WORK=$work CARTWHEEL=$cartwheel unshare --user --map-root-user --mount bash -euc '
    mount -t tmpfs -o size=256k none "$WORK/small"
    if [ "$WHAT" = store ]; then args=(--store "$WORK/small/store" -o "oci:$WORK/out")
    else args=(--store "$WORK/good" --no-memo -o "$WHAT:$WORK/small/out"); fi
    status=0
    "$CARTWHEEL" build "$APP" "${args[@]}" || status=$?
    [ "$status" -eq 9 ]
    [ ! -e "$WORK/out/index.json" ] && [ ! -e "$WORK/small/out/index.json" ] && [ ! -f "$WORK/small/out" ]
    if [ "$WHAT" = store ]; then python3 tests/cli/check_store.py "$WORK/small/store"; fi
    if [ "$WHAT" = oci ]; then (cd "$WORK/small/out/blobs/sha256" && shopt -s nullglob; for blob in *; do sha256sum "$blob" | grep -q "^$blob "; done); fi
  ' >"$work/full.log" 2>&1 && grep -q "No space left on device" "$work/full.log" || { cat "$work/full.log"; return 1; }
}
check "the store's disk is full: status 9, nothing half under a final name" on_full_disk store
check "a layout's disk is full: status 9, nothing half under a final name" on_full_disk oci
check "an archive's disk is full: status 9, no file" on_full_disk oci-archive
afterwards() {
  "$cartwheel" build "$app" --store "$work/good" --no-memo -o "oci:$work/out" && [ "$(index "$work/out")" = "$(index "$work/good-out")" ]
}
check "a build with room has the right digest" afterwards
