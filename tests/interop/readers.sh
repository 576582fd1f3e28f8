#!/usr/bin/env bash
# Every reader takes each layer's gzip stream whole. Needs demo.sh before it.
. "$(dirname "$0")/lib.sh"
layout=build/demo/demo
# Every reader takes each layer's gzip stream whole.
cat >"$work/gunzip.go" <<'GO'
package main

import (
	"bufio"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
)

func main() {
	in := bufio.NewReader(os.Stdin)
	z, err := gzip.NewReader(in)
	if err != nil {
		panic(err)
	}
	z.Multistream(false) // stops after one member
	h := sha256.New()
	if _, err := io.Copy(h, z); err != nil {
		panic(err)
	}
	if _, err := in.ReadByte(); err != io.EOF {
		panic("bytes after the first member")
	}
	fmt.Printf("%x  -\n", h.Sum(nil))
}
GO
go=$(command -v go || ls /usr/lib/go*/bin/go 2>/dev/null | tail -1)
(cd "$work" && GOFLAGS=-buildvcs=false GO111MODULE=off "$go" build -o gunzip gunzip.go) 2>"$work/go.log" || cat "$work/go.log"
readers() {
  python3 - "$layout" "$work/gunzip" <<'PY'
import hashlib, json, pathlib, subprocess, sys, tarfile, zlib
layout, gunzip = pathlib.Path(sys.argv[1]), sys.argv[2]
blob = lambda digest: layout / "blobs/sha256" / digest[7:]
load = lambda digest: json.loads(blob(digest).read_text())
seen = set()
for entry in load(json.loads((layout / "index.json").read_text())["manifests"][-1]["digest"])["manifests"]:
    manifest = load(entry["digest"])
    ids = load(manifest["config"]["digest"])["rootfs"]["diff_ids"]
    for layer, diff_id in zip(manifest["layers"], ids):
        if layer["digest"] in seen:
            continue
        seen.add(layer["digest"])
        path = blob(layer["digest"])
        for command in (["gzip", "-dc"], ["pigz", "-dc"]):
            out = subprocess.Popen(command, stdin=open(path, "rb"), stdout=subprocess.PIPE)
            digest = hashlib.file_digest(out.stdout, "sha256").hexdigest()
            assert out.wait() == 0 and "sha256:" + digest == diff_id, (command, layer["digest"])
        go = subprocess.run([gunzip], stdin=open(path, "rb"), capture_output=True, text=True, check=True).stdout
        assert go.split()[0] == diff_id[7:], ("go", layer["digest"])
        names = [m.name for m in tarfile.open(path, "r:gz")]
        with tarfile.open(path, "r|gz") as stream:
            assert [m.name for m in stream] == names, ("r|gz", layer["digest"])
        one, size = zlib.decompressobj(31), 0
        with open(path, "rb") as raw:
            while chunk := raw.read(1 << 20):
                size += len(one.decompress(chunk))
        assert one.eof and not one.unused_data, ("one member", layer["digest"])
print(len(seen), "layers")
PY
}
check "gzip, pigz, tarfile r:gz and r|gz, Go and a one-member reader take every layer whole" readers
