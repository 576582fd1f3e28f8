#!/usr/bin/env bash
# The same index digest whatever the circumstances: folder, umask, locale, time zone, clock, threads, order of downloads, store cold or
# warm, memo or none, offline.
. "$(dirname "$0")/lib.sh"
make_project
run 0 "$cartwheel" build app -o oci:out --json
wanted=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["index"])' "$scratch/out")
[ "$(index_of out)" = "$wanted" ] || fail "--json tells another digest than the layout"

# same WHAT COMMAND …: the command's build, into oci:again, has the digest.
same() {
  local what=$1
  shift
  rm -rf again
  run 0 "$@" -o "oci:$scratch/work/again"
  [ "$(index_of again)" = "$wanted" ] || fail "another digest: $what"
}
build=("$cartwheel" build app --frozen)
same "nothing changed" "${build[@]}"
same "without the memo of builds" "${build[@]}" --no-memo
same "offline" "${build[@]}" --no-memo --offline
mkdir -p "elsewhere/a folder"
cp -r --no-preserve=all app wheels base "elsewhere/a folder"
same "another folder, cold store" "$cartwheel" build "elsewhere/a folder/app" --frozen --store cold1
same "from within the folder" env -C app "$cartwheel" build --frozen --no-memo
same "umask 077" bash -c 'umask 077; exec "$@"' - "${build[@]}" --store cold2
same "umask 000" bash -c 'umask 000; exec "$@"' - "${build[@]}" --store cold3
same "locale" env LC_ALL=tr_TR.UTF-8 LANG=tr_TR.UTF-8 LANGUAGE=tr "${build[@]}" --store cold4
same "locale C" env LC_ALL=C "${build[@]}" --no-memo
same "time zone" env TZ=Pacific/Auckland "${build[@]}" --store cold5
same "time zone by rule" env TZ=XXX-14:30 "${build[@]}" --no-memo
for jobs in 1 2 5; do same "$jobs threads" "${build[@]}" -j "$jobs" --transfers "$jobs" --store "cold-j$jobs"; done
same "another HOME and user name" env HOME=/nonexistent USER=other LOGNAME=other "${build[@]}" --no-memo
find app wheels base -exec touch -d '1999-12-31' {} +
same "files of another age" "${build[@]}" --store cold6
chmod -R go-rwx app wheels
same "files of other permissions" "${build[@]}" --store cold7
python3 -c 'import json; p = "base/index.json"; d = json.load(open(p)); open(p, "w").write(json.dumps(d, indent=3))'
same "the base's index.json laid out otherwise" "${build[@]}" --store cold8

# The clock: nothing of today's date is in what was written.
python <<'PY'
import datetime, pathlib, time
today = {datetime.date.today().isoformat(), datetime.datetime.fromtimestamp(time.time(), datetime.timezone.utc).date().isoformat()}
for blob in pathlib.Path("out/blobs/sha256").iterdir():
    data = blob.read_bytes()
    assert data[:2] == b"\x1f\x8b" or not any(day.encode() in data for day in today), blob
    if data[:2] == b"\x1f\x8b":
        import gzip, io, tarfile
        for member in tarfile.open(fileobj=io.BytesIO(gzip.decompress(data))):
            assert member.mtime in (0, 315619200), (blob, member.name, member.mtime)
PY
