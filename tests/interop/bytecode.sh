#!/usr/bin/env bash
# compile-bytecode: the same bytes on any machine's settings and for both architectures, and modules that load without being compiled.
. "$(dirname "$0")/lib.sh"
project=$work/project
mkdir -p "$project/app"
cat >"$project/pyproject.toml" <<END
[project]
name = "compiled"
version = "1.0.0"
requires-python = ">=3.11"
dependencies = ["fastapi", "jinja2", "sympy", "numpy"]
[tool.cartwheel]
platforms = ["linux/amd64", "linux/arm64"]
compile-bytecode = true
END
cp examples/demo/demo.py "$project/app/main.py" 2>/dev/null || echo 'print("main")' >"$project/app/main.py"
(cd "$project" && uv lock -q)

digest() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1] + "/index.json"))["manifests"][0]["digest"])' "$1"; }
build() { # NAME STORE [OPTION …], in the environment given before
  (cd "$project" && CARTWHEEL_STORE=$work/$2 "$cartwheel" build . -o "oci:$work/$1:latest" "${@:3}")
}
# The store's downloads are shared, its layers are not: what is compared is made twice.
first() { (umask 022 && TZ=UTC PYTHONHASHSEED=0 LC_ALL=C build one store-one --jobs 1); }
second() {
  mkdir -p "$work/store-two"
  cp "$project/cartwheel.lock" "$work/lock" &&
    (umask 077 && cd / && TZ=Asia/Tokyo PYTHONHASHSEED=4711 LC_ALL=C.UTF-8 PYTHONHOME=/nowhere PYTHONOPTIMIZE=2 LD_PRELOAD='' \
      build two store-two --jobs 4) && cmp "$project/cartwheel.lock" "$work/lock"
}
check "builds with one job, umask 022, UTC" first
check "builds with four jobs, umask 077, another time zone, hash seed and locale" second
same() { [ "$(digest "$work/one")" = "$(digest "$work/two")" ]; }
check "both give one digest" same

layers() { # NAME: "ARCHITECTURE KIND PACKAGES DIGEST" of every layer
  python3 - "$work/$1" <<'END'
import json, pathlib, sys
layout = pathlib.Path(sys.argv[1])
read = lambda digest: json.loads((layout / "blobs" / digest.replace(":", "/")).read_text())
for entry in read(json.loads((layout / "index.json").read_text())["manifests"][0]["digest"])["manifests"]:
    for layer in read(entry["digest"])["layers"]:
        notes = layer["annotations"]
        print(entry["platform"]["architecture"], notes["dev.cartwheel.kind"], notes.get("dev.cartwheel.packages", "-").replace(" ", ""), layer["digest"])
END
}
# A layer of packages that are the same wheels on both platforms is the same blob.
pure_layers_equal() {
  layers one >"$work/layers"
  python3 - "$work/layers" <<'END'
import collections, sys
found = collections.defaultdict(dict)
for line in open(sys.argv[1]):
    architecture, kind, packages, digest = line.split()
    if kind in ("wheel", "bucket") and not any(name in packages for name in ("numpy", "markupsafe", "pydantic-core")):
        found[packages][architecture] = digest
assert found, "no pure layers"
for packages, digests in found.items():
    assert len(digests) == 2 and len(set(digests.values())) == 1, (packages, digests)
print(len(found), "pure layers")
END
}
check "both architectures share the layers of pure wheels" pure_layers_equal

program='
import importlib.util, os, sys
import fastapi, jinja2, sympy, numpy, json, ssl, email.message, asyncio
sources = [m for m in list(sys.modules.values()) if (getattr(m, "__file__", None) or "").endswith(".py")]
frozen = ("_frozen_importlib", "zipimport", "sitecustomize")  # the last one is a link into /etc
sources = [m for m in sources if m.__name__ not in frozen]
bad = [m.__name__ for m in sources if getattr(m, "__cached__", None) and not os.path.exists(m.__cached__)]
assert not bad, bad
for m in sources:
    cached = getattr(m, "__cached__", None)
    if cached and os.path.exists(cached):
        with open(cached, "rb") as file:
            head = file.read(16)
        assert head[:4] == importlib.util.MAGIC_NUMBER and head[4:8] == bytes([1, 0, 0, 0]), cached
        with open(m.__file__, "rb") as file:
            assert head[8:] == importlib.util.source_hash(file.read()), cached
print(len(sources), "modules, each with its .pyc")
'
for platform in linux/amd64 linux/arm64; do
  check "every module has a .pyc that is its own on $platform" scripts/run-image "$work/one:latest" "$platform" python -c "$program"
done

# The other architecture's Python compiles to the same bytes: what an arm64 host would make.
other='
import importlib.util, marshal, sys
import fastapi.applications, json.decoder
for m in (fastapi.applications, json.decoder):
    source = open(m.__file__, "rb").read()
    code = compile(source, m.__file__, "exec", dont_inherit=True, optimize=0)
    assert marshal.loads(open(m.__cached__, "rb").read()[16:]) == code, m
print("equal")
'
check "the arm64 Python compiles to code that is equal" scripts/run-image "$work/one:latest" linux/arm64 python -c "$other"

record() {
  local layer
  layer=$(awk '$1 == "amd64" && /fastapi/ { print $4; exit }' "$work/layers" | tr : /)
  tar -xzOf "$work/one/blobs/$layer" --wildcards '*/fastapi-*.dist-info/RECORD' >"$work/record" && grep -q 'fastapi/' "$work/record" &&
    ! grep '\.pyc' "$work/record"
}
check "RECORD lists none, as after uv --compile-bytecode" record

# An arm64 image alone: this machine's base is pinned beside it, and compiles.
only() {
  (cd "$project" && CARTWHEEL_STORE=$work/store-one "$cartwheel" build . --platform linux/arm64 -o "oci:$work/only:latest")
  layers only | awk '{ print $4 }' | sort >"$work/only.txt"
  layers one | awk '$1 == "arm64" { print $4 }' | sort | cmp - "$work/only.txt"
}
check "an arm64 image alone has the same layers" only
as_user() {
  cp -r "$project" "$work/user" && mkdir -p "$work/user/out" && chmod 755 "$work" && chown -R 12345 "$work/user"
  rm -rf "$work/store-user" && cp -r "$work/store-one" "$work/store-user" && chown -R 12345 "$work/store-user"
  rm -rf "$work/store-user/alias" "$work/store-user/layers" "$work/store-user/builds"
  setpriv --reuid 12345 --regid 12345 --clear-groups env HOME="$work/user" CARTWHEEL_STORE="$work/store-user" \
    "$cartwheel" build "$work/user" -o "oci:$work/user/out/layout:latest" &&
    [ "$(digest "$work/user/out/layout")" = "$(digest "$work/one")" ]
}
[ "$(id -u)" -eq 0 ] && check "a plain user gets the same" as_user
