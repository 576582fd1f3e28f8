#!/usr/bin/env bash
# What of the project's folder goes into the image: ignore files, includes, [[files]]; key files never in silence; the plan lists it.
. "$(dirname "$0")/lib.sh"
make_project
cat >paths.py <<'PY'
import gzip, io, json, pathlib, sys, tarfile
folder = pathlib.Path(sys.argv[1])
load = lambda digest: json.loads((folder / "blobs/sha256" / digest[7:]).read_text())
manifest = load(load(json.loads((folder / "index.json").read_text())["manifests"][0]["digest"])["manifests"][0]["digest"])
for layer in manifest["layers"]:
    if layer.get("annotations", {}).get("dev.cartwheel.kind") in ("project", "files"):
        tar = tarfile.open(fileobj=io.BytesIO(gzip.decompress((folder / "blobs/sha256" / layer["digest"][7:]).read_bytes())))
        print(*(f"{m.name} {m.mode:o}" for m in tar if m.isfile() or m.issym()), sep="\n")
PY
# holds PATH…: exactly these files of project and [[files]] are in the image.
holds() {
  rm -rf out
  run 0 "$cartwheel" build app -o oci:out
  python3 paths.py out | cut -d' ' -f1 | LC_ALL=C sort >found
  printf '%s\n' "$@" | LC_ALL=C sort >wanted
  diff wanted found || fail "other files than wanted"
}
mkdir -p app/.git app/.venv app/__pycache__ app/notes app/conf app/sub
echo x | tee app/.git/config app/.venv/x app/__pycache__/main.pyc app/notes/n.txt app/conf/tls.pem app/.env app/sub/b.py >app/a.log
echo '*.log' >app/.gitignore
holds app/.gitignore app/main.py app/notes/n.txt app/pyproject.toml app/sub/b.py app/uv.lock
says "conf/tls.pem"
says "looks like a secret"
says "'.env'"
run 0 "$cartwheel" build app -o oci:out
says "nothing had changed"
says "looks like a secret"
run 0 "$cartwheel" plan app
says "project app -> /app: 6 files"
says "main.py"
says "conf/tls.pem"

printf 'notes\nuv.lock\n.gitignore\n' >app/.dockerignore
holds app/.dockerignore app/main.py app/pyproject.toml app/sub/b.py
printf 'sub/\n.*\n' >app/.cartwheelignore
holds app/main.py app/notes/n.txt app/pyproject.toml app/uv.lock
sed -i '/^\[tool.cartwheel\]/a include = ["*.py", "conf/*.pem"]\nexclude-files = ["sub"]\nworkdir = "/srv/web"' app/pyproject.toml
holds srv/web/main.py srv/web/conf/tls.pem
says_not "looks like a secret"
run 0 "$cartwheel" plan app
says "project app -> /srv/web: 2 files"
sed -i 's|"conf/\*.pem"|"conf/*.pem", "gone/**"|' app/pyproject.toml
run 0 "$cartwheel" plan app
says "include 'gone/**' matches no file"
run 0 "$cartwheel" plan app --json
says '"kind": "project"'
says "\"include 'gone/**' matches no file\""
sed -i 's|, "gone/\*\*"||' app/pyproject.toml

# Outputs of earlier builds are no part of the project.
before=$(index_of out)
run 0 "$cartwheel" build app -o oci:app/image -o oci-archive:app/image.tar
run 0 "$cartwheel" build app -o oci:app/other
[ "$(index_of app/other)" = "$before" ] || fail "the first output went into the second"
rm -r app/image app/image.tar app/other

# [[files]]: a folder, a file under a new name, a file into a folder; from above the project, too.
mkdir -p shared/data
echo 1 >shared/data/one.csv
echo 2 >shared/data/two.txt
printf '#!/bin/sh\n' >shared/run && chmod 755 shared/run
cat >>app/pyproject.toml <<'TOML'

[[tool.cartwheel.files]]
from = "../shared/data"
to = "/data"
include = ["*.csv"]

[[tool.cartwheel.files]]
from = "../shared/run"
to = "/usr/local/bin/start"

[[tool.cartwheel.files]]
from = "notes/n.txt"
to = "/etc/notes/"
TOML
holds srv/web/main.py srv/web/conf/tls.pem data/one.csv usr/local/bin/start etc/notes/n.txt
python3 paths.py out | grep -qx "usr/local/bin/start 755" || fail "the mode is lost"
sed -i 's|"../shared/run"|"../shared/gone"|' app/pyproject.toml
run 5 "$cartwheel" build app -o oci:out
says "../shared/gone"
# from within the project's folder, a single file of it
sed -i 's|from = "../shared/gone"|from = "main.py"|' app/pyproject.toml
(cd app && run 0 "$cartwheel" build -o oci:../out)
sed -i 's|from = "main.py"|from = "../shared/gone"|' app/pyproject.toml
ln -s /etc/passwd app/notes/link
sed -i 's|"../shared/gone"|"notes"|' app/pyproject.toml
run 4 "$cartwheel" build app -o oci:out
says "leads out of the folder"
