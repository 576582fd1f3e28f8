#!/usr/bin/env bash
# The same index digest for another user, who sees the files as somebody else's.
. "$(dirname "$0")/lib.sh"
python3 tests/cli/fixture.py "$work"
index() { python3 -c 'import json,sys; print(json.load(open(sys.argv[1]+"/index.json"))["manifests"][0]["digest"])' "$1"; }
same() {
  "$cartwheel" build "$work/app" --store "$work/one" -o "oci:$work/out" &&
    unshare --user bash -c '[ "$(id -u)" -ne "$1" ] && shift && exec "$@"' - "$(id -u)" \
      "$cartwheel" build "$work/app" --frozen --store "$work/two" -o "oci:$work/other" &&
    [ "$(index "$work/out")" = "$(index "$work/other")" ]
}
check "same index digest: another user" same
