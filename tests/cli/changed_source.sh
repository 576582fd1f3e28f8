#!/usr/bin/env bash
# A changed source line, and a changed version, of a project without build system change its layer, the configs, the manifests and the
# index, and no other blob.
. "$(dirname "$0")/lib.sh"
make_project
run 0 "$cartwheel" build app -o oci:one
echo 'print("one line more")' >>app/main.py
run 0 "$cartwheel" build app -o oci:two
sed -i 's/^version = "0.1.0"/version = "0.2.0"/' app/pyproject.toml app/uv.lock
run 0 "$cartwheel" build app -o oci:three
for pair in "one two" "two three"; do
  python3 "$cli/new_blobs.py" $pair >new
  [ "$(cat new)" = "config config index manifest manifest project" ] || fail "new blobs of $pair: $(cat new)"
done
