#!/usr/bin/env bash
# --offline opens no connection: what is not in the store is not found (5), and what is there is enough.
. "$(dirname "$0")/lib.sh"
make_project
serve_wheels
run 5 "$cartwheel" build app --offline -o oci:out
says "greet-1.0-py3-none-any.whl"
says "offline, and 5 files are not in the store"
[ ! -s "$scratch/server.log" ] || fail "the server was asked: $(cat "$scratch/server.log")"
run 0 "$cartwheel" plan app
[ ! -s "$scratch/server.log" ] || fail "plan asked the server"
run 0 "$cartwheel" build app -o oci:out
[ -s "$scratch/server.log" ] || fail "the server was not asked"
: >"$scratch/server.log"
run 0 "$cartwheel" build app --offline --no-memo -o oci:again
[ "$(index_of again)" = "$(index_of out)" ] || fail "another digest"
[ ! -s "$scratch/server.log" ] || fail "the server was asked: $(cat "$scratch/server.log")"
