#!/usr/bin/env bash
# Bytes that a puller fetches per change, over the history of a lock with torch in it: what changes one small package changes one
# bucket. docs/formats.md section 6 has what was measured with a public project's.
#   CARTWHEEL_HISTORY=GIT_DIRECTORY[:PATH]   the history of the uv.lock there (a clone of one of scripts/interop-locks.tsv, as docling);
#                                            else one is made: uv locks a project as of a day in 2024, then change after change
. "$(dirname "$0")/lib.sh"

# commit SUBJECT UV OPTIONS …: locks as of $day, and commits.
commit() {
  local subject=$1
  shift
  uv lock --quiet --no-config --exclude-newer "${day}T00:00:00Z" --project "$work/project" "$@" &&
    git -C "$work/project" add -A &&
    git -C "$work/project" -c user.name=x -c user.email=x@x.test commit --quiet --allow-empty -m "$subject"
}
project() {
  cat >"$work/project/pyproject.toml" <<TOML
[project]
name = "served-model"
version = "1.0"
requires-python = ">=3.11,<3.13"
dependencies = ["torch", "transformers", "fastapi", "uvicorn[standard]", "pandas", "sqlalchemy", "httpx", "boto3", "typer"$1]
TOML
}
make_history() {
  local day=2024-09-01 name
  mkdir "$work/project" && git -C "$work/project" init --quiet && project "" && commit start || return 1
  for name in fastapi pydantic boto3 uvicorn sqlalchemy transformers typer pandas; do  # one by one, two months later
    day=2024-11-01
    commit "$name" --upgrade-package "$name" || return 1
  done
  project ', "redis"' && commit "add redis" || return 1
  project ', "redis", "prometheus-client"' && commit "add prometheus-client" || return 1
  for day in 2024-12-01 2025-01-01 2025-02-01; do commit "all, $day" --upgrade || return 1; done
  project ', "prometheus-client"' && commit "remove redis" || return 1
  day=2025-04-01
  for name in certifi numpy httpx anyio tokenizers sympy jinja2 click filelock starlette pydantic urllib3 huggingface-hub safetensors regex botocore; do
    commit "$name" --upgrade-package "$name" || return 1
  done
  day=2025-05-15
  commit "torch" --upgrade-package torch
}
if [ -z "${CARTWHEEL_HISTORY:-}" ]; then
  check "uv makes a history of changes" make_history
  CARTWHEEL_HISTORY=$work/project
fi
table() {
  local path=${CARTWHEEL_HISTORY#*:}
  [ "$path" != "$CARTWHEEL_HISTORY" ] || path=uv.lock
  python3 tests/interop/history.py "$cartwheel" "${CARTWHEEL_HISTORY%%:*}" "$path" | tee "$work/table"
}
check "at least 20 changes: bytes of the layers that are new, from the plans" table
cat "$work/table"
check "a change of at most two packages costs less than a fiftieth of the image in the median" grep -q "at most two packages: .* holds$" "$work/table"
