#!/usr/bin/env bash
# Random wheels (trees, sizes to 5 MB, methods, levels, flags, flush blocks) come back whole from their layers, by tarfile and GNU tar.
# ROUNDTRIP_SEEDS: "1 2 3"; else 40 seeds that differ from day to day.
. "$(dirname "$0")/lib.sh"
seeds=${ROUNDTRIP_SEEDS:-$(seq "$(date +%j)00" "$(date +%j)39")}
mkdir "$work/project"
make_wheels() {
  # shellcheck disable=SC2086
  python3 tests/interop/roundtrip.py make "$work/project" $seeds &&
    printf 'platforms = ["linux/amd64"]\nbase = "debian12-python3.11"\n' >"$work/project/cartwheel.toml"
}
check "random wheels of the seeds $(echo $seeds | sed 's/ .* / … /')" make_wheels
check "cartwheel lays them out" "$cartwheel" build "$work/project" -o "oci:$work/image"
check "tarfile and GNU tar read what went in, and gzip gives each diff_id" python3 tests/interop/roundtrip.py compare "$work/image" "$work/project"
