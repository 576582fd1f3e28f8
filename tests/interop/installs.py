#!/usr/bin/env python3
"""Valid wheels with everything that the installer specification has and few real wheels use.

    installs.py FOLDER    writes FOLDER/wheels/*.whl and FOLDER/project/pylock.toml
"""

import base64
import hashlib
import io
import pathlib
import sys
import zipfile

wheels = []


def record_line(name, content):
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    quoted = '"' + name.replace('"', '""') + '"' if "," in name or '"' in name else name
    return f"{quoted},sha256={digest},{len(content)}\n"


def wheel(name, files, *, version="1.0", build="", tag="py3-none-any", info=None, metadata="2.1", purelib=True, modes=None, stored=(),
          record=None, streamed=False, folders=(), comment=b"", prefix=b""):
    """files: path → text or bytes, with DATA and INFO for the folders NAME-VERSION.data and .dist-info."""
    escaped = name.replace("-", "_").replace(".", "_")
    info_folder, data_folder = f"{info or escaped}-{version}.dist-info", f"{info or escaped}-{version}.data"
    content = {
        "INFO/METADATA": f"Metadata-Version: {metadata}\nName: {name}\nVersion: {version}\n",
        "INFO/WHEEL": f"Wheel-Version: 1.0\nGenerator: installs\nRoot-Is-Purelib: {str(purelib).lower()}\n"
        + "".join(f"Tag: {one}\n" for one in expanded(tag)) + (f"Build: {build}\n" if build else ""),
    } | files
    content = {path.replace("INFO/", info_folder + "/").replace("DATA/", data_folder + "/"): text if isinstance(text, bytes) else text.encode()
               for path, text in content.items()}
    lines = "".join(record_line(path, text) for path, text in content.items() if not path.endswith((".jws", ".p7s"))) + f"{info_folder}/RECORD,,\n"
    content[f"{info_folder}/RECORD"] = (record(lines) if record else lines).encode()
    buffer = io.BytesIO()
    buffer.write(prefix)

    class Unseekable(io.RawIOBase):  # makes zipfile write data descriptors
        def writable(self):
            return True

        def write(self, data):
            return buffer.write(data)

    with zipfile.ZipFile(Unseekable() if streamed else buffer, "a" if prefix else "w") as archive:
        archive.comment = comment
        for folder in folders:
            archive.writestr(zipfile.ZipInfo(folder), b"")
        for path, text in content.items():
            entry = zipfile.ZipInfo(path, (2024, 5, 6, 7, 8, 10))
            entry.external_attr = (modes or {}).get(path, 0o100644) << 16
            entry.compress_type = zipfile.ZIP_STORED if path in stored else zipfile.ZIP_DEFLATED
            archive.writestr(entry, text)
    number = f"-{build}" if build else ""
    wheels.append((name, version, f"{escaped}-{version}{number}-{tag}.whl", buffer.getvalue()))


def expanded(tag):
    python, abi, platform = tag.split("-")
    return [f"{a}-{b}-{c}" for a in python.split(".") for b in abi.split(".") for c in platform.split(".")]


wheel("schemes", {
    "schemes/__init__.py": "", "DATA/purelib/pure_part.py": "p = 1\n", "DATA/platlib/plat_part.py": "p = 2\n",
    "DATA/headers/schemes.h": "#define X\n", "DATA/headers/deep/er.h": "\n", "DATA/data/share/schemes/x.txt": "x\n",
    "DATA/data/etc/schemes.conf": "y\n", "DATA/data/bin/schemes-data": "#!python\nprint()\n", "DATA/data/top.txt": "z\n"}, purelib=False, tag="py3-none-linux_x86_64")
wheel("shebangs", {
    "DATA/scripts/plain": "#!python\nprint()\n", "DATA/scripts/windowed": "#!pythonw\nprint()\n", "DATA/scripts/with-options": "#!python -u -s\nprint()\n",
    "DATA/scripts/crlf": "#!python\r\nprint()\r\n", "DATA/scripts/shell": "#!/bin/sh\necho\n", "DATA/scripts/none": "print()\n",
    "DATA/scripts/binary": b"\x7fELF\0\1\2\3", "DATA/scripts/empty": "", "DATA/scripts/only-line": "#!python", "DATA/scripts/env": "#!/usr/bin/env python\n",
    "DATA/scripts/versioned": "#!python3\nprint()\n", "DATA/scripts/windowed-options": "#!pythonw -x\nprint()\n"})
wheel("entry-points", {
    "INFO/entry_points.txt": "\n# comment\n[console_scripts]\nrun = entry_points_:main\nrun.extra = entry_points_:main [extra, other]\n"
    "spaced  =  entry_points_ : Class.method  \ndash-name=entry_points_.sub:main\n[gui_scripts]\nwindow = entry_points_:gui\nboth = entry_points_:gui\n"
    "; comment\n[console_scripts.not]\nx = not even\n[other]\nplugin = entry_points_\n",
    "entry_points_/__init__.py": "", "DATA/scripts/run": "#!python\nprint('not this')\n", "DATA/scripts/window.exe": "no\n",
    "DATA/scripts/stays": "#!python\n"})
