#!/usr/bin/env bash
# Every Python that can be had here, as the image's: Debian's own, archives in the install_only layout on a base without Python, and the
# Python of a given image: 3.11 (Debian 12), 3.13 (Debian 13) and 3.14 (Debian unstable) from Debian's archive, and every one that pyenv
# has installed. The archives that images/ names are on a host of their own, and are not fetched here.
. "$(dirname "$0")/lib.sh"
archive=$(sed -n 's/^trixie = "\(.*\)"/\1/p' images/debian13.toml | head -n 1)

# project NAME BASE PLATFORMS [SETTING …]: one with a compiled wheel for every Python.
project() {
  local folder=$work/$1
  mkdir -p "$folder"
  cat >"$folder/pyproject.toml" <<END
[project]
name = "$1"
version = "1.0.0"
requires-python = ">=3.10"
dependencies = ["numpy", "pyyaml"]
[tool.cartwheel]
base = "$2"
platforms = $3
$(printf '%s\n' "${@:4}")
END
  cp "$work/uv.lock" "$folder/uv.lock" 2>/dev/null || { (cd "$folder" && uv lock -q) && cp "$folder/uv.lock" "$work/uv.lock"; }
  sed -i "s/^name = \"first\"/name = \"$1\"/" "$folder/uv.lock"
}
program='
import sys, os, numpy, yaml, ssl, ctypes, sqlite3, lzma, bz2, hashlib, uuid, zoneinfo, sysconfig, importlib.util
print(sys.version.split()[0], sys.base_prefix, numpy.__version__, sysconfig.get_config_var("CC"), sysconfig.get_config_var("LIBDIR"))
assert numpy.ones(3).sum() == 3 and yaml.safe_load("a: 1") == {"a": 1}
assert ssl.create_default_context().get_ca_certs()
assert "WITH_PIP" in os.environ or not any(importlib.util.find_spec(name) for name in ("pip", "setuptools", "ensurepip")), "pip and its like"
assert sys.version_info[:2] == tuple(map(int, os.environ["WANTED"].split("."))), sys.version
'
runs() { # NAME PLATFORM VERSION
  scripts/run-image "$work/$1/out:latest" "$2" python -c "import os; os.environ['WANTED'] = '$3'; ${4:-}
$program"
}
build() { (cd "$work/$1" && "$cartwheel" build . -o "oci:$work/$1/out:latest" "${@:2}"); }
both='["linux/amd64", "linux/arm64"]'

project first debian13-python3.13 "$both"
check "debian13-python3.13 builds on both platforms" build first
check "3.13 from Debian 13 runs on linux/amd64" runs first linux/amd64 3.13
check "3.13 from Debian 13 runs on linux/arm64" runs first linux/arm64 3.13

# definition NAME ON VERSION PACKAGES [LINE …]: ./base.toml of a project, with the archives that lie beside it.
definition() {
  local folder=$work/$1 architecture
  {
    printf 'on = "%s"\npython = "%s"\npython-path = "/usr/local/bin/python%s"\npython-packages = [%s]\n' "$2" "$3" "$3" "$4"
    printf '%s\n' "${@:5}"
    for architecture in amd64 arm64; do
      [ -f "$folder/$architecture.tar.gz" ] || continue
      printf '[python-archive.%s]\npath = "%s.tar.gz"\nsha256 = "%s"\n' "$architecture" "$architecture" \
        "$(sha256sum <"$folder/$architecture.tar.gz" | cut -d' ' -f1)"
    done
  } >"$folder/base.toml"
}
libraries='"libbz2-1.0", "libexpat1", "libffi8", "liblzma5", "libsqlite3-0", "libuuid1", "zlib1g"'

