"""What scripts of tests/cli build images from, made anew for each: wheels, a lock, a base, a project.

    python3 fixture.py FOLDER [BYTES]

writes FOLDER/app (a project without build system, whose base is "oci:../base"), FOLDER/wheels (where its lock finds everything) and
FOLDER/base (an OCI layout of both platforms with as much of a Debian 12 with Python 3.11 as Cartwheel looks at); with BYTES, the
project needs a wheel "large" of so many bytes, too. Nothing that is made here depends on the time, the place or a random number, so that
digests can be compared.
"""

import base64
import gzip
import hashlib
import io
import json
import pathlib
import random
import struct
import sys
import tarfile
import zipfile

MACHINES = {"amd64": ("x86_64", 62), "arm64": ("aarch64", 183)}  # with e_machine


def sha256(data):
    return hashlib.sha256(data).hexdigest()


# ---- wheels ----


def wheel(name, version, files=None, requires=(), tag="py3-none-any", scripts=None, metadata=""):
    """(file name, bytes) of a wheel; files: path -> text or bytes, its modules; scripts: name -> entry point."""
    stem = f"{name.replace('-', '_')}-{version}"
    info = f"{stem}.dist-info"
    content = dict(files if files is not None else {f"{name.replace('-', '_')}/__init__.py": f"__version__ = {version!r}\n"})
    requires_dist = "".join(f"Requires-Dist: {each}\n" for each in requires)
    content[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{metadata}{requires_dist}\n"
    purelib = "true" if tag.endswith("none-any") else "false"
    content[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: fixture\nRoot-Is-Purelib: {purelib}\nTag: {tag}\n"
    if scripts:
        lines = "".join(f"{key} = {value}\n" for key, value in scripts.items())
        content[f"{info}/entry_points.txt"] = f"[console_scripts]\n{lines}"
    content = {path: data.encode() if isinstance(data, str) else data for path, data in content.items()}
    record = "".join(
        f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip('=')},{len(data)}\n"
        for path, data in content.items()
    )
    content[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    return f"{stem}-{tag}.whl", zip_of(content)


def zip_of(content):
    """The bytes of a zip; content: path -> bytes, in this order."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in content.items():
            entry = zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o100644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return out.getvalue()


def elf(machine, soname="", defines=(), needed=(), runpath=""):
    """A shared library of that machine with a dynamic section: what it needs and which versions it defines."""
    strings = bytearray(b"\0")

    def text(value):
        at = len(strings)
        strings.extend(value.encode() + b"\0")
        return at

    tags = [(1, text(each)) for each in needed] + ([(14, text(soname))] if soname else [])
    tags += [(29, text(runpath))] if runpath else []
    names = [soname, *defines] if defines else []
    verdef = b""
    for i, each in enumerate(names):
        following = 28 if i + 1 < len(names) else 0
        verdef += struct.pack("<HHHHIII", 1, int(i == 0), i + 1, 1, 0, 20, following) + struct.pack("<II", text(each), 0)
    dynamic_at = 64 + 2 * 56
    tables_at = dynamic_at + 16 * (len(tags) + 3 + (2 if names else 0))
    tags += [(5, tables_at), (10, len(strings))]
    if names:
        tags += [(0x6FFFFFFC, tables_at + len(strings)), (0x6FFFFFFD, len(names))]
    dynamic = b"".join(struct.pack("<QQ", *tag) for tag in [*tags, (0, 0)])
    body = dynamic + bytes(strings) + verdef
    header = b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 3, machine, 1, 0, 64, 0, 0, 64, 56, 2, 0, 0, 0)
    load = struct.pack("<IIQQQQQQ", 1, 5, 0, 0, 0, dynamic_at + len(body), dynamic_at + len(body), 4096)
    return header + load + struct.pack("<IIQQQQQQ", 2, 4, dynamic_at, dynamic_at, dynamic_at, len(dynamic), len(dynamic), 8) + body


# ---- locks ----


class Package:
    """One [[package]] of a lock. wheels: (file name, bytes)s; dependencies: names, or (name, marker) or (name, marker, version)."""

    def __init__(self, name, version, wheels=(), dependencies=(), source='{ registry = "../wheels" }', markers=(), extra=""):
        self.name, self.version, self.wheels = name, version, list(wheels)
        self.dependencies, self.source, self.markers, self.extra = list(dependencies), source, list(markers), extra

    def toml(self):
        lines = ["", "[[package]]", f'name = "{self.name}"', f'version = "{self.version}"', f"source = {self.source}"]
        if self.markers:
            lines += ["resolution-markers = [", *(f"    {json.dumps(each)}," for each in self.markers), "]"]
        if self.dependencies:
            lines += ["dependencies = [", *(f"    {dependency_toml(each)}," for each in self.dependencies), "]"]
        if self.wheels:
            lines += ["wheels = ["]
            lines += [f'    {{ path = "{name}", hash = "sha256:{sha256(data)}" }},' for name, data in self.wheels]
            lines += ["]"]
        return "\n".join(lines + ([self.extra] if self.extra else [])) + "\n"


def dependency_toml(dependency):
    name, marker, version = (dependency, "", "") if isinstance(dependency, str) else (*dependency, "", "")[:3]
    out = f'{{ name = "{name}"'
    if version:
        out += f', version = "{version}", source = {{ registry = "../wheels" }}'
    return out + (f", marker = {json.dumps(marker)}" if marker else "") + " }"


def lock_text(packages, revision=3):
    return f'version = 1\nrevision = {revision}\nrequires-python = ">=3.11"\n' + "".join(each.toml() for each in packages)


# ---- the base ----


def layer_of(entries):
    """tar of (path, kind, content or target, mode) entries, kind one of dir, file, link."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path, kind, content, mode in entries:
            member = tarfile.TarInfo(path)
            member.mode = mode
            member.type = {"dir": tarfile.DIRTYPE, "file": tarfile.REGTYPE, "link": tarfile.SYMTYPE}[kind]
            if kind == "link":
                member.linkname = content
            data = content if kind == "file" else b""
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return out.getvalue()


def base_entries(arch, python="3.11.2", glibc="2.36"):
    machine, number = MACHINES[arch]
    triplet = f"{machine}-linux-gnu"
    libc = elf(number, "libc.so.6", ["GLIBC_2.17", f"GLIBC_{glibc}"])
    stdcxx = elf(number, "libstdc++.so.6", ["GLIBCXX_3.4", "GLIBCXX_3.4.30"])
    minor = python.rsplit(".", 1)[0]
    interpreter = elf(number, needed=["libc.so.6"]) + b"\0" + python.encode() + b"\0"
    folders = ["etc", "tmp", "usr", "usr/bin", "usr/lib", f"usr/lib/{triplet}"]
    return [(path, "dir", b"", 0o1777 if path == "tmp" else 0o755) for path in folders] + [
        ("etc/os-release", "file", b'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n', 0o644),
        ("etc/passwd", "file", b"root:x:0:0:root:/root:/bin/sh\nnonroot:x:65532:65532::/home/nonroot:/sbin/nologin\n", 0o644),
        ("lib", "link", "usr/lib", 0o777),
        (f"usr/bin/python{minor}", "file", interpreter, 0o755),
        ("usr/bin/python3", "link", f"python{minor}", 0o777),
        (f"usr/lib/{triplet}/libc.so.6", "file", libc, 0o755),
        (f"usr/lib/{triplet}/libstdc++.so.6", "file", stdcxx, 0o644),
    ]


class Layout:
    """An OCI layout that is being written."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        (self.folder / "blobs/sha256").mkdir(parents=True)
        (self.folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')

    def blob(self, media_type, data, **more):
        data = json.dumps(data).encode() if isinstance(data, dict) else data
        (self.folder / "blobs/sha256" / sha256(data)).write_bytes(data)
        return {"mediaType": media_type, "digest": f"sha256:{sha256(data)}", "size": len(data), **more}

    def image(self, arch, tars, env=("PATH=/usr/local/bin:/usr/bin:/bin",)):
        """The manifest's descriptor; tars: the layers, uncompressed, lowest first."""
        config = {
            "architecture": arch,
            "os": "linux",
            "created": "2024-01-01T00:00:00Z",
            "config": {"Env": list(env)},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{sha256(tar)}" for tar in tars]},
            "history": [{"created": "2024-01-01T00:00:00Z", "created_by": "fixture"} for _ in tars],
        }
        oci = "application/vnd.oci.image."
        manifest = {
            "schemaVersion": 2,
            "mediaType": oci + "manifest.v1+json",
            "config": self.blob(oci + "config.v1+json", config),
            "layers": [self.blob(oci + "layer.v1.tar+gzip", gzip.compress(tar, mtime=0)) for tar in tars],
        }
        return self.blob(oci + "manifest.v1+json", manifest, platform={"architecture": arch, "os": "linux"})

    def finish(self, manifests, tag="latest"):
        oci = "application/vnd.oci.image.index.v1+json"
        index = self.blob(oci, {"schemaVersion": 2, "mediaType": oci, "manifests": manifests})
        index["annotations"] = {"org.opencontainers.image.ref.name": tag}
        (self.folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "mediaType": oci, "manifests": [index]}))


