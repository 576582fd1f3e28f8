#!/usr/bin/env bash
# Every key of docs/settings.md is known to the program, which says what it wants; and every key that src/settings reads is there.
. "$(dirname "$0")/lib.sh"
make_project
sed -i '/tool.cartwheel/,$d' app/pyproject.toml
root=$cli/../..
documented=$(sed -n 's/^| \(`.*\)$/\1/p' "$root/docs/settings.md" | cut -d'|' -f1 | grep -oE '`[^`]+`' | tr -d '`[]' | sed 's/\.NAME$//')
[ "$(wc -l <<<"$documented")" -gt 40 ] || fail "the table of docs/settings.md does not read"
for key in $documented; do
  printf '%s = 1979-05-27\n' "$key" >app/cartwheel.toml
  run 2 "$cartwheel" plan app
  says "cartwheel.toml:1: $key: wanted "
done
read_keys=$(cat "$root"/src/settings/read_*.cc | tr -d '\n' | grep -oE '(table|entry)\.[a-z_]+\( *"[a-z0-9-]+"' | grep -oE '"[^"]+"' | tr -d '"' | sort -u)
[ "$(wc -l <<<"$read_keys")" -gt 40 ] || fail "the keys of src/settings do not read"
for key in $read_keys; do
  grep -qF -- "\`$key\`" "$root/docs/settings.md" || grep -qxF -- "$key" <<<"$documented" || fail "docs/settings.md does not know $key"
done
