#!/usr/bin/env bash
# A base's relative path is meant from the project folder, wherever the command is given.
. "$(dirname "$0")/lib.sh"
make_project
run 0 "$cartwheel" build app -o oci:out
pins=$(cat app/cartwheel.lock)
grep -qF '"oci:../base"' app/cartwheel.lock || fail "the pin has another name: $pins"
mkdir -p one/two
for from in app one/two / ; do
  rm "$scratch/work/app/cartwheel.lock"
  run 0 env -C "$from" "$cartwheel" build "$scratch/work/app" --no-memo -o "oci:$scratch/work/again"
  [ "$(index_of again)" = "$(index_of out)" ] || fail "another digest from $from"
  [ "$(cat app/cartwheel.lock)" = "$pins" ] || fail "another pin from $from: $(cat app/cartwheel.lock)"
done
run 0 env -C app "$cartwheel" plan .
run 0 env -C app "$cartwheel" build . --frozen --no-memo -o oci:../again
[ "$(index_of again)" = "$(index_of out)" ] || fail "another digest"
# A setting is never meant from where the command is given; --base always is. What it names is pinned beside the project's own base.
cp -r base elsewhere
run 0 "$cartwheel" build app --base oci:elsewhere --no-memo -o oci:again
grep -qF '"oci:../elsewhere"' app/cartwheel.lock || fail "--base is not pinned as seen from the project"
grep -qF '"oci:../base"' app/cartwheel.lock || fail "--base has cost the project its own pin"
run 0 env -C app "$cartwheel" build --base oci:../elsewhere --frozen --no-memo -o oci:../again
run 0 "$cartwheel" build app --frozen --no-memo -o oci:again
[ "$(index_of again)" = "$(index_of out)" ] || fail "another digest"
sed -i 's|oci:../base|oci:elsewhere|' app/pyproject.toml
run 5 "$cartwheel" plan app
says "elsewhere"
# Pins of a base that the project has no more go with the next pin.
sed -i 's|oci:elsewhere|oci:../elsewhere|' app/pyproject.toml
run 0 "$cartwheel" base pin app
! grep -qF '"oci:../base"' app/cartwheel.lock || fail "the old base is still pinned"
