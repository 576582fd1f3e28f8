#!/usr/bin/env bash
# `make install` puts program, man page and completion under DESTDIR and PREFIX; `make help` lists what there is.
. "$(dirname "$0")/lib.sh"
source_folder=$cli/../..
build_folder=$(dirname "$cartwheel")/..
DESTDIR=$PWD/root run 0 cmake --install "$build_folder" --prefix /opt/tools
for file in bin/cartwheel share/man/man1/cartwheel.1 share/bash-completion/completions/cartwheel; do
  [ -s "root/opt/tools/$file" ] || fail "$file is not installed: $(find root)"
done
run 0 root/opt/tools/bin/cartwheel base list
says "debian12-python3.11"
run 0 bash -c '. root/opt/tools/share/bash-completion/completions/cartwheel && complete -p cartwheel && COMP_WORDS=(cartwheel bu) COMP_CWORD=1 &&
  _cartwheel && echo "${COMPREPLY[@]}"'
says "build"
run 0 make -s -C "$source_folder" help
for target in setup demo demo-torch test check interop bench install help; do says "make $target"; done
