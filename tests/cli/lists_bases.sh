#!/usr/bin/env bash
# `base list` says of each base which Debian, Python and glibc it has, and where the Python comes from.
. "$(dirname "$0")/lib.sh"
run 0 "$cartwheel" base list
says "debian12-python3.11   bookworm  3.11    2.36   Debian's packages"
says "debian13              trixie    -       2.41   -"
says "debian12-cpython3.12  bookworm  3.12    2.36   cpython-3.12."
says "debian13-cpython3.14  trixie    3.14    2.41   cpython-3.14."
says "(amd64, arm64)"
