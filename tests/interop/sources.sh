#!/usr/bin/env bash
# What has no wheel in the lock is built on this host, and the image runs its imports: a conflicts project in both of its extras, a
# workspace member alone and all of them, packages that exist as sdist only, a commit of a git repository. linux/arm64 by qemu.
. "$(dirname "$0")/lib.sh"
mkdir "$work/pins"
check "the base is pinned" "$cartwheel" base pin "$work/pins"

# project NAME DEPENDENCIES [MORE]: a project without build system, locked by uv.
project() {
  mkdir -p "$work/$1"
  cat >"$work/$1/pyproject.toml" <<TOML
[project]
name = "$1"
version = "1.0"
requires-python = ">=3.11,<3.12"
dependencies = [$2]
${3:-}
TOML
  cp "$work/pins/cartwheel.lock" "$work/$1/cartwheel.lock"
}
lock() { (cd "$work/$1" && uv lock --no-python-downloads --python 3.11); }
build() {
  local name=$1
  shift
  "$cartwheel" build "$work/$name" -o "oci:$work/out/$name:latest" "$@"
}
runs() { scripts/run-image "$work/out/$1:latest" "$2" python -c "$3"; }
# builds_and_runs NAME CODE [OPTION …]: on both platforms.
builds_and_runs() {
  local name=$1 code=$2
  shift 2
  build "$name" "$@" && runs "$name" linux/amd64 "$code" && runs "$name" linux/arm64 "$code"
}

# ---- sdists of the index: each has no wheel at all ----
project sdists '"docopt==0.6.2", "langdetect==1.0.9", "jieba==0.42.1"'
check "sdists: uv locks them" lock sdists
check "sdists: build and run on both platforms" builds_and_runs sdists 'import docopt, langdetect, jieba; print(jieba.lcut("我来到北京"))'
recorded() { [ "$(grep -c '^\[\[built\]\]' "$work/sdists/cartwheel.lock")" = 3 ]; }
check "sdists: cartwheel.lock has their wheels" recorded
same_again() {
  CARTWHEEL_STORE=$work/other-store build sdists --frozen --platform linux/amd64 -o "oci:$work/out/again:latest" &&
    runs again linux/amd64 'import docopt, langdetect, jieba'
}
check "sdists: another store builds the wheels that are recorded" same_again
refuses_another() {
  sed -i '/^\[\[built\]\]/,$s/^sha256 = ".*"/sha256 = "'"$(printf '1%.0s' {1..64})"'"/' "$work/sdists/cartwheel.lock"
  ! build sdists --platform linux/amd64 2>"$work/refusal" && grep -q "1111111111" "$work/refusal" && grep -q -- --rebuild "$work/refusal" &&
    build sdists --platform linux/amd64 --rebuild && recorded
}
check "sdists: another wheel than the recorded one is refused, --rebuild accepts it" refuses_another
refuses_no_build() {
  ! CARTWHEEL_STORE=$work/third-store build sdists --no-build --rebuild 2>"$work/refusal" && grep -q docopt "$work/refusal"
}
check "sdists: --no-build refuses" refuses_no_build

# ---- a commit of a git repository ----
mkdir "$work/repository"
(
  cd "$work/repository"
  git init -q
  mkdir -p src/from_git
  echo 'VALUE = 1' >src/from_git/__init__.py
  printf '[project]\nname = "from-git"\nversion = "0.1"\n[build-system]\nrequires = ["uv_build>=0.9"]\nbuild-backend = "uv_build"\n' \
    >pyproject.toml
  git add . && git -c user.name=x -c user.email=x@example.org commit -qm one
  echo 'VALUE = 2' >src/from_git/__init__.py
  git -c user.name=x -c user.email=x@example.org commit -qam two
)
project from-a-commit '"from-git"' "[tool.uv.sources]
from-git = { git = \"file://$work/repository\", rev = \"$(git -C "$work/repository" rev-parse HEAD~1)\" }"
check "git: uv locks it" lock from-a-commit
check "git: builds and runs on both platforms" builds_and_runs from-a-commit 'import from_git; assert from_git.VALUE == 1'
direct_url() { runs from-a-commit linux/amd64 'import importlib.metadata as m; d = m.distribution("from-git").read_text("direct_url.json"); assert "vcs_info" in d, d'; }
check "git: direct_url.json names the commit" direct_url

# ---- conflicts, each side ----
project sides '"six"' '[project.optional-dependencies]
old = ["packaging==23.2"]
new = ["packaging==24.2"]
[tool.uv]
conflicts = [[{ extra = "old" }, { extra = "new" }]]'
check "conflicts: uv locks it" lock sides
check "conflicts: one extra" builds_and_runs sides 'import packaging, six; assert packaging.__version__ == "23.2"' --extra old
check "conflicts: the other extra" builds_and_runs sides 'import packaging, six; assert packaging.__version__ == "24.2"' --extra new
refuses_both() { ! build sides --extra old --extra new; }
check "conflicts: both are refused" refuses_both

# ---- a workspace ----
project all-of-it '"part-a"' '[tool.uv.workspace]
members = ["parts/*"]
[tool.uv.sources]
part-a = { workspace = true }'
for part in a b; do
  mkdir -p "$work/all-of-it/parts/$part/src/part_$part"
  echo "NAME = '$part'" >"$work/all-of-it/parts/$part/src/part_$part/__init__.py"
  cat >"$work/all-of-it/parts/$part/pyproject.toml" <<TOML
[project]
name = "part-$part"
version = "1.0"
requires-python = ">=3.11"
dependencies = ["$([ $part = a ] && echo iniconfig || echo tomli-w)"]
[build-system]
requires = ["uv_build>=0.9"]
build-backend = "uv_build"
TOML
done
check "workspace: uv locks it" lock all-of-it
check "workspace: the root" builds_and_runs all-of-it 'import part_a, iniconfig'
check "workspace: a member alone" builds_and_runs all-of-it 'import importlib.util as u, part_b, tomli_w; assert not u.find_spec("part_a")' --package part-b
check "workspace: all of it" builds_and_runs all-of-it 'import part_a, part_b, iniconfig, tomli_w' --all-packages
sees_a_change() {
  build all-of-it && echo "NAME = 'changed'" >"$work/all-of-it/parts/a/src/part_a/__init__.py" && build all-of-it &&
    runs all-of-it linux/amd64 'import part_a; assert part_a.NAME == "changed"'
}
check "workspace: a changed line of a member is in the next image" sees_a_change
