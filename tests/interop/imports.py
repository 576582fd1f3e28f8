"""Imports every top-level name of every installed distribution, each in a process of its own; prints what fails."""

import concurrent.futures
import importlib.metadata
import os
import re
import subprocess
import sys

# distribution: why its import fails, whoever installed it
KNOWN = {"peft": "wants a newer torch than 2.4, which the table has"}
STRAY = {"benchmarks", "docs", "examples", "scripts", "test", "tests", "tools"}
MODULE = re.compile(r"([A-Za-z_]\w*)(\.cpython-\w+-[\w-]+|\.abi3)?\.(py|so)")


def top_levels(distribution):
    """The names by which its packages and modules are imported: as short as they can be, below namespaces the next level."""
    files = [file.parts for file in distribution.files or [] if file.parts[0] != ".."]
    packages = {parts[:-1] for parts in files if (found := MODULE.fullmatch(parts[-1])) and found[1] == "__init__"}
    names = set()
    for parts in files:
        found = MODULE.fullmatch(parts[-1])
        if not found or parts[0] in STRAY or not all(part.isidentifier() for part in parts[:-1]):
            continue
        package = next((parts[:depth] for depth in range(1, len(parts)) if parts[:depth] in packages), None)
        names.add(".".join(package or (*parts[:-1], found[1])))
    return sorted(name for name in names - {"__init__"} if "._" not in name)


def attempt(item):
    distribution, name = item
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", f"import {name}"], capture_output=True, text=True, cwd="/tmp")
    return distribution, name, done.returncode, (done.stderr.strip().splitlines() or [""])[-1]


work = []
empty = []
for distribution in importlib.metadata.distributions():
    name = re.sub(r"[-_.]+", "-", distribution.metadata["Name"]).lower()
    names = top_levels(distribution)
    work += [(name, top) for top in names]
    empty += [] if names else [name]
failed = 0
with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    for distribution, name, code, message in pool.map(attempt, work):
        known = KNOWN.get(name)
        if (code != 0) != (known is not None):
            failed += 1
            print(f"{distribution}: import {name}: {message if code else 'works, and is listed as known'}")
print(f"{len(work)} names of {len({d for d, _ in work})} distributions, {failed} unexpected; without a top-level name: {' '.join(sorted(empty))}")
sys.exit(failed > 0)
