#!/usr/bin/env bash
# kill -9 while layers are made and while the output is written: nothing wrong has a final name, and a clean build has the right digest.
. "$(dirname "$0")/lib.sh"
make_project_with_large_wheel 24000000
run 0 "$cartwheel" build app -o oci:whole --store other

# killed_when PATTERN: builds, kills when a path like that exists, and checks what is left; again while the build was faster.
killed_when() {
  local builder status try
  for try in 1 2 3 4 5 6 7 8; do
    rm -rf out
    "$cartwheel" build app --no-memo -o oci:out >"$scratch/out" 2>"$scratch/err" &
    builder=$!
    until compgen -G "$1" >/dev/null || ! kill -0 "$builder" 2>/dev/null; do :; done
    kill -9 "$builder" 2>/dev/null || true
    status=0
    wait "$builder" || status=$?
    if [ "$status" -eq 137 ]; then
      store_is_sound
      [ ! -e out/index.json ] || fail "index.json without the whole layout"
      run 0 "$cartwheel" build app --no-memo -o oci:out
      [ "$(index_of out)" = "$(index_of whole)" ] || fail "another digest after a kill at $1"
      store_is_sound
      return
    fi
    [ "$status" -eq 0 ] || fail "the build ended with $status"
    chmod -R u+w "$CARTWHEEL_STORE"
    rm -rf "$CARTWHEEL_STORE"
  done
  fail "no build was slow enough to be killed at $1"
}
killed_when "$CARTWHEEL_STORE/tmp/*/*"     # while something is on its way into the store
rm -rf out "$CARTWHEEL_STORE"
killed_when "$CARTWHEEL_STORE/blobs/sha256/*/*" # the first wheel is there, its layer is not
rm -rf out "$CARTWHEEL_STORE"
killed_when "$CARTWHEEL_STORE/recipes/*/*/*" # the first layer is made
killed_when "out/blobs/sha256/*"             # the first blob of the output is there
