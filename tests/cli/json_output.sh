#!/usr/bin/env bash
# --json prints one object, with the members that docs/plan-json.md and docs/build-json.md list, and nothing else on standard output.
. "$(dirname "$0")/lib.sh"
make_project
sed -i '/^expect/d' app/pyproject.toml
run 0 "$cartwheel" plan app --json
cp "$scratch/out" plan.json
run 0 "$cartwheel" build app -o oci:out --json
cp "$scratch/out" build.json
run 0 "$cartwheel" build app -o oci:out --json
cp "$scratch/out" again.json
DOCS=$cli/../../docs python <<'PY'
import json, os, pathlib, re

docs = pathlib.Path(os.environ["DOCS"])


def members(value, prefix=""):
    """a.b[].c of each member, lists as [], tables with free keys by the caller."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield f"{prefix}{key}"
            yield from members(inner, f"{prefix}{key}.")
    elif isinstance(value, list):
        for inner in value:
            yield from members(inner, prefix.removesuffix(".") + "[].")


def check(name, found, free="-"):
    """Each member's own name stands in backticks in the page."""
    names = re.findall(r"`([a-z_0-9.\[\]]+)`", (docs / name).read_text())
    listed = {part for each in names for part in re.split(r"[.\[\]]+", each)}
    for member in sorted(set(found)):
        assert member.rsplit(".", 1)[-1] in listed or member.startswith(free), (name, member)


plan = json.load(open("plan.json"))
check("plan-json.md", members(plan))
assert list(plan) == ["platforms", "trees", "data", "findings"]
assert [p["platform"] for p in plan["platforms"]] == ["linux/amd64", "linux/arm64"]
for platform in plan["platforms"]:
    assert set(platform) >= {"platform", "python", "glibc", "accelerator", "packages", "layers", "total", "findings"}
    for package in platform["packages"]:
        assert set(package) >= {"name", "version", "wheel", "accelerator", "accelerator_reason", "origin", "extras", "root", "inside_checked", "layer"}
        assert set(package["wheel"]) == {"filename", "sha256", "size", "url"}
        assert package["wheel"]["size"] is None  # the lock does not tell it
(finding,) = [f for f in plan["findings"] if f["code"] == "accelerator-differs"]
assert set(finding) == {"code", "severity", "platform", "package", "message", "remedy"} and finding["severity"] == "warning"

for name, unchanged in [("build.json", False), ("again.json", True)]:
    build = json.load(open(name))
    check("build-json.md", members(build), free="seconds.")
    assert set(build) == {"index", "platforms", "outputs", "layers", "blobs", "unchanged", "seconds"}, build
    assert build["unchanged"] is unchanged
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", build["index"])
    assert [p["platform"] for p in build["platforms"]] == ["linux/amd64", "linux/arm64"]
    assert build["outputs"] == ["oci:out"]
PY
