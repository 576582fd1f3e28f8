# bash completion for cartwheel
_cartwheel() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]}
  local selection="--lock --platform --python --base --extra --all-extras --group --no-group --only-group --all-groups
    --no-default-groups --no-dev --only-dev --variant --package --all-packages --expect --expect-gpu --compression --wheel-dir --offline --progress --store --json --help"
  case $previous in
    --platform) COMPREPLY=($(compgen -W "linux/amd64 linux/arm64" -- "$current")); return ;;
    --compression) COMPREPLY=($(compgen -W "splice zstd" -- "$current")); return ;;
    --progress) COMPREPLY=($(compgen -W "auto bars plain json none" -- "$current")); return ;;
    --lock | --store | --wheel-dir) COMPREPLY=($(compgen -f -- "$current")); return ;;
    -o | --output) COMPREPLY=($(compgen -W "oci: oci-archive: docker-archive:" -- "$current")); return ;;
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "build plan base cache --help --version" -- "$current"))
    return
  fi
  case $command in
    plan) COMPREPLY=($(compgen -W "$selection --why --deep" -- "$current")) ;;
    build) COMPREPLY=($(compgen -W "$selection --output --debug --frozen --upgrade-base --no-build --rebuild --no-memo --verify-memo --sync --jobs --transfers --verbose" -- "$current")) ;;
    base) COMPREPLY=($(compgen -W "pin update list --dry-run --base --platform --store --progress --json" -- "$current")) ;;
    cache) COMPREPLY=($(compgen -W "dir --store" -- "$current")) ;;
  esac
  [ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -d -- "$current"))
}
complete -o nospace -F _cartwheel cartwheel
