#!/usr/bin/env bash
# A write that the disk does not take (here: a limit on the size of files, as no full disk can be had without root) ends with status 9
# in the store and in the output, leaves nothing half under a final name, and a build with room has the right digest.
# tests/interop/full_disk.sh does it on a file system that is full.
. "$(dirname "$0")/lib.sh"
make_project_with_large_wheel 400000
run 0 "$cartwheel" build app -o oci:whole --store other
with_little_room() { (ulimit -f 200 && exec "$@"); } # KiB

run 9 with_little_room "$cartwheel" build app -o oci:out
says "File too large"
[ ! -e out/index.json ] || fail "an output was written"
store_is_sound
run 0 "$cartwheel" build app -o oci:out
[ "$(index_of out)" = "$(index_of whole)" ] || fail "another digest"

# Now the store has all, and the output has no room.
run 9 with_little_room "$cartwheel" build app -o oci:out2
[ ! -e out2/index.json ] || fail "an index.json of half a layout"
run 9 with_little_room "$cartwheel" build app -o oci-archive:out.tar
[ ! -e out.tar ] || fail "half an archive under its final name"
run 0 "$cartwheel" build app -o oci:out2
[ "$(index_of out2)" = "$(index_of whole)" ] || fail "another digest"
[ -z "$(find . -maxdepth 1 -name '*.tmp*' -o -maxdepth 1 -name '.*cartwheel*')" ] || fail "something was left: $(ls -A)"
