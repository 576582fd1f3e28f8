#!/usr/bin/env bash
# The layout and the archives as other programs see them. Needs demo.sh before it.
. "$(dirname "$0")/lib.sh"
layout=build/demo/demo
# The layout as others see it.
same_arch="--override-os linux --override-arch"
check "skopeo copies linux/amd64 to a docker-archive" \
  skopeo copy --insecure-policy $same_arch amd64 "oci:$layout:latest" "docker-archive:$work/a.tar:demo:1"
check "skopeo copies linux/arm64 to a docker-archive" \
  skopeo copy --insecure-policy $same_arch arm64 --override-variant v8 "oci:$layout:latest" "docker-archive:$work/b.tar:demo:1"
mkdir -p "$work/registry"
cat >"$work/registry.yml" <<YAML
version: 0.1
log: {level: error, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: $work/registry}}
http: {addr: "127.0.0.1:5711", secret: x}
YAML
serve docker-registry serve "$work/registry.yml"
wait_for http://127.0.0.1:5711/v2/
check "skopeo pushes the index to a registry on loopback" \
  skopeo copy --insecure-policy --all --dest-tls-verify=false "oci:$layout:latest" docker://127.0.0.1:5711/demo:1
same_digest() {
  local pushed local_digest
  pushed=$(skopeo inspect --raw --tls-verify=false docker://127.0.0.1:5711/demo:1 | sha256sum | cut -c1-64)
  local_digest=$(python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["manifests"][-1]["digest"][7:])' "$layout/index.json")
  [ "$pushed" = "$local_digest" ]
}
check "the registry has the same index digest" same_digest

# One image per platform, for programs that cannot choose in an index.
unpack_one() {  # unpack_one PLATFORM: umoci checks every diff_id
  "$cartwheel" build examples/demo --frozen --offline --no-memo --platform "$1" -o "oci-archive:$work/one.tar:one" &&
    mkdir -p "$work/one" && tar -xf "$work/one.tar" -C "$work/one" &&
    umoci unpack --image "$work/one:one" "$work/bundle" &&
    test -e "$work/bundle/rootfs/opt/venv/bin/python" && rm -rf "$work/one" "$work/one.tar" "$work/bundle"
}
check "umoci unpacks linux/amd64" unpack_one linux/amd64
check "umoci unpacks linux/arm64" unpack_one linux/arm64
docker_archive() {
  "$cartwheel" build examples/demo --frozen --offline --no-memo --platform linux/amd64 -o "docker-archive:$work/d.tar:demo:2" &&
    skopeo inspect --insecure-policy "docker-archive:$work/d.tar" | grep -q amd64
}
check "skopeo reads our docker-archive" docker_archive