wheel("record-names", {"record_names/a,b.txt": "1\n", 'record_names/quo"te.txt': "2\n", "record_names/sp ace.txt": "3\n",
                       "record_names/ümlaut.txt": "4\n", "record_names/日本/語.py": "5\n"})
wheel("signatures", {"signatures.py": "", "INFO/RECORD.jws": "{}", "INFO/RECORD.p7s": b"\0\1"})
wheel("Foo.Bar-Baz_Q", {"foo_bar/__init__.py": "", "DATA/headers/foo.h": "\n", "INFO/entry_points.txt": "[console_scripts]\nfoo-bar = foo_bar:main\n"},
      info="Foo.Bar_Baz_Q")
wheel("build-number", {"build_number.py": ""}, build="2local")
wheel("tag-sets", {"tag_sets.py": ""}, tag="py2.py3-none-any.manylinux2014_x86_64")
for version in ("1.0", "1.1", "1.2", "2.0", "2.1", "2.2", "2.3", "2.4"):
    wheel(f"metadata-{version.replace('.', '-')}", {f"metadata_{version.replace('.', '_')}.py": ""}, metadata=version)
wheel("modes", {"modes/run.sh": "#!/bin/sh\n", "modes/secret": "", "modes/open": "", "modes/group": "", "modes/none": "", "modes/setuid": ""},
      modes={"modes/run.sh": 0o100755, "modes/secret": 0o100600, "modes/open": 0o100777, "modes/group": 0o100674, "modes/none": 0,
             "modes/setuid": 0o104711})
wheel("stored", {"stored/a.txt": "a" * 70000, "stored/b.txt": "", "stored/c.bin": bytes(range(256))}, stored=("stored/a.txt", "stored/c.bin"))
wheel("streamed", {"streamed/a.txt": "a" * 1000, "streamed/b.txt": ""}, streamed=True, comment=b"a comment")
wheel("folders", {"folders/a/b.txt": "x"}, folders=("folders/", "folders/a/", "folders/empty/"))
wheel("prefixed", {"prefixed.py": "x = 1\n"}, prefix=b"#!/bin/sh\nexit\n")
wheel("nspkg-a", {"nspkg/a.py": "", "nspkg_a-nspkg.pth": "import sys\n"})
wheel("nspkg-b", {"nspkg/b.py": "", "nspkg_b-nspkg.pth": "import sys\n"})
wheel("shared-a", {"shared_ns/__init__.py": "", "shared_ns/a/__init__.py": "a = 1\n"})
wheel("shared-b", {"shared_ns/__init__.py": "", "shared_ns/b/__init__.py": "b = 1\n"})
wheel("compiled", {"compiled/__init__.py": "", "compiled/__pycache__/__init__.cpython-311.pyc": b"\0" * 16, "compiled/old.pyc": b"\0" * 16})
wheel("installers-own", {"installers_own.py": "", "INFO/INSTALLER": "other", "INFO/REQUESTED": "not empty", "INFO/direct_url.json": "{}"})
wheel("licences", {"licences.py": "", "INFO/licenses/LICENSE": "free\n", "INFO/licenses/sub/NOTICE": "\n", "INFO/sboms/x.json": "{}"}, metadata="2.4")
wheel("padded", {"padded.py": "p = 1\n"}, record=lambda lines: lines.replace(",6\n", ",6\n").replace(",sha256=", ",sha256=", 1))
wheel("record-absolute", {"record_absolute.py": ""}, record=lambda lines: lines.replace("record_absolute.py", "/record_absolute.py"))
wheel("record-crlf", {"record_crlf.py": ""}, record=lambda lines: lines.replace("\n", "\r\n"))
wheel("record-unlisted", {"record_unlisted.py": "", "record_extra.py": "x"},
      record=lambda lines: "".join(line + "\n" for line in lines.splitlines() if not line.startswith("record_extra")))

folder = pathlib.Path(sys.argv[1])
(folder / "wheels").mkdir(parents=True)
(folder / "project").mkdir()
lock = 'lock-version = "1.0"\ncreated-by = "installs"\n'
names = []
for name, version, filename, data in wheels:
    (folder / "wheels" / filename).write_bytes(data)
    normal = name.lower().replace(".", "-").replace("_", "-")
    names.append(f"{normal}=={version}")
    lock += f'\n[[packages]]\nname = "{normal}"\nversion = "{version}"\nwheels = [{{ path = "../wheels/{filename}", '
    lock += f'hashes = {{ sha256 = "{hashlib.sha256(data).hexdigest()}" }} }}]\n'
(folder / "project/pylock.toml").write_text(lock)
(folder / "requirements.txt").write_text("\n".join(names) + "\n")
