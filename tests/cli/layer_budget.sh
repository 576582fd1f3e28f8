#!/usr/bin/env bash
# A layer budget without room for the large wheels is an error of the plan, with the settings line that repairs it; the hard limit is 120.
. "$(dirname "$0")/lib.sh"
make_project
budget() { sed -i "/^layer-budget/d; s/^\[tool.cartwheel\]/&\nlayer-budget = $1/" app/pyproject.toml; }
budget 5
run 4 "$cartwheel" plan app
line=$(grep -o 'set layer-budget = [0-9]*' "$scratch/out" | head -n 1)
says "error: layer-budget: linux/amd64"
says "error: layer-budget: linux/arm64"
[ -n "$line" ] || fail "no line that repairs it"
run 4 "$cartwheel" build app -o oci:out
says "$line"
[ ! -e out/index.json ] || fail "an output was written"
budget "${line##* }"
run 0 "$cartwheel" build app -o oci:out
says_not "layer-budget"
budget 121
run 2 "$cartwheel" plan app
says "wanted 1 to 120"
