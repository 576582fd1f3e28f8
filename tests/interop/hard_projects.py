"""Makes projects of the classes that locks get wrong, each with the wheels and sdists that it wants.

    python3 hard_projects.py FOLDER URL

FOLDER/NAME/pyproject.toml; `uv lock` in it makes a lock from FOLDER/NAME/index alone. URL: where FOLDER is served, for url sources
and flat pages. Every wheel notes its own file name, for scripts/interop-select.
"""

import io
import pathlib
import sys
import tarfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))
import fixture  # noqa: E402

NOTE = "cartwheel-note.txt"
LINUX = {"x86_64": "manylinux_2_17_x86_64.manylinux2014_x86_64", "aarch64": "manylinux_2_28_aarch64"}
UV_BUILD = '[build-system]\nrequires = ["uv_build>=0.9"]\nbuild-backend = "uv_build"\n'

BACKEND = """
import os, zipfile
INFO = "{module}-{version}.dist-info/"
FILES = {{
    "{module}/__init__.py": "__version__ = '{version}'\\n",
    INFO + "METADATA": {metadata!r},
    INFO + "WHEEL": "Wheel-Version: 1.0\\nGenerator: interop\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    INFO + "{note}": "sdist",
}}
def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = "{module}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as out:
        for path, text in FILES.items():
            out.writestr(zipfile.ZipInfo(path, (1980, 1, 2, 0, 0, 0)), text)
        record = "".join(path + ",,\\n" for path in [*FILES, INFO + "RECORD"])
        out.writestr(zipfile.ZipInfo(INFO + "RECORD", (1980, 1, 2, 0, 0, 0)), record)
    return name
"""


def put_wheel(folder, name, version, requires=(), tag="py3-none-any", extras=()):
    """A wheel in the folder; extras: Provides-Extra."""
    module = name.replace("-", "_")
    stem = f"{module}-{version}"
    files = {
        f"{module}/__init__.py": f'__version__ = "{version}"\n',
        f"{stem}.dist-info/{NOTE}": f"{stem}-{tag}.whl",
    }
    metadata = "".join(f"Provides-Extra: {extra}\n" for extra in extras)
    filename, data = fixture.wheel(name, version, files, requires, tag, metadata=metadata)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / filename).write_bytes(data)
    return filename


def put_binary(folder, name, version, requires=(), machines=("x86_64", "aarch64"), pythons=("cp311", "cp312")):
    for machine in machines:
        for python in pythons:
            put_wheel(folder, name, version, requires, f"{python}-{python}-{LINUX[machine]}")


