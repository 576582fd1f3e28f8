#!/usr/bin/env bash
# docs/findings.md has the code of every finding that the source makes, and no other.
. "$(dirname "$0")/lib.sh"
root=$cli/../..
documented=$(grep -oE '^\| `[a-z0-9-]+`' "$root/docs/findings.md" | tr -d '|` ' | sort -u)
source=$(cat "$root"/src/plan/*.cc "$root"/src/build/*.cc)
made=$(tr -d '\n' <<<"$source" | grep -oE '([^.>]find\(|\.code =) *"[a-z0-9-]+"' | grep -oE '"[^"]+"' | tr -d '"' | sort -u)
[ "$(wc -l <<<"$made")" -gt 15 ] || fail "the codes of src/plan and src/build do not read"
for code in $made; do grep -qxF -- "$code" <<<"$documented" || fail "docs/findings.md does not know $code"; done
for code in $documented; do grep -qF -- "\"$code\"" <<<"$source" || fail "nothing makes the finding $code"; done
