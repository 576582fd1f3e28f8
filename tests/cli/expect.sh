#!/usr/bin/env bash
# --expect and the setting make another accelerator an error finding, with status 4, in plan and in build.
. "$(dirname "$0")/lib.sh"
make_project
run 0 "$cartwheel" plan app
run 0 "$cartwheel" plan app --expect amd64=cuda,arm64=cpu
run 0 "$cartwheel" plan app --expect 'linux/amd64=cuda 12'
run 4 "$cartwheel" plan app --expect amd64=cpu
says "expectation-failed"
run 4 "$cartwheel" plan app --expect 'amd64=cuda 11'
run 4 "$cartwheel" build app --expect arm64=cuda -o oci:out
says "expectation-failed"
[ ! -e out/index.json ] || fail "an output was written"
[ -z "$(find "$CARTWHEEL_STORE/blobs" -type f 2>/dev/null)" ] || fail "wheels were fetched before the refusal"
run 2 "$cartwheel" plan app --expect amd64
sed -i 's/"linux\/arm64" = "cpu"/"linux\/arm64" = "cuda"/' app/pyproject.toml
run 4 "$cartwheel" build app -o oci:out
says "expectation-failed"
