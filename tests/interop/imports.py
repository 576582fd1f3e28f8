"""Imports every top-level name of every installed distribution, each in a process of its own; prints what fails."""

import concurrent.futures
import importlib.metadata
import os
import re
import subprocess
import sys

# name: why it cannot be imported in a container without the thing named, or at all
KNOWN = {}


def top_levels(distribution):
    """Importable names by the files below site-packages: modules, extension modules and packages with an __init__."""
    names = set()
    for file in distribution.files or []:
        parts = file.parts
        if parts[0] == ".." or "-" in parts[0] or parts[0] == "__pycache__":
            continue
        if len(parts) == 1:
            found = re.fullmatch(r"([A-Za-z_]\w*)(\.cpython-\w+-[\w-]+|\.abi3)?\.(py|so)", parts[0])
            names.update([found[1]] if found else [])
        elif parts[1] == "__init__.py" and parts[0].isidentifier():
            names.add(parts[0])
    return sorted(names)


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
