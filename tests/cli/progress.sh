#!/usr/bin/env bash
# Bars and colour on a terminal alone; plain lines elsewhere, with NO_COLOR no colour, and what --progress says.
. "$(dirname "$0")/lib.sh"
make_project
escape=$(printf '\033')
build=("$cartwheel" build app -o oci:out --no-memo)
fresh() { chmod -R u+w "$CARTWHEEL_STORE" 2>/dev/null || true; rm -rf out "$CARTWHEEL_STORE"; }

run 0 "${build[@]}"
says "fetch greet-1.0-py3-none-any.whl"
says_not "$escape"
fresh
run 0 on_terminal "${build[@]}"
says "${escape}[" # what is under way is drawn over
fresh
run 0 on_terminal "${build[@]}" --progress plain
says "fetch greet-1.0-py3-none-any.whl"
says_not "$escape"
fresh
run 0 on_terminal env TERM=dumb "${build[@]}"
says_not "$escape"
fresh
run 0 "${build[@]}" --progress none
[ ! -s "$scratch/err" ] || fail "--progress none says something"
fresh
run 0 "${build[@]}" --progress json
python3 - "$scratch/err" <<'PY'
import json, sys
events = [json.loads(line) for line in open(sys.argv[1])]
fetched = [e for e in events if e["event"] == "fetch"]
assert {"greet-1.0-py3-none-any.whl"} <= {e["name"] for e in fetched}, events
assert all(e["bytes"] > 0 and e["seconds"] >= 0 for e in fetched), events
PY
run 2 "${build[@]}" --progress loud
says "bars"

# Colour: the plan's findings and errors have it on a terminal, unless NO_COLOR is set to something.
sed -i '/^expect/d' app/pyproject.toml
run 0 on_terminal "$cartwheel" plan app
says "${escape}["
run 0 on_terminal env NO_COLOR=1 "$cartwheel" plan app
says_not "$escape"
run 0 on_terminal env NO_COLOR= "$cartwheel" plan app
says "${escape}["
run 5 on_terminal "$cartwheel" plan nowhere
says "${escape}["
run 5 on_terminal env NO_COLOR=1 "$cartwheel" plan nowhere
says_not "$escape"
