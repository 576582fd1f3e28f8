#!/usr/bin/env bash
# kill -9 while a wheel is half there: nothing wrong has a final name, and the next build goes on from the half and has the right digest.
. "$(dirname "$0")/lib.sh"
make_project_with_large_wheel 8000000
serve_wheels
run 0 "$cartwheel" build app -o oci:whole --store other
half=large-1.0-py3-none-any.whl
touch "wheels/$half.stall"
"$cartwheel" build app -o oci:out >"$scratch/out" 2>"$scratch/err" &
builder=$!
until [ -n "$(find "$CARTWHEEL_STORE/partial" -size +2M 2>/dev/null)" ]; do kill -0 "$builder"; done
kill -9 "$builder"
status=0
wait "$builder" || status=$?
[ "$status" -eq 137 ] || fail "the build ended with $status before it was killed"
[ ! -e out/index.json ] || fail "an output was written"
store_is_sound

run 0 "$cartwheel" build app -o oci:out
store_is_sound
[ "$(index_of out)" = "$(index_of whole)" ] || fail "another digest than that of a build that was not killed"
grep -q "GET /$half .* 206" "$scratch/server.log" || fail "the half was fetched again"
