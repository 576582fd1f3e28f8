#!/usr/bin/env bash
# The project and its workspace's members become wheels, by what lies in their folders; git sources by their commit.
. "$(dirname "$0")/lib.sh"
make_project
python3 "$cli/frontend.py" "$scratch/bin"
export PATH=$scratch/bin:$PATH
mkdir -p app/parts/near app/parts/unused repository
cat >app/parts/near/pyproject.toml <<'TOML'
[project]
name = "near"
version = "0.1.0"
[build-system]
requires = []
TOML
echo "VALUE = 1" >app/parts/near/near.py
(
  cd repository
  git init -q
  printf '[project]\nname = "far"\nversion = "3.0"\n' >pyproject.toml
  echo "VALUE = 1" >far.py
  git add .
  git -c user.name=x -c user.email=x@example.org commit -qm one
  echo "VALUE = 2" >far.py
  git -c user.name=x -c user.email=x@example.org commit -qam two
)
commit=$(git -C repository rev-parse HEAD~1)
REPOSITORY=$PWD/repository COMMIT=$commit python <<'PY'
import os, pathlib
import fixture
lock = pathlib.Path("app/uv.lock")
text = lock.read_text().replace('dependencies = [\n    { name = "greet" },',
                                'dependencies = [\n    { name = "greet" },\n    { name = "far" },\n    { name = "near" },\n    { name = "nothing" },', 1)
git = f'{{ git = "file://{os.environ["REPOSITORY"]}?rev=x#{os.environ["COMMIT"]}" }}'
text += fixture.Package("far", "3.0", source=git).toml()
text += fixture.Package("near", "0.1.0", source='{ editable = "parts/near" }').toml()
text += fixture.Package("nothing", "0.1.0", dependencies=["number"], source='{ virtual = "parts/unused" }').toml()
lock.write_text(text)
PY
builds() { [ "$(wc -l <"$scratch/bin/log")" -eq "$1" ] || fail "wanted $1 builds: $(cat "$scratch/bin/log")"; }

run 0 "$cartwheel" build app -o oci:out
builds 2
grep -q "\"$commit\"" app/cartwheel.lock || fail "the commit is not recorded"
! grep -q '"near"' app/cartwheel.lock || fail "a folder is recorded"
python <<'PY'
import gzip, io, json, pathlib, tarfile
out = pathlib.Path("out")
blob = lambda digest: (out / "blobs/sha256" / digest.removeprefix("sha256:")).read_bytes()
index = json.loads(blob(json.loads((out / "index.json").read_text())["manifests"][0]["digest"]))
files = {}
for layer in json.loads(blob(index["manifests"][0]["digest"]))["layers"]:
    archive = tarfile.open(fileobj=io.BytesIO(gzip.decompress(blob(layer["digest"]))))
    files |= {m.name.rsplit("site-packages/")[-1]: archive.extractfile(m).read() for m in archive if m.isfile()}
assert files["far.py"] == b"VALUE = 1\n", files["far.py"]
assert files["near.py"] == b"VALUE = 1\n"
assert b'"vcs_info"' in files["far-3.0.dist-info/direct_url.json"]
assert "near-0.1.0.dist-info/direct_url.json" not in files
assert not [name for name in files if name.startswith("nothing")]
PY

# unchanged: nothing is built, nothing is asked
run 0 "$cartwheel" build app -o oci:out
says "nothing had changed"
builds 2
first=$(index_of out)

# a changed line is seen, and changed back gives the first wheel again
echo "VALUE = 2" >app/parts/near/near.py
run 0 "$cartwheel" build app -o oci:out
builds 3
[ "$(index_of out)" != "$first" ] || fail "the change is not in the image"
echo "VALUE = 1" >app/parts/near/near.py
run 0 "$cartwheel" build app -o oci:out
builds 3
[ "$(index_of out)" = "$first" ] || fail "not the first image again"

# --rebuild builds all of it anew
run 0 "$cartwheel" build app -o oci:out --rebuild
builds 5
[ "$(index_of out)" = "$first" ] || fail "not the first image again"

# a commit that is not there
sed -i "s/#$commit/#1111111111111111111111111111111111111111/" app/uv.lock
run 4 "$cartwheel" build app -o oci:out
says "has no commit 1111111111111111111111111111111111111111"
