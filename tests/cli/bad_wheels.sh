#!/usr/bin/env bash
# Wheels whose bytes are what the lock says, and which are broken, lie or would write elsewhere: each is refused, and no output appears.
. "$(dirname "$0")/lib.sh"
mkdir bad
python <<'PY'
import pathlib, struct, zlib
from fixture import wheel, zip_of

name, good = wheel("bad", "1.0", {"bad/__init__.py": "x = 1\n" * 400})
end = good.rindex(b"PK\5\6")
directory = struct.unpack_from("<I", good, end + 16)[0]
size_at, crc_at = directory + 24, directory + 16  # of the first member in the central directory

def changed(at, value, data=good, form="<I"):
    return data[:at] + struct.pack(form, value) + data[at + struct.calcsize(form):]

def with_path(path):
    files = {"bad/__init__.py": "x = 1\n", path: "y\n"}
    return wheel("bad", "1.0", files)[1]

cases = {
    "empty": b"",
    "no-zip": b"<html>not found</html>" * 100,
    "cut-in-half": good[: len(good) // 2],
    "cut-at-end": good[:-1],
    "larger-than-said": changed(size_at, 5),
    "smaller-than-said": changed(size_at, 1 << 20),
    "two-crcs": changed(crc_at, zlib.crc32(b"other")),
    "wrong-crc": changed(crc_at, zlib.crc32(b"other"), changed(14, zlib.crc32(b"other"))),
    "broken-deflate": good[:60] + b"\xff" * 8 + good[68:],
    "too-many-members": changed(end + 8, 200, changed(end + 10, 200, form="<H"), "<H"),
    "up": with_path("../../../../etc/cron.d/x"),
    "absolute": with_path("/etc/cron.d/x"),
    "inner-up": with_path("bad/../../x"),
    "backslash": with_path("bad\\..\\x"),
    "nul": with_path("bad/a~b").replace(b"bad/a~b", b"bad/a\0b"),
    "scripts-up": with_path("bad-1.0.data/scripts/../../x"),
    "unknown-scheme": with_path("bad-1.0.data/elsewhere/x"),
    "no-metadata": zip_of({"bad/__init__.py": b"x = 1\n"}),
}
for case, data in cases.items():
    folder = pathlib.Path("bad", case)
    folder.mkdir()
    (folder / name).write_bytes(data)
PY
# How each ends: 3 malformed, 4 refused, 6 other bytes than the archive itself says.
for case in empty=3 no-zip=3 cut-in-half=3 cut-at-end=3 larger-than-said=3 smaller-than-said=3 two-crcs=3 wrong-crc=6 broken-deflate=3 \
  too-many-members=3 up=4 absolute=4 inner-up=4 backslash=4 nul=4 scripts-up=4 unknown-scheme=3 no-metadata=3; do
  rm -rf app base wheels
  FOLDER=bad/${case%=*} python <<'PY'
import os, pathlib
from fixture import Package, write_project
(path,) = pathlib.Path(os.environ["FOLDER"]).iterdir()
bad = Package("bad", "1.0", [(path.name, path.read_bytes())])
write_project(".", [Package("app", "0.1.0", dependencies=["bad"], source='{ virtual = "." }'), bad])
pyproject = pathlib.Path("app/pyproject.toml")
pyproject.write_text(pyproject.read_text().replace('["greet", "torch"]', '["bad"]').split("expect")[0])
PY
  status=0
  "$cartwheel" build app -o oci:out >"$scratch/out" 2>"$scratch/err" || status=$?
  [ "$status" -eq "${case#*=}" ] || { echo "$case: wanted ${case#*=}, found $status"; cat "$scratch/err"; bad_status=1; }
  grep -qF "bad-1.0-py3-none-any.whl" "$scratch/err" || fail "$case: the wheel is not named"
  [ ! -e out/index.json ] || fail "$case: an output was written"
done
[ -z "${bad_status:-}" ]
