# What every script of tests/cli begins with: `. "$(dirname "$0")/lib.sh"`. The script then runs in a scratch folder of its own,
# with a store of its own, offline but for loopback; a command that fails ends it, and with it the test.
# $cartwheel is the program ($CARTWHEEL). By hand: CARTWHEEL=build/bin/cartwheel bash tests/cli/NAME.sh
set -euo pipefail
cli=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cartwheel=$(realpath "${CARTWHEEL:?names the program: run ctest, or CARTWHEEL=build/bin/cartwheel bash $0}")
scratch=$(mktemp -d "${TMPDIR:-/tmp}/cartwheel-cli.XXXXXXXX")
servers=()
finish() {
  local status=$? server
  for server in "${servers[@]}"; do kill "$server" 2>/dev/null || true; done
  if [ "$status" -ne 0 ]; then
    echo "failed with status $status; the last command's output:"
    sed 's/^/  out| /' "$scratch/out" 2>/dev/null | tail -n 30 || true
    sed 's/^/  err| /' "$scratch/err" 2>/dev/null | tail -n 30 || true
  fi
  chmod -R u+w "$scratch" 2>/dev/null || true
  rm -rf "$scratch"
}
trap finish EXIT
trap 'exit 143' TERM INT

# The environment is the test's alone: no setting, proxy or credential of whoever runs it.
for name in $(compgen -e); do
  case "$name" in PATH | TMPDIR | LD_* | *SAN_OPTIONS) ;; *) unset "$name" ;; esac
done
export HOME=$scratch/home CARTWHEEL_STORE=$scratch/store LC_ALL=C.UTF-8 TZ=UTC
export PYTHONPATH=$cli PYTHONDONTWRITEBYTECODE=1
mkdir "$HOME" "$scratch/work"
cd "$scratch/work"

fail() {
  echo "$*"
  exit 1
}

# run STATUS COMMAND …: the command ends with STATUS; what it printed lies in $scratch/out and $scratch/err.
run() {
  local wanted=$1 status=0
  shift
  "$@" >"$scratch/out" 2>"$scratch/err" || status=$?
  [ "$status" -eq "$wanted" ] || fail "wanted exit status $wanted, found $status: $*"
}

# says TEXT, says_not TEXT: whether the last `run` printed it, on either stream.
says() { grep -qF -- "$1" "$scratch/out" "$scratch/err" || fail "not said: $1"; }
says_not() { ! grep -qF -- "$1" "$scratch/out" "$scratch/err" || fail "said: $1"; }

# make_project [FOLDER]: FOLDER/app, its wheels and its base (fixture.py), in FOLDER (default: here).
make_project() { python3 "$cli/fixture.py" "${1:-.}"; }

# make_project_with_large_wheel BYTES: the same with one more package, large, whose wheel has so many bytes that do not compress.
make_project_with_large_wheel() { python3 "$cli/fixture.py" . "$1"; }

# python: a script on standard input, with `import fixture` at hand.
python() { python3 -; }

# index_of LAYOUT [TAG]: the digest that the layout has under the tag (default latest).
index_of() {
  python3 - "$1" "${2:-latest}" <<'PY'
import json, sys
name = "org.opencontainers.image.ref.name"
found = [m["digest"] for m in json.load(open(sys.argv[1] + "/index.json"))["manifests"]
         if m.get("annotations", {}).get(name) == sys.argv[2]]
assert len(found) == 1, found
print(found[0])
PY
}

# serve DIR [PORT]: a server on loopback for a folder of files; its address in $url.
serve() {
  local port
  mkfifo "$scratch/port"
  python3 -u "$cli/server.py" "$@" >"$scratch/port" 2>"$scratch/server.log" &
  servers+=($!)
  read -r port <"$scratch/port" || fail "no server: $(cat "$scratch/server.log")"
  rm "$scratch/port"
  url=http://127.0.0.1:$port
}

# serve_wheels: serves the folder wheels, and app's lock gets them from there.
serve_wheels() {
  serve wheels
  sed -i "s|registry = \"../wheels\"|registry = \"$url/simple\"|; s|{ path = \"|{ url = \"$url/|" app/uv.lock
}

# store_is_sound: every file of the store has the bytes that its name says.
store_is_sound() { python3 "$cli/check_store.py" "$CARTWHEEL_STORE"; }

# on_terminal COMMAND …: the command with a terminal of 100 columns for its output; all of it, colours too, on standard output.
on_terminal() {
  python3 - "$@" <<'PY'
import fcntl, os, pty, struct, sys, termios
child, terminal = pty.fork()
if child == 0:
    os.environ.setdefault("TERM", "xterm")
    os.execvp(sys.argv[1], sys.argv[1:])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
try:
    while data := os.read(terminal, 65536):
        sys.stdout.buffer.write(data)
except OSError:  # the other side is closed
    pass
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
PY
}