def write_base(folder, architectures=("amd64", "arm64"), **versions):
    layout = Layout(folder)
    layout.finish([layout.image(arch, [layer_of(base_entries(arch, **versions))]) for arch in architectures])


# ---- the project ----


def packages():
    """A pure package with a script; one with a library per machine; torch, CUDA on x86_64 and CPU on aarch64."""
    greet = Package(
        "greet",
        "1.0",
        [wheel("greet", "1.0", {"greet/__init__.py": "def main():\n    print('hello')\n"}, scripts={"greet": "greet:main"})],
        ["number"],
    )
    number = Package("number", "2.1", [library_wheel("number", "2.1", arch) for arch in MACHINES])
    split = "platform_machine == 'x86_64'", "platform_machine != 'x86_64'"
    cuda = Package("torch", "2.4.0+cu121", [library_wheel("torch", "2.4.0+cu121", "amd64")], markers=split[:1])
    cpu = Package("torch", "2.4.0", [library_wheel("torch", "2.4.0", "arm64")], markers=split[1:])
    app = Package(
        "app",
        "0.1.0",
        dependencies=["greet", ("torch", split[0], cuda.version), ("torch", split[1], cpu.version)],
        source='{ virtual = "." }',
    )
    return [app, greet, number, cuda, cpu]


