#!/usr/bin/env bash
# The tree in our layers is, file for file, what uv installs from the same wheels into a virtual environment of the same prefix: the
# packages of equality.tsv, of which every one is then imported in the image. docs/installing.md lists the differences that are allowed.
. "$(dirname "$0")/lib.sh"
table=tests/interop/equality.tsv
here=$PWD/build/equality  # not below /tmp: the prefix is a path of the image, too
rm -rf "$here"
mkdir -p "$here/project" "$here/arm64"
python=$(command -v /usr/bin/python3.11 || command -v python3.11)

# lock PROJECT MACHINE: its pylock.toml of the requirements on standard input
lock() {
  uv pip compile --quiet --no-deps --no-config --only-binary :all: --python-version 3.11 --python-platform "$2-unknown-linux-gnu" \
    --format pylock.toml -o "$1/pylock.toml" -
}
requirements() { grep -v '^#' "$table" | awk -F '\t' -v "names=$1" '{if (names == "" || names ~ " " $1 " ") print $1 "==" $2}'; }
settings() { printf 'base = "debian12-python3.11"\nplatforms = ["linux/%s"]\nprefix = "%s"\nuser = "0"\n' "$1" "$here/venv"; }

lay_out() {
  requirements "" | lock "$here/project" x86_64 && settings amd64 >"$here/project/cartwheel.toml" &&
    "$cartwheel" build "$here/project" -o "oci:$here/image:latest"
}
check "cartwheel lays the table's wheels out" lay_out
install() {
  uv venv --quiet --no-config --python "$python" "$here/venv" && (cd "$here/venv" && find . | sort >"$here/skeleton.txt") &&
    uv pip sync --quiet --no-config --python "$here/venv/bin/python" "$here/project/pylock.toml"
}
check "uv installs them" install
check "at least 200 wheels of 12 build backends, as the table says" python3 tests/interop/equality.py table "$table" "$here/venv"
check "contents, modes and scripts are the same" python3 tests/interop/equality.py trees "$here/image" "$here/venv" "$here/skeleton.txt"
rm -rf "$here/venv"
imports() {  # imports LAYOUT PLATFORM
  scripts/run-image "$1:latest" "$2" "$here/venv/bin/python" -c "$(cat tests/interop/imports.py)"
}
check "linux/amd64: each top-level name can be imported in the image" imports "$here/image" linux/amd64

sample=" cffi charset-normalizer cryptography greenlet lxml markupsafe msgpack multidict numpy orjson pillow psutil pycparser pydantic-core pyyaml \
regex requests certifi idna urllib3 six tomli typing-extensions wrapt yarl propcache zstandard "
lay_out_arm64() {
  requirements "$sample" | lock "$here/arm64" aarch64 && settings arm64 >"$here/arm64/cartwheel.toml" &&
    "$cartwheel" build "$here/arm64" -o "oci:$here/image-arm64:latest"
}
check "cartwheel lays a sample out for linux/arm64" lay_out_arm64
check "linux/arm64: each of its names can be imported under qemu" imports "$here/image-arm64" linux/arm64
rm -rf "$here"
