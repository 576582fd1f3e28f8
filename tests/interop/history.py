#!/usr/bin/env python3
"""What a puller fetches when a lock changes, over the history of a real one.

    history.py CARTWHEEL REPOSITORY [PATH] [CHANGES]    REPOSITORY: a git directory; PATH: of the uv.lock (default uv.lock)

Of the last CHANGES (default 40) commits that change which wheels belong into the image for linux/amd64, a line each: the packages
that changed, the bytes of the layers that are new (from the plan: the sum of their wheels), the bytes of the changed wheels alone, and
those of an image with all packages in one layer. The project's own layer is not counted: it changes with every commit.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

cartwheel, repository = sys.argv[1], sys.argv[2]
path = sys.argv[3] if len(sys.argv) > 3 else "uv.lock"
wanted = int(sys.argv[4]) if len(sys.argv) > 4 else 40


def git(*arguments):
    return subprocess.run(["git", "-C", repository, *arguments], check=True, capture_output=True, text=True).stdout


def plan_of(commit):
    """Layers as {frozenset of (name, wheel)}, with the bytes of each wheel."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name in git("ls-tree", "-r", "--name-only", commit).splitlines():
            if name == path or name.endswith("pyproject.toml"):
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(git("show", f"{commit}:{name}"))
        done = subprocess.run([cartwheel, "plan", root / pathlib.Path(path).parent, "--platform", "linux/amd64", "--json"],
                              capture_output=True, text=True)
    if not done.stdout:
        return None, done.stderr.strip().splitlines()[-1]
    plan = json.loads(done.stdout)["platforms"][0]
    packages = {package["name"]: package for package in plan["packages"]}
    layers = {}
    for layer in plan["layers"]:
        wheels = {name: packages[name]["wheel"] for name in layer["packages"] if packages[name]["wheel"]}
        content = frozenset((name, wheel["filename"]) for name, wheel in wheels.items())
        if content:
            layers[content] = sum(wheel["size"] or 0 for wheel in wheels.values())
    return layers, ""


def short(bytes_):
    return f"{bytes_ / 1e6:.1f}"


commits = git("log", "--format=%h %ad", "--date=short", "--", path).split("\n")
commits = [line.split() for line in commits if line]
rows, after, after_commit = [], None, None
for commit, date in commits:  # the newest first
    layers, why = plan_of(commit)
    if layers is None:
        print(f"{commit}: {why}")
        continue
    if after is not None and set(after) != set(layers):
        old = {wheel for content in layers for wheel in content}
        new = {wheel for content in after for wheel in content}
        sizes = {}
        fresh = {content: size for content, size in after.items() if content not in layers}
        changed = sorted({name for name, _ in new ^ old})
        rows.append((after_commit, len(changed), len(fresh), sum(fresh.values()), new - old, sum(after.values()), len(after), changed))
    after, after_commit = layers, f"{commit} {date}"
    if len(rows) == wanted:
        break
if len(rows) < 20:
    sys.exit(f"{len(rows)} changes, wanted 20")
print(f"{'change':<20} {'packages':>8} {'new layers':>10} {'MB to fetch':>11} {'one layer':>10}  what")
for commit, packages, fresh, size, _, total, count, changed in rows:
    names = ", ".join(changed[:4]) + (f" and {len(changed) - 4} more" if len(changed) > 4 else "")
    print(f"{commit:<20} {packages:>8} {fresh:>4} of {count:<3} {short(size):>11} {short(total):>10}  {names}")
few = sorted((row[3], row[5]) for row in rows if row[1] <= 2)
every = sorted(row[3] / row[5] for row in rows)
print(f"{len(rows)} changes: {short(sum(row[3] for row in rows))} MB to fetch, {short(sum(row[5] for row in rows))} with one layer; "
      f"median {every[len(every) // 2]:.2%} of it")
if few:
    median, total = few[len(few) // 2]
    print(f"{len(few)} of them change at most two packages: median {short(median)} MB, most {short(few[-1][0])} MB; "
          f"a fiftieth of the image {'holds' if median < total / 50 else 'is exceeded'}")
