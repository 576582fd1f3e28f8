"""Edits a project in many ways and compares what `uv lock --check` and `cartwheel plan` say of its lock.

    python3 stale.py CARTWHEEL FOLDER

FOLDER/work is a project made by hard_projects.py (workspace), with its lock. One line for each edit; the exit status is 0 when all agree.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

# what is edited: (title, file, old text, new text); "" for old: the text is put at the end
ROOT, MEMBER = "pyproject.toml", "packages/a/pyproject.toml"
DEPENDENCIES = '["member-a", "native"]'
EDITS = [
    ("nothing", ROOT, "", ""),
    ("a comment", ROOT, "", "# nothing\n"),
    ("the description", ROOT, 'version = "1.0"', 'version = "1.0"\ndescription = "new"'),
    ("scripts", ROOT, "", '[project.scripts]\nrun = "x:main"\n'),
    ("the name", ROOT, 'name = "work-root"', 'name = "other-root"'),
    ("the name's spelling", ROOT, 'name = "work-root"', 'name = "Work_Root"'),
    ("the version", ROOT, 'version = "1.0"', 'version = "1.1"'),
    ("the version's spelling", ROOT, 'version = "1.0"', 'version = "1.0.0"'),
    ("a member's version", MEMBER, 'version = "1.0"', 'version = "1.1"'),
    ("requires-python", ROOT, ">=3.11,<3.13", ">=3.11,<3.14"),
    ("requires-python's spelling", ROOT, ">=3.11,<3.13", ">= 3.11, < 3.13"),
    ("requires-python's lower bound", ROOT, ">=3.11,<3.13", ">=3.12,<3.13"),
    ("a member's requires-python", MEMBER, ">=3.11,<3.13", ">=3.12,<3.13"),
    ("one requirement more", ROOT, DEPENDENCIES, '["member-a", "native", "left"]'),
    ("one requirement less", ROOT, DEPENDENCIES, '["member-a"]'),
    ("another order", ROOT, DEPENDENCIES, '["native", "member-a"]'),
    ("a requirement twice", ROOT, DEPENDENCIES, '["member-a", "native", "native"]'),
    ("another spelling", ROOT, DEPENDENCIES, '["Member_A", "native "]'),
    ("a specifier", ROOT, DEPENDENCIES, '["member-a", "native>=4"]'),
    ("a marker", ROOT, DEPENDENCIES, """["member-a", "native; sys_platform == 'linux'"]"""),
    ("an extra", ROOT, DEPENDENCIES, '["member-a[wide]", "native"]'),
    ("a member's requirement", MEMBER, '["member-b[more]"]', '["member-b"]'),
    ("a member's extra", MEMBER, 'wide = ["right"]', 'wide = ["right", "left"]'),
    ("a member's extra more", MEMBER, 'wide = ["right"]', 'wide = ["right"]\nnone = []'),
    ("a member's extra less", MEMBER, 'wide = ["right"]', ""),
    ("a member's group", MEMBER, 'own = ["native"]', 'own = []'),
    ("extras", ROOT, "[dependency-groups]", '[project.optional-dependencies]\nmore = ["left"]\n\n[dependency-groups]'),
    ("an empty extra", ROOT, "[dependency-groups]", "[project.optional-dependencies]\nnone = []\n\n[dependency-groups]"),
    ("a group more", ROOT, 'docs = ["docs-tool"]', 'docs = ["docs-tool"]\nmore = ["left"]'),
    ("an empty group", ROOT, 'docs = ["docs-tool"]', 'docs = ["docs-tool"]\nmore = []'),
    ("a group less", ROOT, 'docs = ["docs-tool"]', ""),
    ("a group's requirement", ROOT, 'docs = ["docs-tool"]', 'docs = ["docs-tool", "left"]'),
    ("a group by inclusion", ROOT, 'docs = ["docs-tool"]', 'docs = [{ include-group = "dev" }, "docs-tool"]'),
    ("default-groups", ROOT, "[tool.uv]", '[tool.uv]\ndefault-groups = ["docs"]'),
    ("a constraint", ROOT, "[tool.uv]", '[tool.uv]\nconstraint-dependencies = ["native<5"]'),
    ("an override", ROOT, "[tool.uv]", '[tool.uv]\noverride-dependencies = ["native==4.2"]'),
    ("an exclusion", ROOT, "[tool.uv]", '[tool.uv]\nexclude-dependencies = ["left"]'),
    ("a constraint of builds", ROOT, "[tool.uv]", '[tool.uv]\nbuild-constraint-dependencies = ["setuptools<70"]'),
    ("conflicts", ROOT, "[tool.uv]", '[tool.uv]\nconflicts = [[{ group = "dev" }, { group = "docs" }]]'),
    ("environments", ROOT, "[tool.uv]", "[tool.uv]\nenvironments = [\"sys_platform == 'linux'\"]"),
    ("required-environments", ROOT, "[tool.uv]", "[tool.uv]\nrequired-environments = [\"sys_platform == 'linux' and platform_machine == 'x86_64'\"]"),
    ("resolution", ROOT, "[tool.uv]", '[tool.uv]\nresolution = "lowest"'),
    ("prerelease", ROOT, "[tool.uv]", '[tool.uv]\nprerelease = "allow"'),
    ("fork-strategy", ROOT, "[tool.uv]", '[tool.uv]\nfork-strategy = "fewest"'),
    ("exclude-newer", ROOT, "[tool.uv]", '[tool.uv]\nexclude-newer = "2031-01-01T00:00:00Z"'),
    ("package = true", ROOT, "[tool.uv]\n", "[tool.uv]\npackage = true\n"),
    ("package = false of a member", MEMBER, "[tool.uv.sources]", "[tool.uv]\npackage = false\n\n[tool.uv.sources]"),
    ("a source", ROOT, "[tool.uv.sources]", '[tool.uv.sources]\nnative = { path = "index/native-4.2-cp311-cp311-manylinux_2_28_aarch64.whl" }'),
    ("a source less", MEMBER, "[tool.uv.sources]\nmember-b = { workspace = true }", ""),
    ("an index of a requirement", ROOT, "[tool.uv.sources]",
     '[[tool.uv.index]]\nname = "more"\nurl = "index"\nformat = "flat"\nexplicit = true\n\n[tool.uv.sources]\nnative = { index = "more" }'),
    ("a member less", ROOT, 'members = ["packages/*"]', 'members = ["packages/a", "packages/b"]'),
    ("a member excluded", ROOT, 'members = ["packages/*"]', 'members = ["packages/*"]\nexclude = ["packages/c"]'),
    ("metadata of a dependency", ROOT, "[tool.uv]\n",
     '[tool.uv]\ndependency-metadata = [{ name = "native", version = "4.2", requires-dist = ["left"] }]\n'),
]


def says_stale(program, folder):
    done = subprocess.run([program, "plan", folder, "--json"], capture_output=True, text=True)
    try:
        report = json.loads(done.stdout)
    except json.JSONDecodeError:
        return f"refused: {done.stderr.strip()}"
    reasons = [finding["message"] for finding in report["findings"] if finding["code"] == "lock-stale"]
    return reasons[0] if reasons else None


def main():
    program, folder = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    environment = {key: value for key, value in os.environ.items() if not key.startswith("UV_")}
    differ = 0
    for title, file, old, new in EDITS:
        with tempfile.TemporaryDirectory() as scratch:
            copy = pathlib.Path(scratch) / "work"
            shutil.copytree(folder, copy, ignore=shutil.ignore_patterns(".venv"))
            text = (copy / file).read_text()
            assert old in text, (title, old)
            (copy / file).write_text(text.replace(old, new, 1) if old else text + new)
            checked = subprocess.run(["uv", "lock", "--check", "--no-python-downloads"], cwd=copy, env=environment,
                                     capture_output=True, text=True)
            theirs = checked.returncode != 0
            ours = says_stale(program, copy)
            same = theirs == (ours is not None)
            differ += not same
            print(f"{'agree ' if same else 'DIFFER'}  {title}: uv {'stale' if theirs else 'good'}; we: {ours or 'good'}")
            if not same and theirs:
                print("        " + checked.stderr.strip().replace("\n", "\n        "))
    print(f"{len(EDITS) - differ} of {len(EDITS)} edits are judged alike")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
