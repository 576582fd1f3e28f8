"""Compares the layers of an image of Cartwheel that hold Debian packages with a root file system that dpkg has configured.

    compare_roots.py LAYOUT ROOT.tar EXPLANATIONS.md

EXPLANATIONS has a table whose rows begin with `| only here |`, `| only dpkg |` or `| differs |` and whose second column has path globs
in backquotes ('*' also matches '/'). Prints each difference that no row explains, and each row that explains nothing; ends with 1 if
there are any.
"""

import fnmatch
import hashlib
import json
import pathlib
import re
import sys
import tarfile


def add(root, archive):
    """Entries of a tar: path -> (kind, mode, uid, gid, target or digest); hard links as files of their own."""
    for entry in archive:
        path = entry.name.removeprefix("./").rstrip("/")
        if path in ("", "."):
            continue
        if entry.issym():
            root[path] = ("link", entry.uid, entry.gid, entry.linkname)
        elif entry.isdir():
            root[path] = ("folder", oct(entry.mode), entry.uid, entry.gid)
        elif entry.islnk():
            root[path] = root[entry.linkname.removeprefix("./")]
        elif entry.isfile():
            digest = hashlib.sha256(archive.extractfile(entry).read()).hexdigest()
            root[path] = ("file", oct(entry.mode), entry.uid, entry.gid, digest)
        else:
            root[path] = ("other", oct(entry.mode))


def image_root(layout):
    def read(digest):
        return json.loads((layout / "blobs" / digest.replace(":", "/")).read_text())

    manifest = read(json.loads((layout / "index.json").read_text())["manifests"][0]["digest"])
    while "manifests" in manifest:
        manifest = read(manifest["manifests"][0]["digest"])
    root = {}
    for layer in manifest["layers"]:
        if layer["annotations"]["dev.cartwheel.kind"] in ("base", "debian"):
            with tarfile.open(layout / "blobs" / layer["digest"].replace(":", "/")) as archive:
                add(root, archive)
    return root


def explanations(text):
    """[(kind, glob)] of the table."""
    rows = []
    for line in text.splitlines():
        match = re.match(r"\| (only here|only dpkg|differs) \| ([^|]*) \|", line)
        if match:
            rows += [(match[1], glob) for glob in re.findall("`([^`]*)`", match[2])]
    return rows


def main():
    ours = image_root(pathlib.Path(sys.argv[1]))
    theirs = {}
    with tarfile.open(sys.argv[2]) as archive:
        add(theirs, archive)
    rows = explanations(pathlib.Path(sys.argv[3]).read_text())
    used, unexplained, same = set(), [], 0
    for path in sorted(ours.keys() | theirs.keys()):
        if ours.get(path) == theirs.get(path):
            same += 1
            continue
        kind = "only dpkg" if path not in ours else "only here" if path not in theirs else "differs"
        found = [row for row in rows if row[0] == kind and fnmatch.fnmatchcase(path, row[1])]
        used.update(found)
        if not found:
            unexplained.append(f"{kind}: {path} {ours.get(path, '')} {theirs.get(path, '')}")
    idle = [f"explains nothing: {kind} {glob}" for kind, glob in rows if (kind, glob) not in used]
    print(f"{same} entries are the same, {len(unexplained)} differences are not explained")
    print("\n".join(unexplained + idle))
    sys.exit(1 if unexplained or idle else 0)


main()
