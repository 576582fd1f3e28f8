#!/usr/bin/env bash
# What uv and pip do with each wheel that Cartwheel refuses or finds odd: the table of docs/strictness.md is true.
#   STRICTNESS_ACCEPT=1   writes what is found into the table instead
. "$(dirname "$0")/lib.sh"
corpus() {
  cmake --build build --target write_odd_wheels >/dev/null && mkdir "$work/odd" &&
    build/tests/layer/write_odd_wheels "$work/odd" >"$work/codes.tsv" && "$(command -v /usr/bin/python3.11 || command -v python3)" -m venv "$work/venv"
}
check "the hand-made wheels are written" corpus
check "uv and pip do with each what docs/strictness.md says" \
  python3 tests/interop/strictness.py "$work/odd" "$work/codes.tsv" "$work/venv/bin/python" ${STRICTNESS_ACCEPT:+--accept}