def put_sdist(folder, name, version, requires=()):
    folder.mkdir(parents=True, exist_ok=True)
    module, stem = name.replace("-", "_"), f"{name}-{version}"
    metadata = f"Metadata-Version: 2.2\nName: {name}\nVersion: {version}\n" + "".join(f"Requires-Dist: {r}\n" for r in requires)
    files = {
        "PKG-INFO": metadata,
        "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
        "backend.py": BACKEND.format(module=module, version=version, metadata=metadata, note=NOTE),
    }
    with tarfile.open(folder / f"{stem}.tar.gz", "w:gz") as archive:
        for path, text in files.items():
            member = tarfile.TarInfo(f"{stem}/{path}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return f"{stem}.tar.gz"


def write(project, text, **more):
    """pyproject.toml and other files; '{name}' of a path is written as a module."""
    (project).mkdir(parents=True, exist_ok=True)
    (project / "pyproject.toml").write_text(text)
    for path, content in more.items():
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        (project / path).write_text(content)


def head(name, dependencies=(), more=""):
    wanted = ", ".join(f'"{each}"' for each in dependencies)
    return f'[project]\nname = "{name}"\nversion = "1.0"\nrequires-python = ">=3.11,<3.13"\ndependencies = [{wanted}]\n{more}\n'


def index(name, at, explicit=True, flat=True):
    return (f'[[tool.uv.index]]\nname = "{name}"\nurl = "{at}"\n' + ('format = "flat"\n' if flat else "")
            + ("explicit = true\n" if explicit else "") + "\n")


FOUND = 'no-index = true\nfind-links = ["index"]\n'  # [tool.uv]: nothing but the project's own folder
MAIN = '[[tool.uv.index]]\nname = "main"\nurl = "index"\nformat = "flat"\ndefault = true\n\n'  # the same, beside others


def torches(project, tag, requires=()):
    put_binary(project / tag, "torch", f"2.4.0+{tag}", requires)


def conflicting_extras(project, url):
    """torch of two flat folders by extra, and of a third source without either."""
    torches(project, "cpu", ["pure"])
    torches(project, "cu121", ["nvidia-cublas-cu12; platform_machine == 'x86_64'", "pure"])
    put_binary(project / "index", "torch", "2.4.0", ["pure"])
    put_wheel(project / "index", "pure", "1.5")
    put_wheel(project / "index", "accel", "0.3", ["torch"])
    put_wheel(project / "index", "nvidia-cublas-cu12", "12.1", tag="py3-none-manylinux_2_17_x86_64")
    write(project, head("conflicting-extras", ["accel"], """
[project.optional-dependencies]
cpu = ["torch==2.4.0+cpu"]
gpu = ["torch==2.4.0+cu121"]
plain = ["pure"]
""") + MAIN + index("cpu", "cpu") + index("gpu", "cu121") + f"""
[tool.uv]
conflicts = [[{{ extra = "cpu" }}, {{ extra = "gpu" }}]]

[tool.uv.sources]
torch = [{{ index = "cpu", extra = "cpu" }}, {{ index = "gpu", extra = "gpu" }}]
""")


def conflicting_groups(project, url):
    for version in ("1.0", "2.0", "3.0"):
        put_binary(project / "index", "solver", version, [f"helper=={version}"])
        put_wheel(project / "index", "helper", version)
    put_wheel(project / "index", "tester", "7.0", ["helper"])
    write(project, head("conflicting-groups", ["tester"], """
[project.optional-dependencies]
newest = ["solver==3.0"]

[dependency-groups]
old = ["solver==1.0"]
new = ["solver==2.0"]
dev = ["tester"]
""") + f"""
[tool.uv]
{FOUND}conflicts = [[{{ group = "old" }}, {{ group = "new" }}, {{ extra = "newest" }}]]
""")


def workspace(project, url):
    """A root with members: one with extras and groups of its own, one built, one virtual."""
    for name in ("left", "right", "docs-tool", "lint-tool"):
        put_wheel(project / "index", name, "1.0")
    put_binary(project / "index", "native", "4.2")
    write(project, head("work-root", ["member-a", "native"], """
[dependency-groups]
dev = ["lint-tool"]
docs = ["docs-tool"]
""") + f"""
[tool.uv]
{FOUND}
[tool.uv.workspace]
members = ["packages/*"]

[tool.uv.sources]
member-a = {{ workspace = true }}
""")
    source = '\n[tool.uv.sources]\nmember-b = { workspace = true }\n'
    write(project / "packages/a", head("member-a", ["member-b[more]"], """
[project.optional-dependencies]
wide = ["right"]

[dependency-groups]
dev = ["docs-tool"]
own = ["native"]
""") + source + UV_BUILD, **{"src/member_a/__init__.py": "import member_b\n"})
    write(project / "packages/b", head("member-b", [], '\n[project.optional-dependencies]\nmore = ["left"]\n') + UV_BUILD,
          **{"src/member_b/__init__.py": "import left\n"})
    write(project / "packages/c", head("member-c", ["right"]) + "[tool.uv]\npackage = false\n")


def virtual_workspace(project, url):
    """A root that is no project, with groups; members that exclude each other."""
    for version in ("1.0", "2.0"):
        put_binary(project / "index", "engine", version)
    put_wheel(project / "index", "lint-tool", "1.0")
    write(project, f"""
[dependency-groups]
dev = ["lint-tool"]

[tool.uv]
{FOUND}conflicts = [[{{ package = "old-service" }}, {{ package = "new-service" }}]]

[tool.uv.workspace]
members = ["old", "new", "shared"]
""")
    write(project / "old", head("old-service", ["engine==1.0"]))
    write(project / "new", head("new-service", ["engine==2.0"]))
    write(project / "shared", head("shared", ["lint-tool"]))


def transitive_conflict(project, url):
    """Extras that exclude each other, activated by those who depend on them."""
    for tag in ("cpu", "cu121"):
        torches(project, tag)
    put_wheel(project / "index", "shim", "1.0")
    write(project, head("transitive-conflict", ["shim"], """
[project.optional-dependencies]
train = ["kernels[gpu]"]
serve = ["kernels[cpu]"]
""") + MAIN + f"""
[tool.uv]
conflicts = [
    [{{ package = "kernels", extra = "cpu" }}, {{ package = "kernels", extra = "gpu" }}],
    [{{ extra = "train" }}, {{ extra = "serve" }}],
]

[tool.uv.workspace]
members = ["kernels"]

[tool.uv.sources]
kernels = {{ workspace = true }}
""")
    write(project / "kernels", head("kernels", [], """
[project.optional-dependencies]
cpu = ["torch==2.4.0+cpu"]
gpu = ["torch==2.4.0+cu121"]
""") + index("cpu", "cpu") + index("gpu", "cu121") + """
[tool.uv.sources]
torch = [{ index = "cpu", extra = "cpu" }, { index = "gpu", extra = "gpu" }]
""" + UV_BUILD, **{"src/kernels/__init__.py": ""})


def default_groups(project, url):
    for name in ("lint-tool", "docs-tool", "deep-tool", "hidden-tool"):
        put_wheel(project / "index", name, "1.0")
    write(project, head("default-groups", [], """
[dependency-groups]
dev = ["lint-tool"]
docs = ["docs-tool", { include-group = "deep" }]
deep = ["deep-tool"]
hidden = ["hidden-tool"]
""") + f'[tool.uv]\n{FOUND}default-groups = ["docs"]\n')


def all_default_groups(project, url):
    default_groups(project, url)
    text = (project / "pyproject.toml").read_text()
    (project / "pyproject.toml").write_text(text.replace('default-groups = ["docs"]', 'default-groups = "all"'))


def torch_by_platform(project, url):
    """torch of flat pages on a server, one for each machine, and of a third for what depends on it."""
    torches(project, "cpu", ["pure"])
    torches(project, "cu121", ["pure", "nvidia-cublas-cu12"])
    put_wheel(project / "index", "nvidia-cublas-cu12", "12.1", tag="py3-none-manylinux_2_17_x86_64")
    put_wheel(project / "index", "pure", "1.5")
    put_wheel(project / "index", "vision", "0.19", ["torch"])
    write(project, head("torch-by-platform", ["torch", "vision"])
          + MAIN + index("cpu", f"{url}/torch_by_platform/cpu/") + index("gpu", f"{url}/torch_by_platform/cu121/") + f"""
[tool.uv]

[tool.uv.sources]
torch = [
    {{ index = "gpu", marker = "platform_machine == 'x86_64'" }},
    {{ index = "cpu", marker = "platform_machine != 'x86_64'" }},
]
""")


def sdist_only(project, url):
    put_wheel(project / "index", "pure", "1.5")
    put_sdist(project / "index", "old-style", "0.6", ["pure"])
    put_sdist(project / "index", "other-style", "2.0")
    put_wheel(project / "index", "other-style", "2.0", tag="cp39-cp39-win_amd64")
    write(project, head("sdist-only", ["old-style", "other-style"]) + f"[tool.uv]\n{FOUND}")


def recursive_extras(project, url):
    for name in ("red", "green", "blue"):
        put_wheel(project / "index", name, "1.0", ["paint[gloss]"] if name == "red" else [])
    put_wheel(project / "index", "paint", "1.0", ["blue; extra == 'gloss'", "paint[matt]; extra == 'gloss'", "green; extra == 'matt'"],
              extras=["gloss", "matt"])
    write(project, head("recursive-extras", [], """
[project.optional-dependencies]
one = ["red"]
two = ["recursive-extras[one]", "green"]
all = ["recursive-extras[one,two]", "blue; python_version >= '3.12'"]
Odd_Name = ["paint"]
""") + f"[tool.uv]\n{FOUND}")


def direct_sources(project, url):
    """Wheels and sdists by path and by url, folders that are editable and not."""
    here = project.name
    files = project / "files"
    path_wheel = put_wheel(files, "by-path", "1.0")
    path_sdist = put_sdist(files, "by-path-sdist", "1.0")
    url_wheel = put_wheel(files, "by-url", "1.0", ["pure"])
    url_sdist = put_sdist(files, "by-url-sdist", "1.0")
    put_wheel(project / "index", "pure", "1.5")
    for name in ("folder", "editable-folder"):
        module = name.replace("-", "_")
        write(project / name, head(name, ["pure"]) + UV_BUILD, **{f"src/{module}/__init__.py": ""})
    names = ["by-path", "by-path-sdist", "by-url", "by-url-sdist", "folder", "editable-folder"]
    write(project, head("direct-sources", names) + f"""
[tool.uv]
{FOUND}
[tool.uv.sources]
by-path = {{ path = "files/{path_wheel}" }}
by-path-sdist = {{ path = "files/{path_sdist}" }}
by-url = {{ url = "{url}/{here}/files/{url_wheel}" }}
by-url-sdist = {{ url = "{url}/{here}/files/{url_sdist}" }}
folder = {{ path = "folder" }}
editable-folder = {{ path = "editable-folder", editable = true }}
""")


def several_versions(project, url):
    for version in ("1.26", "2.1"):
        put_binary(project / "index", "numbers", version)
        put_wheel(project / "index", "numbers", version, tag="py3-none-win_amd64")
    put_wheel(project / "index", "plot", "3.9", ["numbers"])
    put_wheel(project / "index", "backport", "0.1")
    put_wheel(project / "index", "windows-only", "1.0", tag="py3-none-win_amd64")
    write(project, head("several-versions", [
        "numbers>=2; sys_platform == 'linux' and platform_machine == 'aarch64'", "plot",
        "numbers<2; sys_platform != 'linux' or platform_machine != 'aarch64'",
        "backport; python_version < '3.12'", "windows-only; sys_platform == 'win32'",
    ]) + f"[tool.uv]\n{FOUND}environments = [\"sys_platform == 'linux'\", \"sys_platform == 'win32'\"]\n")


def path_registry(project, url):
    """A folder in the form of the simple index (PEP 503)."""
    simple = project / "simple"
    for name, version in (("served", "1.0"), ("served", "1.1")):
        put_binary(simple / name, name, version)
        links = "".join(f'<a href="{each.name}">{each.name}</a><br>\n' for each in sorted((simple / name).glob("*.whl")))
        (simple / name / "index.html").write_text(f"<!DOCTYPE html><html><body>\n{links}</body></html>\n")
    write(project, head("path-registry", ["served"]) + index("local", "simple", explicit=False, flat=False).replace(
        "\n\n", "\ndefault = true\n\n"))


PROJECTS = [conflicting_extras, conflicting_groups, workspace, virtual_workspace, transitive_conflict, default_groups,
            all_default_groups, torch_by_platform, sdist_only, recursive_extras, direct_sources, several_versions, path_registry]

if __name__ == "__main__":
    for make in PROJECTS:
        make(pathlib.Path(sys.argv[1]).resolve() / make.__name__, sys.argv[2])