for installed in "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[0-4].*; do
  [ -d "$installed" ] || continue
  version=$(basename "$installed" | cut -d. -f1,2)
  name=pyenv${version#3.}
  project "$name" ./base.toml '["linux/amd64"]'
  check "an archive of pyenv's $version" tests/interop/python_archive.py prefix "$installed" "$work/$name/amd64.tar.gz"
  definition "$name" debian12 "$version" "$libraries, \"libssl3\", \"libncursesw6\", \"libreadline8\", \"libcrypt1\", \"libgdbm6\", \"libnsl2\""
  check "it builds on Debian 12 without Python" build "$name"
  check "$version from pyenv's archive runs" runs "$name" linux/amd64 "$version"
  check "cartwheel.lock pins it" grep -A3 '^\[base.archive\]' "$work/$name/cartwheel.lock"
done

project moved ./base.toml "$both"
for architecture in amd64 arm64; do
  check "an archive of Debian 13's 3.13 for $architecture" \
    tests/interop/python_archive.py debian "$archive" trixie "$architecture" 3.13 "$work/moved/$architecture.tar.gz"
done
definition moved debian13 3.13 "$libraries, \"libssl3t64\""
check "it builds on Debian 13 without Python" build moved
check "3.13 from an archive runs on linux/amd64" runs moved linux/amd64 3.13
check "3.13 from an archive runs on linux/arm64" runs moved linux/arm64 3.13

project unstable ./base.toml "$both" 'compile-bytecode = true'
for architecture in amd64 arm64; do
  check "an archive of Debian unstable's 3.14 for $architecture" \
    tests/interop/python_archive.py debian "$archive" sid "$architecture" 3.14 "$work/unstable/$architecture.tar.gz"
done
glibc=$(curl -fs "$archive/dists/sid/main/binary-amd64/Packages.xz" | xz -dc |
  awk 'BEGIN { RS = ""; FS = "\n" } $1 == "Package: libc6"' | sed -n 's/^Version: \([0-9.]*\).*/\1/p' | head -n 1)
definition unstable debian13 3.14 "$libraries, \"libssl3t64\", \"libzstd1\"" 'suite = "sid"' 'suites = ["sid"]' 'check-valid-until = false' "glibc = \"$glibc\"" \
  "archives = { sid = \"$archive\" }"
check "it builds on Debian unstable without Python, compiled" build unstable
check "3.14 from an archive runs on linux/amd64" runs unstable linux/amd64 3.14
check "3.14 from an archive runs on linux/arm64" runs unstable linux/arm64 3.14

# Given images: what has just been built is one, and one as python:3.12-slim, of Debian's packages as dpkg installs them, with a Python
# in /usr/local that was built from source, and its variables.
project given "oci:$work/moved/out:latest" '["linux/amd64"]' 'prefix = "/opt/other"'
check "an image with Python in /usr/local as the base" build given
check "its Python runs" runs given linux/amd64 3.13

slim() {
  local bundle=$work/bundle packages=ca-certificates,netbase,tzdata,libssl3,libffi8,zlib1g,libbz2-1.0,libsqlite3-0,liblzma5,libreadline8,libexpat1,libuuid1
  mkdir "$bundle" && umoci init --layout "$work/slim" && umoci new --image "$work/slim:3.12" &&
    umoci unpack --image "$work/slim:3.12" "$bundle" &&
    mmdebstrap --quiet --variant=minbase --include="$packages" bookworm "$work/debian.tar" "$archive" &&
    tar -C "$bundle/rootfs" --exclude='./dev/*' -xf "$work/debian.tar" && umoci repack --image "$work/slim:3.12" "$bundle" &&
    cp -a "$1"/{bin,include,lib} "$bundle/rootfs/usr/local" && umoci repack --image "$work/slim:3.12" "$bundle" &&
    umoci config --image "$work/slim:3.12" --architecture amd64 --config.env PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin \
      --config.env "PYTHON_VERSION=$(basename "$1")" --config.env LANG=C.UTF-8 --config.cmd python3
}
installed=$(echo "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.12.*)
if [ -d "$installed" ] && command -v mmdebstrap umoci >/dev/null; then
  check "an image as python:3.12-slim is made" slim "$installed"
  project onslim "oci:$work/slim:3.12" '["linux/amd64"]' 'compile-bytecode = true'
  check "it is taken as the base, and its Python compiles" build onslim
  check "its Python runs" runs onslim linux/amd64 3.12 "os.environ['WITH_PIP'] = '1'"
fi

# Wrong input.
refused() { # TEXT COMMAND …: ends with an error that says this
  local text=$1
  shift
  if "$@" >"$work/refused" 2>&1; then return 1; fi
  cat "$work/refused"
  grep -qF "$text" "$work/refused"
}
project without debian13 "$both"
check "a base without Python is refused" refused "holds no Python" build without
project other "oci:$work/given/out:latest" '["linux/arm64"]'
check "a base of another architecture is refused" refused "linux/arm64" build other
project old debian12-python3.11 "$both" 'python = "3.12"'
check "a Python that the base has not is refused" refused "Python 3.12 is wanted" build old
project unfit debian13-python3.13 '["linux/amd64"]'
sed -i 's/^dependencies = .*/dependencies = ["torch==2.4.0"]/' "$work/unfit/pyproject.toml"
rm "$work/unfit/uv.lock"
(cd "$work/unfit" && uv lock -q)
check "a Python that no wheel fits: the finding names those that have one" \
  refused "those for x86_64 are for Python 3.10, 3.11, 3.12" build unfit
