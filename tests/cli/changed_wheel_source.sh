#!/usr/bin/env bash
# A project with a build system becomes a wheel (here by a stand-in for the host's front end): a changed source line, and a changed
# version, change the layer of its wheel, the configs, the manifests and the index, and no other blob.
. "$(dirname "$0")/lib.sh"
make_project
mkdir bin app/src
mv app/main.py app/src/main.py
printf '\n[build-system]\nrequires = []\nbuild-backend = "none"\n' >>app/pyproject.toml
sed -i 's/source = { virtual = "." }/source = { editable = "." }/' app/uv.lock
cat >bin/uv <<PY
#!$(command -v python3)
import pathlib, re, sys
sys.path.insert(0, "$cli")
import fixture
if "--version" in sys.argv:
    print("uv 0.0.1")
    sys.exit()
source, out = pathlib.Path(sys.argv[-1]), pathlib.Path(sys.argv[sys.argv.index("--out-dir") + 1])
version = re.search('^version = "(.*)"', (source / "pyproject.toml").read_text(), re.M)[1]
name, data = fixture.wheel("app", version, {"app/__init__.py": (source / "src/main.py").read_text()})
(out / name).write_bytes(data)
PY
chmod +x bin/uv
export PATH=$PWD/bin:$PATH
run 0 "$cartwheel" build app -o oci:one
echo 'print("one line more")' >>app/src/main.py
run 0 "$cartwheel" build app -o oci:two
sed -i 's/^version = "0.1.0"/version = "0.2.0"/' app/pyproject.toml app/uv.lock
run 0 "$cartwheel" build app -o oci:three
for pair in "one two" "two three"; do
  python3 "$cli/new_blobs.py" $pair >new
  [ "$(cat new)" = "config config index manifest manifest wheel" ] || fail "new blobs of $pair: $(cat new)"
done
run 4 "$cartwheel" build app --no-build --store other -o oci:four
