#!/usr/bin/env python3
"""What equality.sh compares.

    equality.py table TABLE VENV            the table against what uv installed
    equality.py trees LAYOUT VENV SKELETON [PATH…]   our layers of wheels against it; SKELETON lists what `uv venv` made, and
                                            the PATHs below site-packages are known to differ
"""

import csv
import hashlib
import json
import pathlib
import re
import sys
import tarfile


def normalized(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def dist_infos(venv):
    return sorted((venv / "lib/python3.11/site-packages").glob("*.dist-info"))


def field(text, name):
    found = re.search(f"^{name}: *(.*)$", text, re.MULTILINE)
    return found[1].strip() if found else "none"


def compare_table(table, venv):
    rows = [line.split("\t") for line in table.read_text().splitlines() if not line.startswith("#")]
    wanted = {name: (version, generator) for name, version, generator in rows}
    found = {}
    for folder in dist_infos(venv):
        metadata = (folder / "METADATA").read_text(errors="replace")
        wheel = (folder / "WHEEL").read_text()
        found[normalized(field(metadata, "Name"))] = (field(metadata, "Version"), field(wheel, "Generator"))
    for name in sorted(wanted.keys() | found.keys()):
        if wanted.get(name) != found.get(name):
            sys.exit(f"{name}: the table has {wanted.get(name)}, installed is {found.get(name)}")
    backends = {re.split(r"[ (]", generator)[0] for _, generator in wanted.values()}
    print(len(wanted), "wheels of", len(backends), "backends:", *sorted(backends))
    if len(wanted) < 200 or len(backends) < 12:
        sys.exit("too few")


def our_tree(layout, prefix):
    """{path below the prefix: (kind, mode, SHA-256 or target)}, and small texts; of the layers of wheels."""
    blob = lambda digest: layout / "blobs" / digest.replace(":", "/")
    load = lambda digest: json.loads(blob(digest).read_text())
    manifest = load(json.loads((layout / "index.json").read_text())["manifests"][-1]["digest"])
    while "manifests" in manifest:
        manifest = load(manifest["manifests"][0]["digest"])
    tree, texts = {}, {}
    for layer in manifest["layers"]:
        if layer.get("annotations", {}).get("dev.cartwheel.kind") not in ("wheel", "bucket"):
            continue
        with tarfile.open(blob(layer["digest"]), "r|gz") as archive:
            for entry in archive:
                if not (entry.name + "/").startswith(prefix + "/"):
                    continue
                path = entry.name[len(prefix) + 1 :]
                if entry.isdir():
                    tree[path] = ("folder", entry.mode, "")
                    continue
                content = archive.extractfile(entry).read()
                tree[path] = ("file", entry.mode, hashlib.sha256(content).hexdigest())
                if path.endswith((".dist-info/RECORD", ".dist-info/INSTALLER")):
                    texts[path] = content.decode()
    tree.pop("", None)
    return tree, texts


def their_tree(venv, skeleton):
    made = set(skeleton.read_text().splitlines())
    tree = {}
    for path in venv.rglob("*"):
        name = str(path.relative_to(venv))
        if path.is_symlink() and f"./{name}" not in made:
            tree[name] = ("symlink", 0o777, str(path.readlink()))
        elif path.is_dir():
            tree[name] = ("folder", path.stat().st_mode & 0o7777, "")
        elif f"./{name}" not in made:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            tree[name] = ("file", path.stat().st_mode & 0o7777, digest)
    return tree


def owners_of(venv):
    """Which distributions list a path."""
    owners = {}
    site = venv / "lib/python3.11/site-packages"
    for folder in dist_infos(venv):
        for row in csv.reader((folder / "RECORD").open(newline="")):
            path = pathlib.PurePosixPath("lib/python3.11/site-packages", row[0])
            parts = []
            for part in path.parts:
                parts = parts[:-1] if part == ".." else parts + [part]
            owners.setdefault("/".join(parts), set()).add(folder.name)
    return owners


def rows_of(text):
    """The lines of a RECORD but for those of INSTALLER, whose text differs, and of uv's note on local wheels."""
    own = (".dist-info/INSTALLER", ".dist-info/uv_cache.json")
    return sorted(row for row in csv.reader(text.splitlines()) if row and not row[0].endswith(own))


def is_empty_folder(path):
    return path.is_dir() and not any(path.iterdir())


def is_uvs_own(path):
    return path == ".lock" or path.endswith(".dist-info/uv_cache.json")


def compare_trees(layout, venv, skeleton, *known):
    known = {f"lib/python3.11/site-packages/{path}" for path in known}
    ours, texts = our_tree(layout, str(venv).lstrip("/"))
    theirs = their_tree(venv, skeleton)
    owners = owners_of(venv)
    made = {name.removeprefix("./") for name in skeleton.read_text().splitlines()}
    bad, several, files = [], [], 0
    for path in sorted(ours.keys() | theirs.keys()):
        one, other = ours.get(path), theirs.get(path)
        if one is None and (path in made or is_uvs_own(path) or is_empty_folder(venv / path)):
            continue
        if path in known:
            known.remove(path)
            if one == other:
                bad.append(f"{path}: is known to differ, and is the same")
            continue
        if one == other:
            files += one is not None and one[0] == "file"
        elif path.endswith(".dist-info/INSTALLER") and one and other:
            if (texts[path], one[:2]) != ("cartwheel", other[:2]):
                bad.append(f"{path}: {one}, {texts[path]!r}")
        elif path.endswith(".dist-info/RECORD") and one and other:
            mine, its = rows_of(texts[path]), rows_of((venv / path).read_text())
            if mine != its or one[:2] != other[:2]:
                differing = [row for row in mine if row not in its] + [row for row in its if row not in mine]
                bad.append(f"{path}: {differing[:4]} {one[:2]} {other[:2]}")
        elif one and other and one[0] == "file" and len(owners.get(path, ())) > 1:
            several.append(path)
        else:
            bad.append(f"{path}: ours {one}, uv's {other}")
    bad += [f"{path}: is known to differ, and is not there" for path in known]
    print(files, "files are the same;", len(several), "that several wheels install are another one's")
    for path in several:
        print("  ", path, *sorted(owners[path]))
    if bad:
        sys.exit("\n".join([f"{len(bad)} differ"] + bad[:200]))


if sys.argv[1] == "table":
    compare_table(*map(pathlib.Path, sys.argv[2:4]))
else:
    compare_trees(*map(pathlib.Path, sys.argv[2:5]), *sys.argv[5:])
