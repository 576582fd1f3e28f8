"""compare_packages.py SYFT.json PLAN.json cartwheel.lock PLATFORM LAYOUT: ends with 1 and says what differs."""

import json
import pathlib
import sys
import tarfile
import tomllib

scan, plan = (json.loads(pathlib.Path(path).read_text()) for path in sys.argv[1:3])
lock = tomllib.loads(pathlib.Path(sys.argv[3]).read_text())
platform, layout = sys.argv[4], pathlib.Path(sys.argv[5])
problems = []


def compare(what, found, wanted):
    for text, items in (("finds beyond the plan", found - wanted), ("does not find", wanted - found)):
        if items:
            problems.append(f"{what}: syft {text}: {sorted(items)}")


def read(digest):
    return json.loads((layout / "blobs" / digest.replace(":", "/")).read_text())


# Debian packages: name, version, architecture, source. The source's version is that of the package unless its control file says otherwise.
pins = [package for key in ("base", "apt") for pin in lock.get(key, []) if pin["platform"] == platform for package in pin["package"]]
debs = [artifact for artifact in scan["artifacts"] if artifact["type"] == "deb"]
compare(
    "Debian",
    {(deb["name"], deb["version"], deb["metadata"]["architecture"]) for deb in debs},
    {(package["name"], package["version"], package["arch"]) for package in pins},
)
manifest = read(json.loads((layout / "index.json").read_text())["manifests"][0]["digest"])
annotations = dict(manifest.get("annotations", {}))
while "manifests" in manifest:
    manifest = read(manifest["manifests"][0]["digest"])
    annotations |= manifest.get("annotations", {})
status, paths = "", set()
for layer in manifest["layers"]:
    with tarfile.open(layout / "blobs" / layer["digest"].replace(":", "/")) as archive:
        for entry in archive:
            paths.add(entry.name)
            if entry.name == "var/lib/dpkg/status":
                status = archive.extractfile(entry).read().decode()
sources = {}
for paragraph in status.strip().split("\n\n"):
    fields = dict(line.split(": ", 1) for line in paragraph.splitlines() if ": " in line and not line.startswith(" "))
    sources[fields["Package"]] = fields.get("Source", "").split(" (")[0]
compare(
    "Sources",
    {(deb["name"], deb["metadata"].get("source", "")) for deb in debs},
    set(sources.items()),
)

# Python packages, by dist-info.
compare(
    "Python",
    {(artifact["name"].lower().replace("_", "-"), artifact["version"]) for artifact in scan["artifacts"] if artifact["type"] == "python"},
    {
        (package["name"], package["version"])
        for entry in plan["platforms"]
        if entry["platform"] == platform
        for package in entry["packages"]
        if package["layer"] is not None
    },
)

# syft's version is os-release's, with the point release that /etc/debian_version says.
if (scan["distro"].get("id"), scan["distro"].get("versionID", "").split(".")[0]) != ("debian", "12"):
    problems.append(f"release: {scan['distro']}")
if not annotations.get("org.opencontainers.image.base.name"):
    problems.append(f"no annotation org.opencontainers.image.base.name: {annotations}")
for path in sorted(paths):
    if "ensurepip/_bundled" in path or "/site-packages/pip/" in path or "/site-packages/setuptools/" in path:
        problems.append(f"not asked for: {path}")
print("\n".join(problems) or f"{len(debs)} Debian packages, Python packages and release agree")
sys.exit(1 if problems else 0)
