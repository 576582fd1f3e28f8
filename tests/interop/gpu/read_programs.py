#!/usr/bin/env python3
"""What Cartwheel says of programs with GPU code: one wheel for each is made, locked and looked into.

    read_programs.py CARTWHEEL FOLDER WORK     FOLDER from make_programs.sh

Compares the code that it finds with FOLDER/cuobjdump.tsv, and "--expect-gpu sm_90" with what ran on an H200 (programs.tsv). A program
that this machine's nvcc could not make is left out. Ends with 1 and says where they differ.
"""

import base64
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import zipfile

HERE = pathlib.Path(__file__).resolve().parent


def rows(path):
    return [line.split("\t") for line in path.read_text().splitlines() if line and not line.startswith("#")]


def make_wheel(folder, name, program):
    """A wheel with the program as a library."""
    info = f"{name}-1.dist-info"
    files = {f"{name}/code.so": program.read_bytes(),
             f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n".encode(),
             f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: py3-none-manylinux_2_17_x86_64\n"}
    record = ""
    for path, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        record += f"{path},sha256={digest},{len(content)}\n"
    wheel = folder / f"{name}-1-py3-none-manylinux_2_17_x86_64.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in (files | {f"{info}/RECORD": f"{record}{info}/RECORD,,\n".encode()}).items():
            archive.writestr(path, content)
    return wheel


def make_project(folder, wheels):
    folder.mkdir(parents=True)
    lock = 'lock-version = "1.0"\ncreated-by = "test"\n'
    for name, wheel in wheels.items():
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        lock += (f'[[packages]]\nname = "{name.replace("_", "-")}"\nversion = "1"\n'
                 f'[[packages.wheels]]\nname = "{wheel.name}"\npath = "{os.path.relpath(wheel, folder)}"\nhashes = {{ sha256 = "{digest}" }}\n')
    (folder / "pylock.toml").write_text(lock)
    (folder / "pyproject.toml").write_text('[tool.cartwheel]\nplatforms = ["linux/amd64"]\n')


def main():
    cartwheel, folder, work = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    work.mkdir(parents=True)
    programs = [(name, ran) for name, _, ran in rows(HERE / "programs.tsv") if (folder / name).exists()]
    make_project(work / "project", {name: make_wheel(work, name, folder / name) for name, _ in programs})
    command = [cartwheel, "plan", work / "project", "--deep", "--json", "--progress", "none", "--expect-gpu", "sm_90"]
    plan = json.loads(subprocess.run(command, capture_output=True, text=True).stdout)["platforms"][0]
    found = {code["package"].replace("-", "_"): set(code["sass"]) | set(code["ptx"]) for code in plan["gpu"]["code"]}
    refused = {f["package"].replace("-", "_") for f in plan["findings"] if f["code"] == "gpu-unsupported"}
    listed = {name: set(code.split()) for name, code in rows(folder / "cuobjdump.tsv")}
    wrong = 0
    for name, ran in programs:
        # cuobjdump lists machine code of sm_100f as sm_100
        mine = {code.rstrip("f") if code.startswith("sm_") else code for code in found.get(name, set())}
        if mine != listed.get(name, set()):
            print(f"{name}: cuobjdump lists {sorted(listed.get(name, set()))}, found {sorted(found.get(name, set()))}")
            wrong += 1
        if ran != "-" and (name in refused) != (ran == "no"):
            print(f"{name}: an H200 {'ran it' if ran == 'yes' else 'did not run it'}, and it is {'' if name in refused else 'not '}refused")
            wrong += 1
    print(f"{len(programs)} programs")
    sys.exit(wrong != 0 or len(programs) < 20)


main()
