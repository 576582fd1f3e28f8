#!/usr/bin/env bash
# --frozen neither makes nor changes cartwheel.lock: without a pin it is refused; with one it holds.
. "$(dirname "$0")/lib.sh"
make_project
run 4 "$cartwheel" build app --frozen -o oci:out
says "cartwheel base pin"
[ ! -e app/cartwheel.lock ] || fail "cartwheel.lock was written"
[ ! -e out/index.json ] || fail "an output was written"
run 0 "$cartwheel" build app -o oci:unfrozen
says "cartwheel.lock: base 'oci:../base' is pinned for linux/arm64"
run 0 "$cartwheel" build app --no-memo -o oci:unfrozen
says_not "cartwheel.lock"
run 0 "$cartwheel" base pin app
before=$(sha256sum app/cartwheel.lock)
run 0 "$cartwheel" build app --frozen -o oci:out
[ "$(sha256sum app/cartwheel.lock)" = "$before" ] || fail "cartwheel.lock was changed"
run 0 "$cartwheel" base pin app
says "unchanged"
[ "$(sha256sum app/cartwheel.lock)" = "$before" ] || fail "an unchanged pin changed cartwheel.lock"

# Another base under the same name is not what was pinned.
rm -rf base
python <<'PY'
import fixture
fixture.write_base("base", python="3.11.9")
PY
run 4 "$cartwheel" build app --frozen --no-memo -o oci:out
says "cartwheel base pin"
run 4 "$cartwheel" build app --no-memo -o oci:out
