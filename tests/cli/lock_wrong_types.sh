#!/usr/bin/env bash
# A lock whose values have other types than they must is malformed: the message names file, line and key.
. "$(dirname "$0")/lib.sh"
make_project
cp app/uv.lock good.lock
# lie KEY SED-SCRIPT: the good lock, changed, is malformed, and the message names KEY.
lie() {
  sed "$2" good.lock >app/uv.lock
  ! cmp -s good.lock app/uv.lock || fail "nothing changed by $2"
  run 3 "$cartwheel" plan app
  grep -qE "uv\.lock:[0-9]+" "$scratch/err" || fail "no line: $(cat "$scratch/err")"
  says "$1"
}
lie version 's/^version = 1$/version = "1"/'
lie requires-python 's/^requires-python = .*/requires-python = 3.11/'
lie name 's/^name = "greet"/name = ["greet"]/'
lie version 's/^version = "2.1"/version = 2.1/'
lie source 's/^source = { virtual = .*/source = "."/'
lie virtual 's/^source = { virtual = .*/source = { virtual = true }/'
lie dependencies 's/^dependencies = \[$/dependencies = 7\nx = [/'
lie wheels 's/^wheels = \[$/wheels = "none"\nx = [/'
lie hash 's/hash = "sha256:[0-9a-f]*"/hash = 12/'
lie hash 's/hash = "sha256:[0-9a-f]*"/hash = "sha256:123"/'
lie path 's/{ path = "greet[^"]*"/{ path = 0/'
lie resolution-markers 's/^resolution-markers = \[$/resolution-markers = {}\nx = [/'
lie marker "s/marker = \"platform_machine == 'x86_64'\"/marker = \"platform_machine ==\"/"
