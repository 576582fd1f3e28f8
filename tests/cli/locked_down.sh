#!/usr/bin/env bash
# What an image tells of its process: a numeric user with an entry and a home, caches for the packages, writable folders, the company's
# certificates in the base's bundle, a health check; and what is refused.
. "$(dirname "$0")/lib.sh"
make_project
python3 - <<'PY'
import subprocess
subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-subj", "/CN=Company", "-keyout", "key.pem", "-out", "app/corp.pem"], check=True, capture_output=True)
PY
cat >>app/pyproject.toml <<'TOML'
user = "2000"
writable = ["/var/lib/app"]
stop-signal = "int"
healthcheck = ["python", "-c", "pass"]
TOML
cat >look.py <<'PY'
import gzip, io, json, pathlib, sys, tarfile

blobs = pathlib.Path("out/blobs/sha256")
load = lambda descriptor: json.loads((blobs / descriptor["digest"][7:]).read_text())
(top,) = json.loads(pathlib.Path("out/index.json").read_text())["manifests"]
for image in load(top)["manifests"]:
    manifest = load(image)
    config = load(manifest["config"])["config"]
    env = dict(entry.split("=", 1) for entry in config["Env"])
    found = {}
    for layer in manifest["layers"]:
        for member in (tar := tarfile.open(fileobj=io.BytesIO(gzip.decompress((blobs / layer["digest"][7:]).read_bytes())))):
            found[member.name] = (member, tar.extractfile(member).read().decode("latin-1") if member.isfile() else "")
    exec(sys.argv[1])
PY
look() { python3 look.py "$1" || fail "the image has it otherwise"; }

run 0 "$cartwheel" build app -o oci:out
look '
assert config["User"] == "2000:2000", config
assert config["StopSignal"] == "SIGINT" and config["Healthcheck"] == {"Test": ["CMD", "python", "-c", "pass"]}, config
assert (env["HOME"], env["USER"], env["XDG_CACHE_HOME"], env["LANG"]) == ("/home/app", "app", "/tmp/cache", "C.UTF-8"), env
assert "SSL_CERT_FILE" not in env
assert "app:*:2000:2000:app:/home/app:/usr/sbin/nologin\n" in found["etc/passwd"][1]
assert "root:x:0:0" in found["etc/passwd"][1] and "app:*:2000:\n" in found["etc/group"][1]
for path, mode, owner in (("home/app", 0o2775, 2000), ("var/lib/app", 0o2775, 2000), ("app", 0o755, 0)):
    member = found[path][0]
    assert member.isdir() and (member.mode, member.uid, member.gid) == (mode, owner, 0), (path, oct(member.mode), member.uid)
assert "tmp/cache" not in found  # whoever runs makes it
'
run 0 "$cartwheel" build app -o oci:out
says "nothing had changed"

# certificates: nothing to add to, then a bundle
sed -i 's/^writable.*/ca-certificates = ["corp.pem"]/; s/^user.*/user = "nonroot"/' app/pyproject.toml
run 4 "$cartwheel" build app -o oci:out
says "ca-certificates: base 'oci:../base' has no bundle of certificates to add to"
python <<'PY'
import fixture, pathlib, shutil
shutil.rmtree("base")
layout = fixture.Layout("base")
bundle = [("etc/pki", "dir", b"", 0o755), ("etc/pki/real.pem", "file", b"", 0o644),
          ("etc/ssl", "dir", b"", 0o755), ("etc/ssl/certs", "dir", b"", 0o755),
          ("etc/ssl/certs/ca-certificates.crt", "file", b"the public ones\n", 0o644)]
layout.finish([layout.image(arch, [fixture.layer_of(fixture.base_entries(arch)), fixture.layer_of(bundle)]) for arch in ("amd64", "arm64")])
PY
run 0 "$cartwheel" base pin app
run 0 "$cartwheel" build app -o oci:out
look '
pem = pathlib.Path("app/corp.pem").read_text()
assert found["etc/ssl/certs/ca-certificates.crt"][1] == "the public ones\n" + pem
assert found["usr/local/share/ca-certificates/cartwheel-01.crt"][1] == pem
for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
    assert env[name] == "/etc/ssl/certs/ca-certificates.crt", env
assert config["User"] == "65532:65532" and env["HOME"] == "/home/nonroot"
assert not any(name == "etc/passwd" and member.uid for name, (member, _) in found.items())
'
cat key.pem >>app/corp.pem
run 4 "$cartwheel" build app -o oci:refused
says "corp.pem: block 2 is a private key"
sed -i 's/^ca-certificates.*/init = false/; s/^user.*/user = "nobdy"/' app/pyproject.toml
run 4 "$cartwheel" build app -o oci:refused
says "user 'nobdy' is not in the base's /etc/passwd"
sed -i 's/^user.*/user = "0"/' app/pyproject.toml
run 0 "$cartwheel" build app -o oci:out
says "runs-as-root"