def library_wheel(name, version, arch, size=4000):
    machine, number = MACHINES[arch]
    library = elf(number, needed=["libc.so.6"]) + bytes(i * i % 251 for i in range(size))
    tag = f"cp311-cp311-manylinux_2_17_{machine}"
    files = {f"{name}/__init__.py": f"__version__ = {version!r}\n", f"{name}/_c.cpython-311-{machine}-linux-gnu.so": library}
    return wheel(name, version, files, tag=tag)


PYPROJECT = """\
[project]
name = "app"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = ["greet", "torch"]

[tool.cartwheel]
base = "oci:../base"
expect = { "linux/amd64" = "cuda", "linux/arm64" = "cpu" }
"""


def write_wheels(folder, every):
    folder.mkdir(parents=True, exist_ok=True)
    for package in every:
        for name, data in package.wheels:
            (folder / name).write_bytes(data)


def write_project(parent, every=None, pyproject=PYPROJECT):
    """parent/app with its lock of `every` package, parent/wheels and parent/base."""
    parent = pathlib.Path(parent)
    every = packages() if every is None else every
    app = parent / "app"
    app.mkdir(parents=True)
    (app / "pyproject.toml").write_text(pyproject)
    (app / "uv.lock").write_text(lock_text(every))
    (app / "main.py").write_text("import greet\n\ngreet.main()\n")
    write_wheels(parent / "wheels", every)
    write_base(parent / "base")


def with_large_wheel(every, size):
    noise = random.Random(8).randbytes(size)
    every[0].dependencies.append("large")
    return [*every, Package("large", "1.0", [wheel("large", "1.0", {"large/data.bin": noise})])]


if __name__ == "__main__":
    if len(sys.argv) > 2:
        pyproject = PYPROJECT.replace('"torch"]', '"torch", "large"]')
        write_project(sys.argv[1], with_large_wheel(packages(), int(sys.argv[2])), pyproject)
    else:
        write_project(sys.argv[1])
