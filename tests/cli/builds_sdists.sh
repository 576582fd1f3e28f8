#!/usr/bin/env bash
# An sdist becomes a wheel on this host: once, recorded in cartwheel.lock, and the same one ever after.
. "$(dirname "$0")/lib.sh"
make_project
python3 "$cli/frontend.py" "$scratch/bin"
export PATH=$scratch/bin:$PATH
add_sdist() {  # add_sdist NAME: to the lock, as a package that has no wheel
  python3 - "$1" <<'PY'
import io, pathlib, sys, tarfile
import fixture
name = sys.argv[1]
out = io.BytesIO()
with tarfile.open(fileobj=out, mode="w:gz") as archive:
    data = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.5\n".encode()
    member = tarfile.TarInfo(f"{name}-1.5/PKG-INFO")
    member.size = len(data)
    archive.addfile(member, io.BytesIO(data))
pathlib.Path(f"wheels/{name}-1.5.tar.gz").write_bytes(out.getvalue())
sdist = f'sdist = {{ path = "{name}-1.5.tar.gz", hash = "sha256:{fixture.sha256(out.getvalue())}" }}'
lock = pathlib.Path("app/uv.lock")
text = lock.read_text().replace('dependencies = [\n    { name = "greet" },', f'dependencies = [\n    {{ name = "greet" }},\n    {{ name = "{name}" }},', 1)
lock.write_text(text + fixture.Package(name, "1.5", extra=sdist).toml())
PY
}
add_sdist old
built() { ls "$scratch/bin/log" 2>/dev/null && wc -l <"$scratch/bin/log" || echo 0; }
builds() { [ "$(wc -l <"$scratch/bin/log" 2>/dev/null || echo 0)" -eq "$1" ] || fail "wanted $1 builds: $(cat "$scratch/bin/log")"; }

# --no-build refuses, and so does --frozen without a record
run 4 "$cartwheel" build app -o oci:out --no-build
says "old 1.5"
says "--no-build"
run 0 "$cartwheel" plan app
says "built from its source"
run 0 "$cartwheel" build app -o oci:out
builds 1
grep -q 'build --wheel .*--python 3.11 .*/old-1.5.tar.gz' "$scratch/bin/log" || fail "$(cat "$scratch/bin/log")"
grep -A8 '^\[\[built\]\]' app/cartwheel.lock | grep -q '^name = "old"' || fail "$(cat app/cartwheel.lock)"
grep -q '^frontend = "uv 9.9.9"' app/cartwheel.lock || fail "no front end"
first=$(index_of out)

# once for both platforms and for all time; --frozen and --no-build take what is there
run 0 "$cartwheel" build app -o oci:out --frozen --no-build --no-memo
builds 1
cp -r app frozen
sed -i '/^\[\[built\]\]/,$d' frozen/cartwheel.lock
run 4 "$cartwheel" build frozen -o oci:none --frozen
says "cartwheel.lock: no wheel of old 1.5"

# elsewhere it is built again, and is the same
export CARTWHEEL_STORE=$scratch/second
run 0 "$cartwheel" build app -o oci:second --frozen
builds 2
[ "$(index_of second)" = "$first" ] || fail "another index"

# another wheel is refused with both, until --rebuild accepts it; the recorded one can be brought
export CARTWHEEL_STORE=$scratch/third
recorded=$(sed -n '/^\[\[built\]\]/,$s/^sha256 = "\(.*\)"/\1/p' app/cartwheel.lock)
echo pepper >"$scratch/bin/salt"
run 4 "$cartwheel" build app -o oci:third
says "$recorded"
says "--rebuild"
says "--wheel-dir"
mkdir brought
python <<'PY'
import pathlib
import fixture
name, data = fixture.wheel("old", "1.5", {"old.py": "VERSION = '1.5'\n", "salt.txt": "\n"})
pathlib.Path("brought", name).write_bytes(data)
PY
run 0 "$cartwheel" build app -o oci:third --wheel-dir brought --no-build
[ "$(index_of third)" = "$first" ] || fail "another index"
export CARTWHEEL_STORE=$scratch/fourth
run 0 "$cartwheel" build app -o oci:fourth --rebuild
[ "$(index_of fourth)" != "$first" ] || fail "the same index"
! grep -q "$recorded" app/cartwheel.lock || fail "the old wheel is still recorded"

# a build that fails shows its end, and keeps all of it
add_sdist more
touch "$scratch/bin/fail"
run 4 "$cartwheel" build app -o oci:fourth
says "more 1.5"
says "error: no compiler"
says_not "the first line"
log=$(grep -o "$CARTWHEEL_STORE/logs/[^']*" "$scratch/err")
grep -q "the first line of a build that fails" "$log" || fail "no log"
rm "$scratch/bin/fail"

# a wheel of this machine serves its own platform only; the other's can be brought
case $(uname -m) in aarch64) here=arm64 there=amd64 other=x86_64 ;; *) here=amd64 there=arm64 other=aarch64 ;; esac
echo "cp311-cp311-linux_$(uname -m)" >"$scratch/bin/tag"
run 4 "$cartwheel" build app -o oci:fourth --rebuild
says "more 1.5 on linux/$there (made here: more-1.5-cp311-cp311-linux_$(uname -m).whl)"
says "old 1.5 on linux/$there"
says "--wheel-dir"
run 0 "$cartwheel" build app -o oci:one --rebuild --platform "linux/$here"
OTHER=$other python <<'PY'
import os, pathlib
import fixture
for name in ["old", "more"]:
    filename, data = fixture.wheel(name, "1.5", {f"{name}.py": ""}, tag=f"cp311-cp311-manylinux_2_17_{os.environ['OTHER']}")
    pathlib.Path("brought", filename).write_bytes(data)
pathlib.Path("brought/old-1.5-py3-none-any.whl").unlink()
PY
run 0 "$cartwheel" build app -o oci:both --wheel-dir brought
[ "$(grep -c '^\[\[built\]\]' app/cartwheel.lock)" -eq 4 ] || fail "$(cat app/cartwheel.lock)"
run 0 "$cartwheel" plan app --wheel-dir brought --json
