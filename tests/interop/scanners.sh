#!/usr/bin/env bash
# What syft finds in an image is what the plan and cartwheel.lock say: Python packages, Debian packages with their sources, the release.
# syft is built by `go install` into build/tools the first time (minutes), or $SYFT names it.
. "$(dirname "$0")/lib.sh"
syft=${SYFT:-$PWD/build/tools/bin/syft}
install_syft() {
  [ -x "$syft" ] && return
  local go
  go=$(command -v go || ls /usr/lib/go*/bin/go 2>/dev/null | tail -1)
  GOPATH=$PWD/build/tools/path GOCACHE=$PWD/build/tools/cache GOBIN=$PWD/build/tools/bin GOFLAGS=-buildvcs=false \
    "$go" install -p 1 -trimpath -ldflags=-s github.com/anchore/syft/cmd/syft@v1.57.0
}
check "syft builds from its Go module" install_syft
mkdir -p "$work/project"
cat >"$work/project/pyproject.toml" <<'TOML'
[project]
name = "scanned"
version = "1"
requires-python = ">=3.11"
dependencies = ["six", "charset-normalizer"]

[tool.cartwheel]
apt = ["libsndfile1", "busybox-static"]
TOML
check "uv locks the project" sh -c 'cd "$1" && uv lock -q' _ "$work/project"
for platform in linux/amd64 linux/arm64; do
  layout=$work/${platform#linux/}
  check "an image for $platform" "$cartwheel" build "$work/project" --platform "$platform" -o "oci:$layout:latest"
  scan() {
    SYFT_CHECK_FOR_APP_UPDATE=false "$syft" scan -q --platform "$platform" "oci-dir:$layout" -o "json=$layout.json"
  }
  check "syft reads it" scan
  "$cartwheel" plan "$work/project" --platform "$platform" --json >"$layout.plan.json"
  check "syft's packages are those of the plan on $platform" \
    python3 tests/interop/compare_packages.py "$layout.json" "$layout.plan.json" "$work/project/cartwheel.lock" "$platform" "$layout"
done
