#!/usr/bin/env bash
# Each repeatable option takes one value, so that the folder may stand anywhere; options may be given several times.
. "$(dirname "$0")/lib.sh"
make_project
run 0 "$cartwheel" build -o oci:out app
run 0 "$cartwheel" build --platform linux/amd64 -o oci:one app
run 0 "$cartwheel" plan --platform linux/amd64 --platform linux/arm64 app --json
run 0 "$cartwheel" plan --platform linux/amd64,linux/arm64 app
run 0 "$cartwheel" build app --output oci:first --output oci-archive:second.tar:tag
[ -e first/index.json ] && [ -e second.tar ] || fail "not both outputs were written"
run 0 "$cartwheel" build app -o oci:no-build --no-build --no-memo
run 2 "$cartwheel" build app
says "--output"
run 2 "$cartwheel" plan app --only-group dev --extra x
says "--only-group"
run 2 "$cartwheel" plan app --package app --all-packages
run 2 "$cartwheel" plan app --only-dev --no-dev

# In the folder of a workspace member the lock lies above: that folder and the member are named.
mkdir -p app/packages/part
printf '[project]\nname = "part"\n' >app/packages/part/pyproject.toml
run 5 sh -c "cd app/packages/part && '$cartwheel' plan"
says "workspace in '../..'"
says "--package part"
rm -r app/packages
run 2 "$cartwheel" build app other -o oci:out
run 2 "$cartwheel"
says "cartwheel --help"
run 0 "$cartwheel" --version
grep -qE '^cartwheel [0-9]+\.[0-9]+\.[0-9]+$' "$scratch/out" || fail "the version has another form"

# What cannot be written to is said before anything is made.
mkdir full && echo mine >full/file
chmod -R u+w "$CARTWHEEL_STORE" && rm -rf "$CARTWHEEL_STORE"
run 4 "$cartwheel" build app -o oci:fine -o oci:full
says "no OCI layout"
[ ! -e fine/index.json ] || fail "the first output was written"
[ -z "$(find "$CARTWHEEL_STORE/blobs" -type f 2>/dev/null)" ] || fail "something was made before"
run 5 "$cartwheel" build app -o oci-archive:nowhere/out.tar
[ -z "$(find "$CARTWHEEL_STORE/blobs" -type f 2>/dev/null)" ] || fail "something was made before"
