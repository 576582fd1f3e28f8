#!/usr/bin/env bash
# Every command and option that --help lists is in the man page and in the completion, and each command's help has examples.
. "$(dirname "$0")/lib.sh"
docs=$cli/../../docs
manual=$(sed 's/\\-/-/g; s/\\f[A-Z]//g' "$docs/cartwheel.1")
completion=$(cat "$docs/completion.bash")
has() { grep -qE -- "(^|[^a-z-])$2([^a-z-]|$)" <<<"$1"; }
commands() { "$cartwheel" "$@" --help | sed -n '/^Subcommands:/,/^$/s/^  \([a-z-]*\) .*/\1/p'; }
options() { "$cartwheel" "$@" --help | grep -oE '^  (-[a-z],)?--[a-z-]+' | grep -oE '[-]-[a-z-]+'; }
for command in $(commands); do
  has "$manual" "cartwheel $command|\.B $command" || fail "the man page does not know the command $command"
  has "$completion" "$command" || fail "the completion does not know the command $command"
  for inner in "$command" $(commands "$command" | sed "s/^/$command /;s/ /+/g"); do
    for option in $(options ${inner//+/ }); do
      [ "$option" = --help ] && continue
      has "$manual" "$option" || fail "the man page does not know $option of '${inner//+/ }'"
      has "$completion" "$option" || fail "the completion does not know $option of '${inner//+/ }'"
    done
  done
done
for command in build plan; do "$cartwheel" "$command" --help | grep -q '^Examples:' || fail "no examples in '$command --help'"; done
"$cartwheel" --help | grep -q '^Examples:' || fail "no examples in --help"
if command -v man >/dev/null; then
  warnings=$(LC_ALL=C.UTF-8 MANROFFSEQ='' man --warnings -E UTF-8 -l -Tutf8 -Z "$docs/cartwheel.1" 2>&1 >/dev/null)
  [ -z "$warnings" ] || fail "$warnings"
fi
