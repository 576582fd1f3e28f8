#!/usr/bin/env bash
# The composed file system against the same packages installed by dpkg. Every difference stands in the table of
# docs/debian-packages.md, which the check reads; one that does not fails.
. "$(dirname "$0")/lib.sh"
export LC_ALL=C.UTF-8
# What Debian installs everywhere, so that dpkg can configure the base's packages, and some with much to configure.
essential="bash bsdutils coreutils dash debianutils diffutils dpkg findutils grep gzip hostname init-system-helpers login \
  ncurses-base ncurses-bin perl-base sed sysvinit-utils tar util-linux"
omitted="debconf install-info libdebconfclient0 libselinux1 mawk openssl"
more="adduser fontconfig-config gcc git openssh-client passwd perl vim-tiny"
mkdir -p "$work/project"
quoted=$(printf '"%s", ' $essential $omitted $more)
cat >"$work/project/pyproject.toml" <<TOML
[project]
name = "composed"
version = "1"
requires-python = ">=3.11"

[tool.cartwheel]
platforms = ["linux/amd64"]
apt = [$quoted]
TOML
(cd "$work/project" && uv lock -q --offline)
check "a base with all essential packages" "$cartwheel" build "$work/project" -o "oci:$work/image:latest"
names=$(python3 -c '
import sys, tomllib
lock = tomllib.load(open(sys.argv[1], "rb"))
print(",".join(sorted({package["name"] for key in ("base", "apt") for pin in lock[key] for package in pin["package"]})))' "$work/project/cartwheel.lock")
cat >"$work/sources.list" <<LIST
deb http://deb.debian.org/debian bookworm main
deb http://deb.debian.org/debian bookworm-updates main
deb http://deb.debian.org/debian-security bookworm-security main
LIST
options=()
for path in 'usr/lib/*/gconv' usr/share/bug 'usr/share/doc/*' usr/share/info usr/share/lintian usr/share/man usr/share/menu; do
  options+=("--dpkgopt=path-exclude=/$path/*")
done
check "mmdebstrap installs the same packages" mmdebstrap --quiet --mode=root --variant=essential --architectures=amd64 \
  "--include=$names" "${options[@]}" '--dpkgopt=path-include=/usr/share/doc/*/copyright' --skip=cleanup/reproducible \
  --aptopt='APT::Install-Recommends "false"' bookworm "$work/dpkg.tar" "$work/sources.list"
check "every difference is explained in docs/debian-packages.md" \
  python3 tests/interop/compare_roots.py "$work/image" "$work/dpkg.tar" docs/debian-packages.md

# An image on top of it, made by another program, where dpkg goes on from our database.
derived() {
  local container root
  skopeo copy -q --insecure-policy "oci:$work/image:latest" "oci:$work/plain:latest" || return 1
  # buildah makes a name of the path, and takes no capital letters in it: so it is relative
  container=$(cd "$work" && buildah --storage-driver vfs --root "$work/storage" --runroot "$work/run" from oci:plain:latest) || return 1
  root=$(buildah --storage-driver vfs --root "$work/storage" --runroot "$work/run" mount "$container") || return 1
  (cd "$work" && apt-get download -qq hello) || return 1
  mknod -m 666 "$root/dev/null" c 1 3  # triggers read it
  cp "$work"/hello_*.deb "$root/tmp/" &&
    chroot "$root" dpkg -i /tmp/"$(cd "$work" && ls hello_*.deb)" &&
    chroot "$root" dpkg --audit && chroot "$root" dpkg -s hello | grep -q 'ok installed' && chroot "$root" hello &&
    [ -z "$(chroot "$root" dpkg -V --verify-format rpm libc6 coreutils | grep -v '/usr/share/\|gconv')" ] &&
    chroot "$root" dpkg -r hello && rm "$root/dev/null" &&
    buildah --storage-driver vfs --root "$work/storage" --runroot "$work/run" commit -q "$container" "oci:$work/derived:1" &&
    test -e "$work/derived/index.json"
  local status=$?
  buildah --storage-driver vfs --root "$work/storage" --runroot "$work/run" rm "$container" >/dev/null
  return $status
}
check "buildah makes an image on top, and dpkg installs and removes a package in it" derived
