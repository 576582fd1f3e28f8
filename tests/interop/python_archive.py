#!/usr/bin/env python3
"""Makes archives of Pythons in the install_only layout, for tests/interop/pythons.sh.

    python_archive.py prefix FOLDER OUT                       of an installed Python
    python_archive.py debian ARCHIVE SUITE ARCH VERSION OUT   of a Debian suite's packages, as python-build-standalone would lay it
"""

import io
import lzma
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import urllib.request


def packages_of(archive, suite, architecture):
    """name → path in the archive, of the newest version (the last one listed)."""
    url = f"{archive}/dists/{suite}/main/binary-{architecture}/Packages.xz"
    text = lzma.decompress(urllib.request.urlopen(url).read()).decode()
    found = {}
    for paragraph in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in paragraph.splitlines() if ": " in line and line[0] != " ")
        if "Package" in fields:
            found[fields["Package"]] = fields["Filename"]
    return found


def unpack_debian(archive, suite, architecture, version, folder):
    found = packages_of(archive, suite, architecture)
    for name in (f"python{version}-minimal", f"libpython{version}-minimal", f"libpython{version}-stdlib", f"libpython{version}-dev"):
        deb = folder / "package.deb"
        deb.write_bytes(urllib.request.urlopen(f"{archive}/{found[name]}").read())
        subprocess.run(["dpkg-deb", "-x", deb, folder / "root"], check=True)
    usr = folder / "root/usr"
    for path in usr.glob("lib/python3.*/sitecustomize.py"):
        path.unlink()  # a link into /etc
    return {"bin": usr / "bin", f"lib/python{version}": usr / f"lib/python{version}", f"include/python{version}": usr / f"include/python{version}"}


def write(parts, out, version=None):
    """python/…, with what an install_only archive has beside the interpreter: pip, tests, static libraries."""
    with tarfile.open(out, "w:gz") as tar:
        for name, path in parts.items():
            tar.add(path, f"python/{name}")
        if version:
            for name, text in {f"lib/python{version}/ensurepip/_bundled/pip-99-py3-none-any.whl": b"pip",
                               f"lib/python{version}/site-packages/pip/__init__.py": b"",
                               f"lib/libpython{version}.a": b"static"}.items():
                entry = tarfile.TarInfo(f"python/{name}")
                entry.size = len(text)
                tar.addfile(entry, io.BytesIO(text))


def main():
    if sys.argv[1] == "prefix":
        folder = pathlib.Path(sys.argv[2])
        write({part: folder / part for part in ("bin", "include", "lib", "share") if (folder / part).exists()}, sys.argv[3])
        return
    _, _, archive, suite, architecture, version, out = sys.argv
    with tempfile.TemporaryDirectory() as work:
        write(unpack_debian(archive, suite, architecture, version, pathlib.Path(work)), out, version)


main()
