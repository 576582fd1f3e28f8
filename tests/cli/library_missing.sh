#!/usr/bin/env bash
# An extension module that needs what the base lacks stops the build, with the Debian package named; a plug-in only warns.
. "$(dirname "$0")/lib.sh"
python <<'PY'
import fixture
from fixture import Package, elf, wheel

def library(name, files):
    return Package(name, "1.0", [wheel(name, "1.0", files, tag="cp311-cp311-manylinux_2_17_x86_64")])

video = library("video", {
    "video/__init__.py": "",
    "video/core.cpython-311-x86_64-linux-gnu.so": elf(62, needed=["libframes.so.1", "libGL.so.1"], runpath="$ORIGIN/../video.libs"),
    "video.libs/libframes.so.1": elf(62, "libframes.so.1", needed=["libgthread-2.0.so.0", "libcuda.so.1"]),
    "video/plugin.so": elf(62, needed=["libsndfile.so.1"]),
})
app = Package("app", "0.1.0", dependencies=["video"], source='{ virtual = "." }')
pyproject = fixture.PYPROJECT.replace('"greet", "torch"', '"video"').replace('expect =', 'platforms = ["linux/amd64"]\n# ')
fixture.write_project(".", [app, video], pyproject)
PY
run 4 "$cartwheel" build app -o oci:out
says 'error: library-missing: linux/amd64: video: '
says 'libGL.so.1 (package libgl1)'
says 'libgthread-2.0.so.0 (package libglib2.0-0)'
says 'apt = ["libgl1", "libglib2.0-0"]'
says 'warning: library-missing: linux/amd64: video: video/plugin.so needs libsndfile.so.1 (package libsndfile1)'
says_not 'libcuda'
[ ! -e out/index.json ] || fail "an output was written"
run 4 "$cartwheel" plan app
says 'library-missing'

rm -rf "$CARTWHEEL_STORE"
run 0 "$cartwheel" plan app
says 'not checked'
run 4 "$cartwheel" plan app --deep
says 'library-missing'

sed -i 's/^base = /provided-libraries = ["libGL.so.*", "libgthread-*", "libsndfile.so.1"]\n&/' app/pyproject.toml
run 0 "$cartwheel" build app -o oci:out
says_not 'library-missing'
