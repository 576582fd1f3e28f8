#!/usr/bin/env python3
"""What uv and pip do with each of the hand-made wheels, against the table in docs/strictness.md.

    strictness.py WHEELS CODES PIP [--accept]    WHEELS/NAME/FILE.whl; CODES: "NAME<tab>EXIT CODE" a line; PIP: a Python that has pip
"""

import concurrent.futures
import os
import pathlib
import subprocess
import sys
import tempfile

wheels, codes, pip = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
accept = "--accept" in sys.argv
document = pathlib.Path("docs/strictness.md")


def attempt(command):
    """"takes" or "refuses", by an installation into a folder of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_"))}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)
    return "takes" if done.returncode == 0 else "refuses"


def judge(name):
    (wheel,) = (wheels / name).iterdir()
    with tempfile.TemporaryDirectory(dir=wheels.parent) as folder:
        uv = attempt(["uv", "pip", "install", "--quiet", "--no-config", "--no-cache", "--no-deps", "--no-index", "--python", pip,
                      "--prefix", f"{folder}/uv", wheel])
        other = attempt([pip, "-m", "pip", "--isolated", "--disable-pip-version-check", "install", "--quiet", "--no-deps", "--no-index",
                         "--no-cache-dir", "--ignore-installed", "--root-user-action=ignore", "--prefix", f"{folder}/pip", wheel])
    return uv, other


rows = dict(line.split("\t") for line in codes.read_text().splitlines())
with concurrent.futures.ThreadPoolExecutor(4) as pool:
    found = dict(zip(rows, pool.map(judge, rows)))
lines, wrong, seen = [], [], set()
for line in document.read_text().splitlines():
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    name = cells[0].strip("`")
    if line.startswith("| `") and name in found:
        seen.add(name)
        wanted = (rows[name], *found[name])
        if tuple(cells[2:5]) != wanted:
            wrong.append(f"{name}: the table has {cells[2:5]}, found {wanted}")
        line = f"| `{name}` | {cells[1]} | {' | '.join(wanted)} |"
    lines.append(line)
wrong += [f"{name}: not in the table" for name in rows if name not in seen]
if accept:
    document.write_text("\n".join(lines) + "\n")
else:
    print(len(found), "wheels:", *(f"{sum(value[i] == 'takes' for value in found.values())} taken by {tool};" for i, tool in enumerate(("uv", "pip"))))
    if wrong:
        sys.exit("\n".join(wrong))
