#!/usr/bin/env bash
# The -debug image is the plain one and a layer with busybox on top; init = true puts tini in front, and then SIGTERM ends the process.
. "$(dirname "$0")/lib.sh"
project=$work/project
cp -r examples/demo "$project"
check "build both tags with one command" "$cartwheel" build "$project" --debug -o "oci:$work/layout:1.0"
check "all layers but the last are shared" python3 - "$work/layout" <<'PY'
import json, pathlib, sys

blobs = pathlib.Path(sys.argv[1]) / "blobs/sha256"
load = lambda descriptor: json.loads((blobs / descriptor["digest"][7:]).read_text())
tags = {entry["annotations"]["org.opencontainers.image.ref.name"]: load(entry)
        for entry in json.loads((blobs.parent.parent / "index.json").read_text())["manifests"]}
assert sorted(tags) == ["1.0", "1.0-debug"], tags.keys()
for plain, debug in zip(tags["1.0"]["manifests"], tags["1.0-debug"]["manifests"]):
    assert plain["platform"] == debug["platform"]
    below, above = load(plain), load(debug)
    assert above["layers"][:-1] == below["layers"], "layers differ"
    assert above["layers"][-1]["annotations"]["dev.cartwheel.packages"].startswith("busybox-static==")
    assert above["layers"][-1]["size"] < 2_000_000, above["layers"][-1]
    one, other = load(below["config"])["config"], load(above["config"])["config"]
    assert [e for e in other["Env"] if not e.startswith("PATH=")] == [e for e in one["Env"] if not e.startswith("PATH=")]
    assert any(e.startswith("PATH=") and e.endswith(":/busybox") for e in other["Env"])
PY
check "a shell and its tools on linux/amd64" \
  scripts/run-image "$work/layout:1.0-debug" linux/amd64 sh -c 'ls -l /bin/sh && ps >/dev/null && echo "$PATH" | grep -q ":/busybox$" && python -c "import numpy"'
check "a shell as a locked-down user" \
  scripts/run-image --locked-down 12345:0 "$work/layout:1.0-debug" linux/amd64 sh -c 'id -u | grep -qx 12345 && vi --help 2>/dev/null; touch /tmp/x && ! touch /x'
check "a shell on linux/arm64" \
  scripts/run-image "$work/layout:1.0-debug" linux/arm64 /busybox/sh -c 'set -e; test -L /bin/sh; echo ready; exit 0'
check "no shell in the plain image" \
  sh -c '! scripts/run-image "$1" linux/amd64 sh -c true 2>/dev/null' sh "$work/layout:1.0"
check "an unchanged build of both does nothing" \
  sh -c '"$1" build "$2" --debug --frozen -o "$3" | grep -c "nothing had changed" | grep -qx 2' sh "$cartwheel" "$project" "oci:$work/layout:1.0"

# PID 1: without init the kernel drops SIGTERM; with it the program ends as outside of a container
kill_first='import os, signal, time; own = os.getpid() == 1 or "tini" in open("/proc/1/comm").read(); os.kill(1, signal.SIGTERM) if own else exit(99); time.sleep(1); print("still here")'
sed -i "s|^entrypoint = .*|cmd = ['python', '-c', '$kill_first']|" "$project/pyproject.toml"
"$cartwheel" build "$project" -o "oci:$work/layout:alone" >/dev/null 2>&1
sed -i 's|^cmd = |init = true\ncmd = |' "$project/pyproject.toml"
check "build with tini" "$cartwheel" build "$project" -o "oci:$work/layout:init"
check "without init SIGTERM does nothing to PID 1" \
  sh -c 'scripts/run-image "$1" linux/amd64 | grep -q "still here"' sh "$work/layout:alone"
check "with init SIGTERM ends the program" \
  sh -c 'scripts/run-image "$1" linux/amd64; test $? -eq 143' sh "$work/layout:init"
