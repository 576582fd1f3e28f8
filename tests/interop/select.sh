#!/usr/bin/env bash
# Which packages and which wheel of each: as uv selects, for every choice of extras, groups and packages, on both platforms; and
# whether a lock is out of date: as uv judges. For the real locks in $LOCKS (folders with uv.lock and pyproject.toml, see
# scripts/interop-locks.tsv), and for projects of the hard classes that are made and locked here.
. "$(dirname "$0")/lib.sh"
projects=$work/projects
mkdir "$projects"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
serve python3 -m http.server "$port" --bind 127.0.0.1 --directory "$projects"
wait_for "http://127.0.0.1:$port/"
check "projects of the hard classes are made" python3 tests/interop/hard_projects.py "$projects" "http://127.0.0.1:$port"
export CARTWHEEL_STORE=$work/store

lock() { (cd "$1" && uv lock --no-python-downloads --python 3.11); }
same_selection() { scripts/interop-select --cartwheel "$cartwheel" --limit "${LIMIT:-60}" "$@"; }
for project in "$projects"/*/; do
  name=$(basename "$project")
  check "$name: uv locks it" lock "$project"
  check "$name: the selection is uv's" same_selection "$project"
done

check "a lock is out of date where uv says so" python3 tests/interop/stale.py "$cartwheel" "$projects/workspace"
fresh() { ! "$cartwheel" plan "$1" --json | grep -q '"lock-stale"'; }
for project in "$projects"/*/; do
  check "$(basename "$project"): the lock is not out of date" fresh "$project"
done

no_socket() {
  strace -f -qq -e trace=socket,connect -o "$work/calls" "$cartwheel" plan "$projects/torch_by_platform" && ! grep -q . "$work/calls"
}
check "plan opens no socket" no_socket

# The classes in which every package has a wheel are built too, on a base that is no more than its libc and its Python.
python3 - "$work/base" <<'PY'
import sys
sys.path.insert(0, "tests/cli")
import fixture
fixture.write_base(sys.argv[1])
PY
build() {
  local project=$1
  shift
  "$cartwheel" build "$projects/$project" --base "oci:$work/base" -o "oci:$work/out" "$@"
}
check "conflicting extras: the first builds" build conflicting_extras --extra cpu
check "conflicting extras: the other builds" build conflicting_extras --extra gpu
check "conflicting groups: one builds" build conflicting_groups --group old
check "conflicting groups: the other builds" build conflicting_groups --group new
check "a workspace builds" build workspace
check "a member of it alone" build workspace --package member-b
check "all of it" build workspace --all-packages
check "members that exclude each other" build virtual_workspace --package old-service
check "an extra that a dependency's extra follows" build transitive_conflict --extra train
check "default groups" build default_groups
check "torch from two pages" build torch_by_platform
check "an sdist" build sdist_only
check "extras of extras" build recursive_extras --all-extras
check "files and folders by path and by url" build direct_sources
check "several versions of one package" build several_versions
check "a registry that is a folder" build path_registry

if [ -z "${LOCKS:-}" ]; then
  echo "        LOCKS is not set: no real locks of public repositories were compared (scripts/interop-locks.tsv names some)"
else
  for project in "$LOCKS"/*/; do
    [ -f "$project/uv.lock" ] || continue
    name=$(basename "$project")
    LIMIT=${LIMIT:-10} check "$name: the selection is uv's" same_selection "${project%/}"
  done
fi
