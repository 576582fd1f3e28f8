#!/usr/bin/env bash
# A base composed of Debian packages: its signature is wanted to pin it, not to build from the pins; bytes that differ are refused.
. "$(dirname "$0")/lib.sh"
make_project
mkdir debian
fingerprint=$(python3 "$cli/debian.py" debian)
serve debian/archive
cat >app/base.toml <<TOML
suite = "test"
suites = ["test"]
components = ["main"]
keyring = "../debian/keys.gpg"
keys = ["$fingerprint"]
python = "3.11"
python-path = "/usr/bin/python3.11"
glibc = "2.36"
libstdcxx = "3.4.30"
packages = ["base-files", "base-passwd", "libstdc++6", "python3.11-minimal"]
archives = { test = "$url" }
TOML
sed -i 's|"oci:../base"|"./base.toml"|' app/pyproject.toml
run 0 "$cartwheel" plan app
[ ! -s "$scratch/server.log" ] || fail "plan asked the archive"
run 0 "$cartwheel" build app -o oci:out
says "cuda 12.1"
grep -q '^name = "libc6"' app/cartwheel.lock || fail "the packages are not pinned"
run 0 "$cartwheel" base pin app
says "linux/arm64 ./base.toml: 5 packages, unchanged"

# The definition is an input of the build: with another one, nothing is answered from the memo.
run 0 "$cartwheel" build app -o oci:out
says "nothing had changed"
cp app/base.toml base.before
printf '# other\n' >>app/base.toml
run 4 "$cartwheel" build app --frozen -o oci:out
says "its definition is not the one"
mv base.before app/base.toml

# From the pins: neither keyring nor InRelease.
release=debian/archive/dists/test/InRelease
mv debian/keys.gpg debian/keys.away
mv "$release" debian/InRelease
run 0 "$cartwheel" build app --frozen --store cold -o oci:again
[ "$(index_of again)" = "$(index_of out)" ] || fail "another digest from the pins"
run 0 "$cartwheel" build app --frozen --offline --no-memo --store cold -o oci:again
[ "$(index_of again)" = "$(index_of out)" ] || fail "another digest offline"
run 5 "$cartwheel" base pin app
mv debian/InRelease "$release"
run 5 "$cartwheel" base pin app
says "keyring"
mv debian/keys.away debian/keys.gpg

# A package with other bytes; a signature that does not fit; another key; a package that left the archive.
pins=$(cat app/cartwheel.lock)
libc=debian/archive/pool/libc6_2.36-9_amd64.deb
cp "$libc" libc.deb
printf x | dd of="$libc" bs=1 seek=200 conv=notrunc status=none
run 6 "$cartwheel" build app --frozen --no-memo --store cold2 -o oci:none
says "libc6"
rm "$libc"
run 5 "$cartwheel" build app --frozen --no-memo --store cold3 -o oci:none
says "--upgrade-base"
cp libc.deb "$libc"
sed -i 's/^Suite: test/Suite: evil/' "$release"
run 6 "$cartwheel" base pin app
says "bad signature"
[ "$(cat app/cartwheel.lock)" = "$pins" ] || fail "cartwheel.lock was changed by a pin that failed"
printf 'Suite: test\nCodename: test\n' >"$release"
run 6 "$cartwheel" base pin app
says "no good signature"
[ "$(cat app/cartwheel.lock)" = "$pins" ] || fail "cartwheel.lock was changed by a Release without a signature"
python3 "$cli/debian.py" debian sign
run 0 "$cartwheel" base pin app
pins=$(cat app/cartwheel.lock)
sed -i "s/$fingerprint/4D64FEC119C2029067D6E791F8D2585B8783D481/" app/base.toml
run 6 "$cartwheel" base pin app
says "no good signature"
run 4 "$cartwheel" build app --frozen --no-memo -o oci:none
says "its definition is not the one"
[ "$(cat app/cartwheel.lock)" = "$pins" ] || fail "cartwheel.lock was changed"
[ ! -e none/index.json ] || fail "an output was written"

# A base without Python is no base for a project.
sed -i 's|"./base.toml"|"debian12"|' app/pyproject.toml
run 4 "$cartwheel" plan app
says "base 'debian12' holds no Python for linux/amd64: choose one that does"
