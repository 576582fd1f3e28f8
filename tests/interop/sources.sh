#!/usr/bin/env bash
# What has no wheel in the lock is built on this host, and the image runs its imports: a conflicts project in both of its extras, a
# workspace member alone and all of them, packages that exist as sdist only, commits and parts of a git repository, torch from two
# indexes. linux/arm64 by qemu.
. "$(dirname "$0")/lib.sh"
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
  [ ! -f "$work/pins/cartwheel.lock" ] || cp "$work/pins/cartwheel.lock" "$work/$1/cartwheel.lock"
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

project pins ""
pin() { lock pins && "$cartwheel" base pin "$work/pins"; }
check "the base is pinned" pin

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
by_pip() {
  sed -i '/^\[\[built\]\]/,$d' "$work/sdists/cartwheel.lock"
  PATH=/usr/bin:/bin CARTWHEEL_STORE=$work/pips-store build sdists --platform linux/amd64 && grep -q '^frontend = "pip ' "$work/sdists/cartwheel.lock" &&
    runs sdists linux/amd64 'import docopt, langdetect, jieba'
}
check "sdists: pip builds them where there is no uv" by_pip
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

# ---- a folder, a wheel and an sdist within a repository, and a folder of a zipped source ----
(
  cd "$work/repository"
  mkdir -p dist parts/inner/src/inner_part
  echo 'VALUE = 3' >parts/inner/src/inner_part/__init__.py
  printf '[project]\nname = "inner-part"\nversion = "0.1"\n[build-system]\nrequires = ["uv_build>=0.9"]\nbuild-backend = "uv_build"\n' \
    >parts/inner/pyproject.toml
  for name in whole-wheel whole-sdist; do
    cp -r parts/inner "$work/$name" && mv "$work/$name/src/inner_part" "$work/$name/src/${name/-/_}" && sed -i "s/inner-part/$name/" "$work/$name/pyproject.toml"
  done
  uv build --quiet --wheel --out-dir dist "$work/whole-wheel" && uv build --quiet --sdist --out-dir dist "$work/whole-sdist"
  rm -f dist/.gitignore
  git add . && git -c user.name=x -c user.email=x@example.org commit -qm three
  mkdir "$work/zipped" && sed -i 's/inner-part/zipped-part/' parts/inner/pyproject.toml && mv parts/inner/src/inner_part parts/inner/src/zipped_part
  python3 -c 'import shutil, sys; shutil.make_archive(sys.argv[1], "zip", "..", "repository/parts")' "$work/zipped/source-main" && git checkout -q .
)
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
serve python3 -m http.server "$port" --bind 127.0.0.1 --directory "$work/zipped"
wait_for "http://127.0.0.1:$port/"
project within '"inner-part", "whole-wheel", "whole-sdist", "zipped-part"' "[tool.uv.sources]
inner-part = { git = \"file://$work/repository\", subdirectory = \"parts/inner\" }
whole-wheel = { git = \"file://$work/repository\", path = \"dist/whole_wheel-0.1-py3-none-any.whl\" }
whole-sdist = { git = \"file://$work/repository\", path = \"dist/whole_sdist-0.1.tar.gz\" }
zipped-part = { url = \"http://127.0.0.1:$port/source-main.zip\", subdirectory = \"parts/inner\" }"
check "within: uv locks it" lock within
check "within: builds and runs on both platforms" builds_and_runs within 'import inner_part, whole_wheel, whole_sdist, zipped_part'
check "within: the lock is not out of date" sh -c "! '$cartwheel' plan '$work/within' --json | grep -q '\"lock-stale\"'"

# ---- torch from two indexes: stand-ins of a few bytes on loopback, with the names and tags of the real wheels ----
mkdir "$work/indexes"
serve python3 -m http.server $((port + 1)) --bind 127.0.0.1 --directory "$work/indexes"
wait_for "http://127.0.0.1:$((port + 1))/"
two_indexes() {
  python3 tests/interop/hard_projects.py "$work/indexes" "http://127.0.0.1:$((port + 1))" && mv "$work/indexes/torch_by_platform/pyproject.toml" "$work/indexes/keep" &&
    mkdir "$work/two" && cp -r "$work/indexes/torch_by_platform/index" "$work/two/" && mv "$work/indexes/keep" "$work/two/pyproject.toml" &&
    cp "$work/pins/cartwheel.lock" "$work/two/" && lock two
}
check "two indexes: uv locks it" two_indexes
check "two indexes: builds" build two
check "two indexes: linux/amd64 has the one with CUDA" runs two linux/amd64 'import torch, vision, nvidia_cublas_cu12; assert torch.__version__ == "2.4.0+cu121"'
check "two indexes: linux/arm64 has the other" runs two linux/arm64 \
  'import importlib.util as u, torch, vision; assert torch.__version__ == "2.4.0+cpu" and not u.find_spec("nvidia_cublas_cu12")'

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
