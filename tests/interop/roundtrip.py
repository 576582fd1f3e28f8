#!/usr/bin/env python3
"""Random wheels through an image and back.

    roundtrip.py make FOLDER SEED…         writes FOLDER/wheels/*.whl, FOLDER/pylock.toml and FOLDER/tree (what must be installed)
    roundtrip.py compare LAYOUT FOLDER     each layer of wheels by tarfile and GNU tar: the same files, and those of FOLDER/tree
"""

import base64
import hashlib
import json
import pathlib
import random
import subprocess
import sys
import tarfile
import tempfile
import zipfile
import zlib

SITE = "opt/venv/lib/python3.11/site-packages"


def content_of(dice):
    size = dice.choice([0, 1, 511, 512, 513, 65535, 65536, dice.randrange(6000), dice.randrange(6000), dice.randrange(400_000),
                        dice.randrange(5_000_000) if dice.random() < 0.2 else 7])
    out = bytearray()
    while len(out) < size:
        out += dice.choice([bytes([dice.randrange(256)]) * dice.randrange(1, 2000), dice.randbytes(dice.randrange(1, 3000)),
                            b"def f(x):\n    return x\n" * dice.randrange(1, 50)])
    return bytes(out[:size])


def deflated_with_flushes(dice, content):
    """Raw deflate of many blocks."""
    packer = zlib.compressobj(dice.randrange(10), zlib.DEFLATED, -15, dice.randrange(1, 10), dice.randrange(5))
    step = 1 + len(content) // dice.randrange(1, 60)
    out = b""
    for at in range(0, len(content), step):
        out += packer.compress(content[at : at + step]) + packer.flush(dice.choice([zlib.Z_SYNC_FLUSH, zlib.Z_FULL_FLUSH, zlib.Z_PARTIAL_FLUSH]))
    return out + packer.flush()


class FlushingZip(zipfile.ZipFile):
    """Writes some members with its own deflate stream."""

    def add(self, dice, name, content, mode):
        info = zipfile.ZipInfo(name, (2024, 1, dice.randrange(1, 28), 0, 0, 0))
        info.external_attr = (0o100000 | mode) << 16
        info.compress_type = dice.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_DEFLATED])
        if info.compress_type == zipfile.ZIP_STORED or dice.random() < 0.5:
            with self.open(info, "w", force_zip64=dice.random() < 0.2) as file:
                file.write(content)
            return
        raw = deflated_with_flushes(dice, content)
        info.header_offset = self.fp.tell()
        info.CRC, info.compress_size, info.file_size = zlib.crc32(content), len(raw), len(content)
        self.fp.write(info.FileHeader(zip64=False) + raw)
        self.start_dir = self.fp.tell()
        self.filelist.append(info)
        self.NameToInfo[name] = info
        self._didModify = True


def record_line(name, content):
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(content)}\n"


def make(folder, seeds):
    packages = []
    for seed in seeds:
        dice = random.Random(int(seed))
        name = f"random{seed}"
        info = f"{name}-1.0.dist-info"
        files = {}
        for number in range(dice.randrange(1, 40)):
            parts = [name] + ["".join(dice.choices("abcdeé_", k=dice.choice([1, 3, 9, 90]))) for _ in range(dice.randrange(4))]
            files["/".join(parts + [f"f{number}.py"])] = (content_of(dice), 0o755 if dice.random() < 0.3 else 0o644)
        files[f"{info}/METADATA"] = (f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n".encode(), 0o644)
        files[f"{info}/WHEEL"] = (b"Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n", 0o644)
        wheel = folder / "wheels" / f"{name}-1.0-py3-none-any.whl"
        wheel.parent.mkdir(parents=True, exist_ok=True)
        with FlushingZip(wheel, "w") as archive:
            for path, (content, mode) in files.items():
                archive.add(dice, path, content, mode)
            record = "".join(record_line(path, content) for path, (content, _) in files.items()) + f"{info}/RECORD,,\n"
            archive.add(dice, f"{info}/RECORD", record.encode(), 0o644)
        for path, (content, mode) in files.items():
            target = folder / "tree" / SITE / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            target.chmod(mode)
        sha256 = hashlib.sha256(wheel.read_bytes()).hexdigest()
        packages.append(f'[[packages]]\nname = "{name}"\nversion = "1.0"\n'
                        f'wheels = [{{ path = "wheels/{wheel.name}", hashes = {{ sha256 = "{sha256}" }} }}]\n')
    (folder / "pylock.toml").write_text('lock-version = "1.0"\ncreated-by = "roundtrip"\n' + "\n".join(packages))


def files_below(root):
    return {str(path.relative_to(root)): (path.stat().st_mode & 0o777, hashlib.sha256(path.read_bytes()).hexdigest())
            for path in root.rglob("*") if path.is_file() and not path.is_symlink()}


def compare(layout, folder):
    blob = lambda digest: layout / "blobs" / digest.replace(":", "/")
    load = lambda digest: json.loads(blob(digest).read_text())
    manifest = load(json.loads((layout / "index.json").read_text())["manifests"][-1]["digest"])
    while "manifests" in manifest:
        manifest = load(manifest["manifests"][0]["digest"])
    ids = load(manifest["config"]["digest"])["rootfs"]["diff_ids"]
    by_tarfile, by_tar, layers = {}, {}, 0
    for layer, diff_id in zip(manifest["layers"], ids):
        if layer.get("annotations", {}).get("dev.cartwheel.kind") not in ("wheel", "bucket"):
            continue
        layers += 1
        path = blob(layer["digest"])
        text = subprocess.run(["gzip", "-dc", path], check=True, capture_output=True).stdout
        assert "sha256:" + hashlib.sha256(text).hexdigest() == diff_id, layer["digest"]
        with tarfile.open(path, "r:gz") as archive:
            for entry in archive:
                if entry.isfile():
                    by_tarfile[entry.name] = (entry.mode, hashlib.sha256(archive.extractfile(entry).read()).hexdigest())
        with tempfile.TemporaryDirectory() as unpacked:
            subprocess.run(["tar", "-xzpf", path, "-C", unpacked], check=True)
            by_tar |= files_below(pathlib.Path(unpacked))
    assert by_tarfile == by_tar, sorted(by_tarfile.items() ^ by_tar.items())[:4]
    wanted = files_below(folder / "tree")
    generated = ("/RECORD", "/INSTALLER", "/REQUESTED")
    found = {path: value for path, value in by_tar.items() if not path.endswith(generated)}
    assert found == wanted, sorted(found.items() ^ wanted.items())[:4]
    print(layers, "layers,", len(wanted), "files are the same")


if sys.argv[1] == "make":
    make(pathlib.Path(sys.argv[2]), sys.argv[3:])
else:
    compare(pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]))
