#!/usr/bin/env bash
# The same index digest whatever the circumstances. Needs demo.sh before it.
. "$(dirname "$0")/lib.sh"
# The same index digest whatever the circumstances.
digest() { "$@" --json 2>"$work/err" | python3 -c 'import json,sys; print(json.load(sys.stdin)["index"])' || cat "$work/err"; }
reproducible() {
  local first other
  first=$(digest "$cartwheel" build examples/demo --frozen -o "oci:$work/r1")
  cp -r examples/demo "$work/elsewhere"
  other=$(cd /tmp && umask 077 && env -i HOME="$work/home" PATH="$PATH" LC_ALL=C TZ=Pacific/Auckland CARTWHEEL_STORE="$work/store2" \
    "$cartwheel" build "$work/elsewhere" --frozen -j 1 --transfers 3 -o "oci:$work/r2" --json 2>"$work/err" |
    python3 -c 'import json,sys; print(json.load(sys.stdin)["index"])')
  echo "$first $other"
  [ -n "$first" ] && [ "$first" = "$other" ] || return 1
  for jobs in 1 2 7; do
    other=$(digest "$cartwheel" build examples/demo --frozen --offline --no-memo -j $jobs -o "oci:$work/r$jobs-again")
    [ "$first" = "$other" ] || { echo "jobs $jobs: $other"; return 1; }
  done
}
check "same index digest: folder, umask, locale, time zone, threads, store cold and warm, offline" reproducible
