#!/usr/bin/env bash
# Packages that need each other are installed once each, and a package that needs itself by its extras ends, too.
. "$(dirname "$0")/lib.sh"
python <<'PY'
from fixture import Package, wheel, write_project
a = Package("a", "1", [wheel("a", "1")], ["b"])
b = Package("b", "1", [wheel("b", "1")], ["c"])
c = Package("c", "1", [wheel("c", "1")], ["a"],
            extra='[package.optional-dependencies]\nx = [{ name = "c", extra = ["y"] }]\ny = [{ name = "c", extra = ["x"] }, { name = "d" }]')
d = Package("d", "1", [wheel("d", "1")])
app = Package("app", "0.1.0", dependencies=["a"], source='{ virtual = "." }')
app.dependencies.append("c")
write_project(".", [app, a, b, c, d])
text = open("app/uv.lock").read()
open("app/uv.lock", "w").write(text.replace('    { name = "c" },\n', '    { name = "c", extra = ["x"] },\n', 1))
pyproject = open("app/pyproject.toml").read()
pyproject = pyproject.replace('["greet", "torch"]', '["a", "c[x]"]').split("expect")[0]
open("app/pyproject.toml", "w").write(pyproject)
PY
run 0 "$cartwheel" plan app --json
python3 - "$scratch/out" <<'PY'
import json, sys
for platform in json.load(open(sys.argv[1]))["platforms"]:
    assert [p["name"] for p in platform["packages"]] == ["a", "b", "c", "d"], platform["packages"]
PY
run 0 "$cartwheel" build app -o oci:out
