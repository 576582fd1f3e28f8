#!/usr/bin/env bash
# --verify-memo makes every layer again: it says nothing where the memo is right, and fails where a record was changed.
. "$(dirname "$0")/lib.sh"
make_project
run 0 "$cartwheel" build app -o oci:first
run 0 "$cartwheel" build app --verify-memo -o oci:again
says_not "nothing had changed"
says "0 reused"
[ "$(index_of first)" = "$(index_of again)" ] || fail "another digest"

# A record of a wheel's layer that says what another layer is, with a check that holds.
python <<'PY'
import hashlib, json, os, pathlib
records = {}
for path in pathlib.Path(os.environ["CARTWHEEL_STORE"]).glob("layers/1/*/*.json"):
    record = json.loads(path.read_text())
    if record["kind"] in ("wheel", "bucket"):
        records[path] = record
one, other = list(records)[:2]
changed = {**records[one], "blob": records[other]["blob"], "diff_id": records[other]["diff_id"]}
del changed["check"]
text = lambda value: json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
changed["check"] = hashlib.sha256(text(changed).encode()).hexdigest()
os.chmod(one, 0o644)
one.write_text(text(changed))
PY
run 6 "$cartwheel" build app --verify-memo -o oci:wrong
says "memo: layer"
run 0 "$cartwheel" build app --verify-memo -o oci:right  # the record is right again
[ "$(index_of first)" = "$(index_of right)" ] || fail "another digest"
