#!/usr/bin/env bash
# forbid fails plan and build when a selected package matches, and says who wants it; on the platform that selects it only.
. "$(dirname "$0")/lib.sh"
make_project
run 0 "$cartwheel" plan app
sed -i 's/^expect = .*/&\nforbid = ["Numb*", "nvidia-*"]/' app/pyproject.toml
run 4 "$cartwheel" plan app
says "package-forbidden"
says 'number 2.1 is selected, and forbid has "numb*": app -> greet -> number'
run 4 "$cartwheel" build app -o oci:out
[ ! -e out/index.json ] || fail "an output was written"
sed -i 's/^forbid = .*/forbid = ["nvidia-*"]/' app/pyproject.toml
run 0 "$cartwheel" plan app
