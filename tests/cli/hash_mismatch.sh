#!/usr/bin/env bash
# A wheel with other bytes than the lock's hash stops the build with status 6, by path and over HTTP, and does not get into the store.
. "$(dirname "$0")/lib.sh"
make_project
printf 'x' >>wheels/greet-1.0-py3-none-any.whl
run 6 "$cartwheel" build app -o oci:out
says "greet-1.0-py3-none-any.whl"
says "wanted"
[ ! -e out/index.json ] || fail "an output was written"

serve wheels
sed -i "s|registry = \"../wheels\"|registry = \"$url/simple\"|; s|{ path = \"|{ url = \"$url/|" app/uv.lock
run 6 "$cartwheel" build app -o oci:out
says "greet-1.0-py3-none-any.whl"
wrong=$(sha256sum <wheels/greet-1.0-py3-none-any.whl | cut -c1-64)
[ -z "$(find "$CARTWHEEL_STORE" -name "$wrong")" ] || fail "the wrong wheel is in the store"
truncate -s -1 wheels/greet-1.0-py3-none-any.whl
run 0 "$cartwheel" build app -o oci:out
