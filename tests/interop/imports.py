"""Imports every top-level name of every installed distribution, each in a process of its own; prints what fails."""

import concurrent.futures
import importlib
import importlib.metadata
import os
import re
import subprocess
import sys
import tempfile
import traceback

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


def started(name):
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", f"import {name}"], capture_output=True, text=True, cwd="/tmp")
    return done.returncode, done.stderr


def forked(name):
    """The same where no program of the image can be started from another one (an emulator without binfmt_misc)."""
    with tempfile.TemporaryFile("w+") as said:
        child = os.fork()
        if child == 0:
            os.dup2(said.fileno(), 1)
            os.dup2(said.fileno(), 2)
            os.chdir("/tmp")
            try:
                importlib.import_module(name)
                os._exit(0)
            except BaseException:
                traceback.print_exc()
                sys.stderr.flush()
                os._exit(1)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        said.seek(0)
        return code, said.read()


def can_start():
    try:
        return subprocess.run([sys.executable, "-c", ""]).returncode == 0
    except OSError:
        return False


threads, run = (os.cpu_count(), started) if can_start() else (1, forked)


def attempt(item):
    distribution, name = item
    code, said = run(name)
    return distribution, name, code, (said.strip().splitlines() or [""])[-1]


work = []
empty = []
for distribution in importlib.metadata.distributions():
    name = re.sub(r"[-_.]+", "-", distribution.metadata["Name"]).lower()
    names = top_levels(distribution)
    work += [(name, top) for top in names]
    empty += [] if names else [name]
failed = 0
with concurrent.futures.ThreadPoolExecutor(threads) as pool:
    for distribution, name, code, message in pool.map(attempt, work):
        known = KNOWN.get(name)
        if (code != 0) != (known is not None):
            failed += 1
            print(f"{distribution}: import {name}: {message if code else 'works, and is listed as known'}")
print(f"{len(work)} names of {len({d for d, _ in work})} distributions, {failed} unexpected; without a top-level name: {' '.join(sorted(empty))}")
sys.exit(failed > 0)
