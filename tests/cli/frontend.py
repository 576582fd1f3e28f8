"""A front end for builds that needs nothing: writes `uv` into a folder for PATH.

    python3 frontend.py FOLDER

It makes a wheel of an sdist (by its PKG-INFO) or of a folder (by its pyproject.toml; each *.py file of it is installed), and writes its
arguments to FOLDER/log. FOLDER/tag holds the wheels' tag, FOLDER/salt a text that changes their bytes; FOLDER/fail makes it fail.
"""

import pathlib
import sys

PROGRAM = '''#!/usr/bin/env python3
import os, pathlib, re, sys, tarfile, tomllib
here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, {cli!r})
if sys.argv[1] == "--version":
    print("uv 9.9.9 (made for tests)")
    sys.exit()
import fixture
with open(here / "log", "a") as log:
    print(*sys.argv[1:], file=log)
if (here / "fail").exists():
    print("the first line of a build that fails")
    print("\\n".join("line %d" % i for i in range(100)))
    sys.exit("error: no compiler")
source = pathlib.Path(sys.argv[-1])
if source.is_dir():
    project = tomllib.loads((source / "pyproject.toml").read_text())["project"]
    name, version = project["name"], project["version"]
    files = {{path.relative_to(source).as_posix(): path.read_text() for path in sorted(source.rglob("*.py"))}}
else:
    with tarfile.open(source) as archive:
        member = next(m for m in archive if m.name.endswith("/PKG-INFO"))
        text = archive.extractfile(member).read().decode()
    name, version = re.search("^Name: (.*)$", text, re.M)[1], re.search("^Version: (.*)$", text, re.M)[1]
    files = {{f"{{name}}.py": f"VERSION = {{version!r}}\\n"}}
read = lambda file, default: (here / file).read_text().strip() if (here / file).exists() else default
files["salt.txt"] = read("salt", "") + "\\n"
out = pathlib.Path(sys.argv[sys.argv.index("--out-dir") + 1])
filename, data = fixture.wheel(name, version, files, tag=read("tag", "py3-none-any"))
(out / filename).write_bytes(data)
'''


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "uv"
    program.write_text(PROGRAM.format(cli=str(pathlib.Path(__file__).resolve().parent)))
    program.chmod(0o755)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
