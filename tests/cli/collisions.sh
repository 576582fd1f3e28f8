#!/usr/bin/env bash
# Two wheels that claim one import package are refused, with who pulls each in and what ends it: without, or on-collision. Stray files are not.
. "$(dirname "$0")/lib.sh"

# project_with SETTINGS: app needs fork-a, and mid, which needs fork-b; both forks install the package "core", and tests/.
project_with() {
  rm -rf app base wheels
  SETTINGS=$1 SAME=${2:-} python <<'PY'
import os
from fixture import Package, write_project, wheel
same = os.environ["SAME"]
def fork(letter):
    code = "" if same else f"letter = '{letter}'\n"
    files = {"core/__init__.py": "import core.part\n", "core/part.py": code, "core/shared.py": "x = 1\n",
             "tests/__init__.py": "", "tests/test_it.py": f"# {letter}\n", f"ns/{letter}.py": "", "ns/__init__.py":
             f"__path__ = __import__('pkgutil').extend_path(__path__, __name__)  # {letter}\n"}
    return Package(f"fork-{letter}", "1.0", [wheel(f"fork-{letter}", "1.0", files)])
app = Package("app", "0.1.0", dependencies=["fork-a", "mid"], source='{ virtual = "." }')
mid = Package("mid", "1.0", [wheel("mid", "1.0")], ["fork-b"])
pyproject = '[project]\nname = "app"\nversion = "0.1.0"\nrequires-python = ">=3.11"\ndependencies = ["fork-a", "mid"]\n'
pyproject += '[tool.cartwheel]\nbase = "oci:../base"\nplatforms = ["linux/amd64"]\n' + os.environ["SETTINGS"] + "\n"
write_project(".", [app, mid, fork("a"), fork("b")], pyproject)
PY
}
# content PATH: of a file below site-packages in the layout `out`, by the last layer that has it; "-" for none
content() {
  python3 - "$1" <<'PY'
import json, pathlib, sys, tarfile
layout = pathlib.Path("out")
load = lambda digest: json.loads((layout / "blobs" / digest.replace(":", "/")).read_text())
manifest = load(load(json.load(open("out/index.json"))["manifests"][-1]["digest"])["manifests"][0]["digest"])
found = []
for layer in manifest["layers"]:
    with tarfile.open(layout / "blobs" / layer["digest"].replace(":", "/")) as archive:
        found += [archive.extractfile(e).read().decode() for e in archive if e.name == "opt/venv/lib/python3.11/site-packages/" + sys.argv[1]]
print(found[-1] if found else "-", end="")
PY
}

project_with ""
run 4 "$cartwheel" build app -o oci:out
says "path-collision"
says "fork-a and fork-b both install import package 'core'"
says "fork-a comes by app -> fork-a, fork-b comes by app -> mid -> fork-b"
says 'without = ["fork-a"]'
says 'on-collision = "last-wins"'
[ ! -e out/index.json ] || fail "an output was written"

project_with 'on-collision = "last-wins"'
run 0 "$cartwheel" build app -o oci:out
says "path-collision"
[ "$(content core/part.py)" = "letter = 'b'" ] || fail "fork-b's file was not taken: $(content core/part.py)"
[ "$(content tests/test_it.py)" = "# b" ] || fail "fork-b's test was not taken"
content fork_a-1.0.dist-info/RECORD | grep -q "^core/part.py,sha256=" || fail "fork-a's RECORD lost its file"

project_with 'without = ["fork-b"]'
run 0 "$cartwheel" build app -o oci:out
says_not "path-collision"
[ "$(content core/part.py)" = "letter = 'a'" ] || fail "fork-a's file was not taken"
run 0 "$cartwheel" plan app
says "dropped by without: fork-b 1.0"
grep -rq '"dev.cartwheel.without":"fork-b==1.0"' out/blobs || fail "the manifest does not say what was dropped"

# Only tests/ and a namespace's __init__.py differ: a warning.
project_with "" same
run 0 "$cartwheel" build app -o oci:out
says "warning: path-collision"
says_not "import package"
[ "$(content tests/test_it.py)" = "# b" ] || fail "the later name's file was not taken"

# The same bytes need no one's attention: they are said to who asks, by an unchanged build too.
says_not "path-shared"
run 0 "$cartwheel" build app -o oci:out --verbose
says "debug: path-shared: linux/amd64: fork-a and fork-b install 'opt/venv/lib/python3.11/site-packages/core/__init__.py' and 3 more with the same bytes"
says "nothing had changed"
