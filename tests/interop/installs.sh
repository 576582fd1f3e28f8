#!/usr/bin/env bash
# Hand-made wheels with what the installer specification has and few real ones use: laid out as uv installs them.
. "$(dirname "$0")/lib.sh"
python=$(command -v /usr/bin/python3.11 || command -v python3.11)
prepare() {
  python3 tests/interop/installs.py "$work/hand" && printf 'platforms = ["linux/amd64"]\nprefix = "%s/venv"\n' "$work" >"$work/hand/project/cartwheel.toml"
}
check "wheels by hand are written" prepare
check "cartwheel lays them out" "$cartwheel" build "$work/hand/project" -o "oci:$work/image"
install() {
  uv venv --quiet --no-config --python "$python" "$work/venv" && (cd "$work/venv" && find . | sort >"$work/skeleton.txt") &&
    uv pip install --no-config --no-index --no-cache --no-deps --find-links "$work/hand/wheels" --python "$work/venv/bin/python" -r "$work/hand/requirements.txt"
}
check "uv installs them" install
# uv keeps what a wheel's RECORD says of scripts that entry points replace, of its own REQUESTED, and of a file without a hash; and a
# direct_url.json that a wheel brings along.
check "contents, modes and scripts are the same" python3 tests/interop/equality.py trees "$work/image" "$work/venv" "$work/skeleton.txt" \
  entry_points-1.0.dist-info/RECORD installers_own-1.0.dist-info/RECORD installers_own-1.0.dist-info/direct_url.json record_unlisted-1.0.dist-info/RECORD
