"""Checks that each file of a store that has its final name is whole (docs/formats.md sections 5, 7 and 10).

    python3 check_store.py STORE
"""

import hashlib
import json
import pathlib
import sys

store = pathlib.Path(sys.argv[1])
version = store / "VERSION"
if not version.exists():  # killed before that: then nothing else has a final name
    left = [path for name in ("blobs", "recipes", "layers", "facts", "paths", "builds") for path in (store / name).rglob("*") if path.is_file()]
    assert not left, left
else:
    assert version.read_text() == "1\n"
for path in store.glob("blobs/sha256/*/*"):
    assert hashlib.sha256(path.read_bytes()).hexdigest() == path.name, path
for path in store.glob("recipes/*/*/*"):
    data = path.read_bytes()
    assert data[:8] == b"cwrecipe" and hashlib.sha256(data[:-32]).digest() == data[-32:], path
    assert data[9:41].hex() == path.name, path
for kind in ["layers", "facts", "builds"]:
    for path in store.glob(f"{kind}/*/*/*"):
        json.loads(path.read_text())
    