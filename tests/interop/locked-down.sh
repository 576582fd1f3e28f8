#!/usr/bin/env bash
# The demo images as a hardened cluster runs them: read-only, no capabilities, no new privileges, as users of group 0 that no table
# knows; with the company's certificate authority; without pip.
. "$(dirname "$0")/lib.sh"

project=$work/project
cp -r examples/demo "$project"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=Company CA" \
  -keyout "$work/ca.key" -out "$project/corp.pem" 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=localhost" \
  -keyout "$work/server.key" -out "$work/server.csr" 2>/dev/null
openssl x509 -req -in "$work/server.csr" -CA "$project/corp.pem" -CAkey "$work/ca.key" -CAcreateserial -days 2 \
  -extfile <(echo "subjectAltName=DNS:localhost") -out "$work/server.pem" 2>/dev/null
sed -i '/^\[tool.cartwheel\]/a ca-certificates = ["corp.pem"]\nwritable = ["/var/lib/app"]' "$project/pyproject.toml"

check "build with a company certificate" "$cartwheel" build "$project" -o "oci:$work/layout:latest"
probe=$(cat tests/interop/locked_down.py)
identity=$(cat "$work/server.pem" "$work/server.key")
for user in 12345:0 1000690000:0; do
  check "linux/amd64 as $user, read-only, without capabilities" \
    scripts/run-image --locked-down "$user" "$work/layout:latest" linux/amd64 \
    python -c "$probe" "${user%:0}" /var/lib/app "$identity" no
  check "linux/arm64 as $user, read-only" \
    scripts/run-image --locked-down "$user" "$work/layout:latest" linux/arm64 \
    python -c "$probe" "${user%:0}" /var/lib/app "$identity" yes
done
check "the config's own user, read-only" \
  scripts/run-image --locked-down 65532:65532 "$work/layout:latest" linux/amd64 \
  python -c "import getpass, os, pwd; assert pwd.getpwuid(os.getuid()).pw_name == getpass.getuser() == 'nonroot'"
check "the config's own user writes home, cache and writable folders" \
  scripts/run-image "$work/layout:latest" linux/amd64 \
  python -c "import os
for folder in (os.path.expanduser('~'), '/tmp', '/var/lib/app', os.environ['XDG_CACHE_HOME']):
    os.makedirs(folder, exist_ok=True)
    open(os.path.join(folder, 'x'), 'w').close()"
cp "$work/ca.key" "$project/corp.pem"
check "a private key is refused" \
  sh -c '! "$1" build "$2" -o "oci:$3/refused:latest" 2>"$3/said" && grep -q "private key" "$3/said"' sh "$cartwheel" "$project" "$work"
