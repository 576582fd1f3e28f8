#!/usr/bin/env bash
# A repeated build, nothing changed, 2,000 files of application code: strace shows which files it opens.
. "$(dirname "$0")/lib.sh"
python3 tests/cli/fixture.py "$work"
for i in $(seq 2000); do echo "x = $i" >"$work/app/module_$i.py"; done
sleep 3  # the stat cache trusts no file that changed within the last 2 seconds
export CARTWHEEL_STORE=$work/store
unchanged() {
  "$cartwheel" build "$work/app" -o "oci:$work/out" && "$cartwheel" build "$work/app" -o "oci:$work/out" &&
    strace -f -e trace=open,openat,openat2,creat,connect -o "$work/trace" "$cartwheel" build "$work/app" -o "oci:$work/out" >"$work/said" &&
    grep -q "nothing had changed" "$work/said" && grep -q 'uv\.lock' "$work/trace"
}
check "a repeated build says that nothing had changed" unchanged
# opens_no PATTERN: no call that succeeded names such a path.
opens_no() { ! grep -E "$1" "$work/trace" | grep -vE '= -1 E|O_DIRECTORY'; }
check "it opens no wheel, layer or recipe" opens_no '\.whl|/blobs/|/recipes/'
check "it opens no source file" opens_no '/app/[^"]*\.py"'
check "it opens no base" opens_no "$work/base"
check "it connects to nothing" opens_no 'connect\('
