"""A Debian archive of one suite, signed by a key made for it, with as much of a Debian with Python 3.11 as a base needs, and some
packages to put on top: libgl1, a shell, certificates, a service with an account of its own.

    python3 debian.py FOLDER

writes FOLDER/archive (to be served), FOLDER/keys (gpg's home) and FOLDER/keys.gpg (the keyring), and prints the key's fingerprint.
`python3 debian.py FOLDER sign` writes the index files and signs them again, after the pool has changed.
"""

import hashlib
import pathlib
import subprocess
import sys

from fixture import MACHINES, base_entries, elf, layer_of


def ar(members):
    out = b"!<arch>\n"
    for name, data in members:
        out += f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(data):<10}`\n".encode() + data + b"\n" * (len(data) % 2)
    return out


def deb(name, version, arch, entries, depends="", postinst=""):
    control = f"Package: {name}\nVersion: {version}\nArchitecture: {arch}\n" + (f"Depends: {depends}\n" if depends else "")
    scripts = [("postinst", "file", postinst.encode(), 0o755)] if postinst else []
    files = layer_of([("control", "file", control.encode(), 0o644), *scripts])
    return control, ar([("debian-binary", b"2.0\n"), ("control.tar", files), ("data.tar", layer_of(entries))])


def packages(arch):
    """(file name, control, bytes) of each package."""
    machine = MACHINES[arch][0]
    library = f"usr/lib/{machine}-linux-gnu"
    root = {path: (path, kind, content, mode) for path, kind, content, mode in base_entries(arch)}
    users = [("usr/share/base-passwd/passwd.master", "file", b"root:*:0:0:root:/root:/bin/bash\n", 0o644),
             ("usr/share/base-passwd/group.master", "file", b"root:*:0:\n", 0o644)]
    folders = [(path, "dir", b"", mode) for path, mode in [("root", 0o700), ("tmp", 0o1777), ("var", 0o755), ("var/tmp", 0o1777), ("etc", 0o755)]]
    for name, version, entries, *more in [
        ("base-files", "12.4", [*folders, root["etc/os-release"]]),
        ("base-passwd", "3.6.1", users),
        ("libc6", "2.36-9", [*(root[path] for path in ("usr", "usr/lib", library)), root[f"{library}/libc.so.6"]]),
        ("libstdc++6", "12.2.0-14", [root[f"{library}/libstdc++.so.6"]], "libc6"),
        ("python3.11-minimal", "3.11.2-6", [root["usr/bin/python3.11"]], "libc6"),
        ("libgl1", "1.6.0-1", [(f"{library}/libGL.so.1", "file", elf(MACHINES[arch][1], "libGL.so.1"), 0o644)], "libc6"),
        ("dash", "0.5.12-2", [("usr/bin/dash", "file", b"dash", 0o755), ("usr/bin/sh", "link", "dash", 0o777)]),
        ("ca-certificates", "2023", [("usr/share/ca-certificates/root.crt", "file", b"a root\n", 0o644)]),
        ("service", "1", [("usr/bin/service", "file", b"service", 0o755)], "", "#!/bin/sh\nadduser --system --group service\n"),
    ]:
        yield f"{name}_{version}_{arch}.deb", *deb(name, version, arch, entries, *more)


def sign(folder, controls):
    """Packages of each architecture, and InRelease."""
    dists = folder / "archive/dists/test"
    release = "Suite: test\nCodename: test\nDate: Sat, 06 Jan 2024 09:00:00 UTC\nSHA256:\n"
    for arch in MACHINES:
        text = ""
        for file in sorted((folder / "archive/pool").glob(f"*_{arch}.deb")):
            data = file.read_bytes()
            text += f"{controls[file.name]}Filename: pool/{file.name}\nSize: {len(data)}\nSHA256: {hashlib.sha256(data).hexdigest()}\n\n"
        index = dists / f"main/binary-{arch}/Packages"
        index.parent.mkdir(parents=True, exist_ok=True)
        index.write_text(text)
        release += f" {hashlib.sha256(text.encode()).hexdigest()} {len(text)} main/binary-{arch}/Packages\n"
    (dists / "InRelease").write_text(gpg(folder, "--clearsign", "--output", "-", "-", text=release))


def gpg(folder, *arguments, text=""):
    command = ["gpg", "--homedir", folder / "keys", "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", "", *arguments]
    return subprocess.run(command, input=text, stdout=subprocess.PIPE, text=True, check=True).stdout


folder = pathlib.Path(sys.argv[1])
every = [package for arch in MACHINES for package in packages(arch)]
if len(sys.argv) == 2:
    (folder / "archive/pool").mkdir(parents=True)
    (folder / "keys").mkdir(mode=0o700)
    for name, _, data in every:
        (folder / "archive/pool" / name).write_bytes(data)
    gpg(folder, "--quick-generate-key", "Test <test@example.org>", "ed25519", "sign", "never")
    gpg(folder, "--export", "--output", str(folder / "keys.gpg"))
    (line,) = [line for line in gpg(folder, "--list-keys", "--with-colons").splitlines() if line.startswith("fpr:")]
    print(line.split(":")[9])
sign(folder, {name: control for name, control, _ in every})
subprocess.run(["gpgconf", "--homedir", folder / "keys", "--kill", "gpg-agent"], check=True)
