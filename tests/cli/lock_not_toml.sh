#!/usr/bin/env bash
# A lock that is not TOML is malformed, and the message names the line.
. "$(dirname "$0")/lib.sh"
make_project
printf 'version = 1\n\n[[package]\nname = "x"\n' >app/uv.lock
run 3 "$cartwheel" plan app
says "uv.lock:3"
run 3 "$cartwheel" build app -o oci:out
printf '\xff\xfe\x00binary' >app/uv.lock
run 3 "$cartwheel" plan app
says "uv.lock"
: >app/uv.lock
run 3 "$cartwheel" plan app
says "version"
[ ! -e out ] || fail "an output was written"
