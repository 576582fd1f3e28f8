#!/usr/bin/env bash
# Each status of docs/exit-codes.md is reached, but for 1, which is a bug.
. "$(dirname "$0")/lib.sh"
make_project
reached=(1)
ends_with() {
  run "$@"
  reached+=("$1")
}
cp app/uv.lock good.lock
ends_with 0 "$cartwheel" plan app
ends_with 2 "$cartwheel" plan app --no-such-option
echo 'version =' >app/uv.lock
ends_with 3 "$cartwheel" plan app
sed 's/^version = 1$/version = 2/' good.lock >app/uv.lock
ends_with 10 "$cartwheel" plan app
cp good.lock app/uv.lock
ends_with 4 "$cartwheel" plan app --expect amd64=cpu
ends_with 5 "$cartwheel" plan nowhere
printf x >>wheels/greet-1.0-py3-none-any.whl
ends_with 6 "$cartwheel" build app -o oci:out
truncate -s -1 wheels/greet-1.0-py3-none-any.whl
ends_with 9 "$cartwheel" build app --store other -o oci:app/pyproject.toml/out

serve_wheels
wheel=wheels/greet-1.0-py3-none-any.whl
echo 403 >"$wheel.status"
ends_with 8 "$cartwheel" build app -o oci:out
echo 401 >"$wheel.status"
ends_with 8 "$cartwheel" build app -o oci:out
echo 404 >"$wheel.status"
ends_with 5 "$cartwheel" build app -o oci:out
echo 500 >"$wheel.status"
ends_with 7 "$cartwheel" build app -o oci:out
rm "$wheel.status"
kill "${servers[@]}"
wait "${servers[@]}" || true
ends_with 7 "$cartwheel" build app -o oci:out

# Interrupted while a download stands still.
cp good.lock app/uv.lock
serve_wheels
touch "$wheel.stall"
for signal in INT TERM; do
  python3 - "$signal" "$wheel.stall" "$cartwheel" build app -o oci:out >"$scratch/out" 2>"$scratch/err" <<'PY' || status=$?
import os, signal, subprocess, sys, time
name, stall, *command = sys.argv[1:]
open(stall, "w").close()
process = subprocess.Popen(command, restore_signals=True)
while os.path.exists(stall) and process.poll() is None:
    time.sleep(0.01)
process.send_signal(getattr(signal, "SIG" + name))
code = process.wait()
sys.exit(code if code >= 0 else 128 - code)
PY
  [ "$status" -eq 130 ] || fail "SIG$signal: wanted 130, found $status"
  [ ! -e out/index.json ] || fail "an output was written"
done
reached+=(130)

wanted=$(grep -oE '^\| [0-9]+ ' "$cli/../../docs/exit-codes.md" | tr -d '| ' | sort -nu)
[ "$(printf '%s\n' "${reached[@]}" | sort -nu)" = "$wanted" ] || fail "reached ${reached[*]}, documented $wanted"
"$cartwheel" --help | grep -q "Exit status: 0 done" || fail "--help does not tell the exit statuses"
