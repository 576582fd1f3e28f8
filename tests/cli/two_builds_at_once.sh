#!/usr/bin/env bash
# Several builds at once on one cold store: all end well, with one digest, and each wheel is fetched once.
. "$(dirname "$0")/lib.sh"
make_project
serve_wheels
run 0 "$cartwheel" build app -o oci:whole --store other
: >"$scratch/server.log"
builders=()
for i in 1 2 3 4; do
  "$cartwheel" build app --frozen -o "oci:out$i" >"$scratch/out$i" 2>&1 &
  builders+=($!)
done
for builder in "${builders[@]}"; do
  wait "$builder" || { cat "$scratch"/out?; fail "a build failed"; }
done
for i in 1 2 3 4; do
  [ "$(index_of "out$i")" = "$(index_of whole)" ] || fail "out$i has another digest"
done
store_is_sound
for wheel in wheels/*.whl; do
  [ "$(grep -c "GET /$(basename "$wheel" | sed 's/+/.*/') " "$scratch/server.log")" -eq 1 ] || fail "$wheel was not fetched once"
done

# And into one layout, each under a tag of its own.
builders=()
for i in 1 2 3 4; do
  "$cartwheel" build app --no-memo -o "oci:shared:tag$i" >"$scratch/out$i" 2>&1 &
  builders+=($!)
done
for builder in "${builders[@]}"; do wait "$builder" || { cat "$scratch"/out?; fail "a build failed"; }; done
for i in 1 2 3 4; do [ "$(index_of shared "tag$i")" = "$(index_of whole)" ] || fail "tag$i"; done
