#!/usr/bin/env bash
# Debian packages on top of a base: what apt-auto adds stays when the base is pinned anew; the user table, the shell and the bundle of
# certificates are those of the base with the packages.
. "$(dirname "$0")/lib.sh"
python <<'PY'
import subprocess
import fixture
from fixture import Package, elf, wheel

video = Package("video", "1.0", [wheel("video", "1.0", {
    "video/__init__.py": "",
    "video/core.cpython-311-x86_64-linux-gnu.so": elf(62, needed=["libGL.so.1"]),
}, tag="cp311-cp311-manylinux_2_17_x86_64")])
app = Package("app", "0.1.0", dependencies=["video"], source='{ virtual = "." }')
pyproject = fixture.PYPROJECT.replace('"greet", "torch"', '"video"').replace('expect =', 'platforms = ["linux/amd64"]\n# ')
fixture.write_project(".", [app, video], pyproject)
subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-subj", "/CN=Company", "-keyout", "key.pem", "-out", "app/corp.pem"], check=True, capture_output=True)
PY
mkdir debian
fingerprint=$(python3 "$cli/debian.py" debian)
serve debian/archive
cat >app/base.toml <<TOML
suite = "bookworm"
suites = ["test"]
components = ["main"]
keyring = "../debian/keys.gpg"
keys = ["$fingerprint"]
python = "3.11"
python-path = "/usr/bin/python3.11"
glibc = "2.36"
libstdcxx = "3.4.30"
packages = ["base-files", "base-passwd", "libstdc++6", "python3.11-minimal"]
archives = { test = "$url" }
TOML
sed -i 's|"oci:../base"|"./base.toml"|' app/pyproject.toml
set_keys() { sed -i "/^# more/,\$d" app/pyproject.toml && printf '# more\n%s\n' "$@" >>app/pyproject.toml; }
# of_image PATH: the content of a file of the image, as its last layer with it has it.
of_image() {
  python3 - "$1" <<'PY'
import gzip, io, json, pathlib, sys, tarfile
blobs = pathlib.Path("out/blobs/sha256")
load = lambda descriptor: json.loads((blobs / descriptor["digest"][7:]).read_text())
(top,) = json.loads(pathlib.Path("out/index.json").read_text())["manifests"]
found = None
for layer in load(load(top)["manifests"][0])["layers"]:
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress((blobs / layer["digest"][7:]).read_bytes()))) as tar:
        if sys.argv[1] in tar.getnames():
            found = tar.getmember(sys.argv[1])
            found = tar.extractfile(found).read().decode("latin-1") if found.isfile() else found.linkname
print(found)
PY
}

run 4 "$cartwheel" build app -o oci:out
says 'apt = ["libgl1"], or apt-auto = true'
cp app/cartwheel.lock before.lock
set_keys 'apt = ["libgl1"]'
run 0 "$cartwheel" plan app
says 'not checked'
run 0 "$cartwheel" build app -o oci:out
cp before.lock app/cartwheel.lock
set_keys 'apt-auto = true'
run 0 "$cartwheel" build app -o oci:out
grep -qF 'roots = ["libgl1"]' app/cartwheel.lock || fail "the automatic package is not pinned"
run 0 "$cartwheel" base pin app
says 'linux/amd64 apt: 1 packages for libgl1, unchanged'
run 0 "$cartwheel" build app --frozen -o oci:out
sed -i 's/apt-auto = true//' app/pyproject.toml
run 4 "$cartwheel" build app --frozen -o oci:none

# Whatever the base does not have, and packages bring.
set_keys 'apt = ["libgl1"]' 'ca-certificates = ["corp.pem"]'
run 4 "$cartwheel" build app -o oci:none
says "choose a base with the package ca-certificates"
set_keys 'apt = ["libgl1"]' 'healthcheck = "true"'
run 0 "$cartwheel" build app -o oci:out
run 0 "$cartwheel" plan app
says 'healthcheck-shell'
set_keys 'apt = ["libgl1", "ca-certificates", "dash", "service"]' 'ca-certificates = ["corp.pem"]' 'healthcheck = "true"' 'user = "2000"'
run 0 "$cartwheel" build app -o oci:out
says_not 'healthcheck-shell'
run 0 "$cartwheel" plan app
says_not 'healthcheck-shell'
of_image etc/ssl/certs/ca-certificates.crt >bundle
grep -qx 'a root' bundle && grep -qF 'BEGIN CERTIFICATE' bundle || fail "the bundle is not both's"
of_image etc/passwd >passwd
grep -q '^service:' passwd && grep -q '^app:x\?[*!]*:2000:' passwd && grep -q '^nonroot:' passwd || fail "the user table is not all's: $(cat passwd)"

# What nothing knows, and what has no right to be there.
set_keys 'apt = ["libgl"]'
run 5 "$cartwheel" build app -o oci:none
says "did you mean 'libgl1'?"
[ ! -e none/index.json ] || fail "an output was written"
