#!/usr/bin/env bash
# A layout that exists gets the new tag; other tags, and what is not ours in index.json, stay.
. "$(dirname "$0")/lib.sh"
make_project
run 0 "$cartwheel" build app -o oci:out:one
one=$(index_of out one)
python <<'PY'
import json
index = json.load(open("out/index.json"))
index["annotations"] = {"org.example": "kept"}
index["manifests"][0]["annotations"]["org.example"] = "kept, too"
json.dump(index, open("out/index.json", "w"))
PY
echo 'print("changed")' >>app/main.py
run 0 "$cartwheel" build app -o oci:out:two
[ "$(index_of out one)" = "$one" ] || fail "the other tag has changed"
[ "$(index_of out two)" != "$one" ] || fail "the new tag has the old digest"
two=$(index_of out two)
echo 'print("again")' >>app/main.py
run 0 "$cartwheel" build app -o oci:out:two
[ "$(index_of out one)" = "$one" ] || fail "the other tag has changed"
[ "$(index_of out two)" != "$two" ] || fail "the tag still has its old digest"
python <<'PY'
import json
index = json.load(open("out/index.json"))
assert index["annotations"] == {"org.example": "kept"}, index
assert index["manifests"][0]["annotations"]["org.example"] == "kept, too", index
assert len(index["manifests"]) == 2, index
PY
# What is no layout is not touched.
mkdir other && echo mine >other/file
run 4 "$cartwheel" build app -o oci:other
[ "$(ls other)" = file ] || fail "something was written into a folder that is no layout"
