# What every file of tests/interop begins with: `. tests/interop/lib.sh`. It runs in the repository's root, with a scratch folder
# $work that is removed at the end, $cartwheel the program, and check().
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
cartwheel=${CARTWHEEL:-$PWD/build/cartwheel}
work=$(mktemp -d)
servers=()
passed=0
failed=0

finish() {
  local server
  for server in "${servers[@]}"; do kill "$server" 2>/dev/null; done
  rm -rf "$work"
  echo "$passed $failed" >"${INTEROP_COUNTS:-/dev/null}"
  [ "$failed" -eq 0 ]
}
trap finish EXIT

# check NAME COMMAND …: says ok or FAILED with the end of what the command printed.
check() {
  local name=$1
  shift
  if "$@" >"$work/log" 2>&1; then
    echo "ok      $name"
    passed=$((passed + 1))
  else
    echo "FAILED  $name"
    sed 's/^/        /' "$work/log" | tail -n 15
    failed=$((failed + 1))
  fi
}

# serve COMMAND …: a server in the background, stopped at the end.
serve() {
  "$@" >/dev/null 2>&1 &
  servers+=($!)
}
# wait_for URL: until it answers, at most 5 seconds.
wait_for() {
  curl -fs --retry 50 --retry-delay 0 --retry-max-time 5 --retry-connrefused "$1" >/dev/null
}
