#!/usr/bin/env bash
# Wheels of what lies within something else: a folder of a zipped source, and a wheel and an sdist within a git repository.
. "$(dirname "$0")/lib.sh"
make_project
python3 "$cli/frontend.py" "$scratch/bin"
export PATH=$scratch/bin:$PATH
mkdir -p repository/dist
REPOSITORY=$PWD/repository python <<'PY'
import io, os, pathlib, tarfile, zipfile
import fixture
dist = pathlib.Path("repository/dist")
name, data = fixture.wheel("ready", "2.0", {"ready.py": "VALUE = 1\n"})
(dist / name).write_bytes(data)
with tarfile.open(dist / "raw-2.0.tar.gz", "w:gz") as archive:
    text = b"Metadata-Version: 2.1\nName: raw\nVersion: 2.0\n"
    member = tarfile.TarInfo("raw-2.0/PKG-INFO")
    member.size = len(text)
    archive.addfile(member, io.BytesIO(text))
with zipfile.ZipFile("wheels/source.zip", "w") as archive:
    archive.writestr("source-main/parts/", "")
    archive.writestr("source-main/parts/inner/pyproject.toml", '[project]\nname = "inner"\nversion = "1.0"\n')
    archive.writestr("source-main/parts/inner/inner.py", "VALUE = 2\n")
    archive.writestr("source-main/README", "not this\n")
PY
(
  cd repository
  git init -q
  git add .
  git -c user.name=x -c user.email=x@example.org commit -qm one
  git rm -qr dist
  git -c user.name=x -c user.email=x@example.org commit -qm two
)
commit=$(git -C repository rev-parse HEAD~1)
COMMIT=$commit python <<'PY'
import os, pathlib
import fixture
lock = pathlib.Path("app/uv.lock")
text = lock.read_text().replace('dependencies = [\n    { name = "greet" },',
                                'dependencies = [\n    { name = "greet" },\n    { name = "inner" },\n    { name = "raw" },\n    { name = "ready" },', 1)
zipped = fixture.sha256(pathlib.Path("wheels/source.zip").read_bytes())
dist = pathlib.Path("repository/dist")
show = lambda file: os.popen(f"git -C repository show {os.environ['COMMIT']}:dist/{file} | sha256sum").read().split()[0]
git = lambda file: f'{{ git = "file://{pathlib.Path("repository").resolve()}?path=dist%2F{file}#{os.environ["COMMIT"]}" }}'
text += fixture.Package("inner", "1.0", source='{ path = "../wheels/source.zip", subdirectory = "parts/inner" }',
                        extra=f'sdist = {{ hash = "sha256:{zipped}" }}').toml()
text += fixture.Package("raw", "2.0", source=git("raw-2.0.tar.gz"), extra=f'sdist = {{ hash = "sha256:{show("raw-2.0.tar.gz")}" }}').toml()
wheel = "ready-2.0-py3-none-any.whl"
text += fixture.Package("ready", "2.0", source=git(wheel), extra=f'wheels = [\n    {{ filename = "{wheel}", hash = "sha256:{show(wheel)}" }},\n]').toml()
lock.write_text(text)
PY

run 0 "$cartwheel" build app -o oci:out
[ "$(wc -l <"$scratch/bin/log")" -eq 2 ] || fail "$(cat "$scratch/bin/log")"
grep -q '/source/parts/inner$' "$scratch/bin/log" || fail "not the folder of the zip: $(cat "$scratch/bin/log")"
grep -q '/source/dist/raw-2.0.tar.gz$' "$scratch/bin/log" || fail "not the sdist of the commit: $(cat "$scratch/bin/log")"
grep -q "^source = \"$commit#path=dist/raw-2.0.tar.gz\"" app/cartwheel.lock || fail "$(cat app/cartwheel.lock)"
! grep -q '"ready"' app/cartwheel.lock || fail "a wheel that nobody built is recorded"
COMMIT=$commit python <<'PY'
import gzip, io, json, os, pathlib, tarfile
out = pathlib.Path("out")
blob = lambda digest: (out / "blobs/sha256" / digest.removeprefix("sha256:")).read_bytes()
index = json.loads(blob(json.loads((out / "index.json").read_text())["manifests"][0]["digest"]))
files = {}
for layer in json.loads(blob(index["manifests"][0]["digest"]))["layers"]:
    archive = tarfile.open(fileobj=io.BytesIO(gzip.decompress(blob(layer["digest"]))))
    files |= {m.name.rsplit("site-packages/")[-1]: archive.extractfile(m).read() for m in archive if m.isfile()}
assert files["ready.py"] == b"VALUE = 1\n" and files["inner.py"] == b"VALUE = 2\n" and files["raw.py"] == b"VERSION = '2.0'\n"
url = json.loads(files["ready-2.0.dist-info/direct_url.json"])
assert url["path"] == "dist/ready-2.0-py3-none-any.whl" and url["vcs_info"] == {"vcs": "git", "commit_id": os.environ["COMMIT"]}, url
PY

# Another file than the lock's is refused, and one that the commit does not have.
sed 's/\(filename = "ready.*sha256:\)..../\10000/' app/uv.lock >changed
cp changed app/uv.lock
run 6 "$cartwheel" build app -o oci:out
says "ready 2.0"
says "dist/ready-2.0-py3-none-any.whl': wanted sha256:0000"
sed -i 's/dist%2Fready-2/dist%2Fabsent-2/' app/uv.lock
run 5 "$cartwheel" build app -o oci:out
says "has no file 'dist/absent-2.0-py3-none-any.whl'"
