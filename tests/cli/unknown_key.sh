#!/usr/bin/env bash
# An unknown setting, a value of the wrong type and an unknown option name the line or the option, and the nearest that there is.
. "$(dirname "$0")/lib.sh"
make_project
echo 'entrypiont = ["python"]' >>app/pyproject.toml
line=$(grep -n entrypiont app/pyproject.toml | cut -d: -f1)
run 2 "$cartwheel" plan app
says "pyproject.toml:$line"
says entrypiont
says "entrypoint"
sed -i 's/^entrypiont.*/workdir = 7/' app/pyproject.toml
run 2 "$cartwheel" plan app
says "pyproject.toml:$line"
says "workdir"
sed -i '/^workdir/d; /tool.cartwheel/,$d' app/pyproject.toml
printf 'base = "oci:../base"\n\n[[files]]\nform = "x"\nto = "/x"\n' >app/cartwheel.toml
run 2 "$cartwheel" plan app
says "cartwheel.toml:4"
says form
says "'from'"
printf '[tool.cartwheel]\nbase = "x"\n' >app/cartwheel.toml
run 2 "$cartwheel" plan app
says "cartwheel.toml:1: tool.cartwheel: in this file the settings stand at the top"
printf 'CMD = ["x"]\n' >app/cartwheel.toml
run 2 "$cartwheel" plan app
says "did you mean 'cmd'?"
printf 'base = "debian12-pyton3.11"\n' >app/cartwheel.toml
run 2 "$cartwheel" plan app
says "debian12-python3.11"
printf 'base = "oci:../base"\n' >app/cartwheel.toml
run 2 "$cartwheel" plan app --offlin
says "--offlin: no such option (did you mean '--offline'?)"
says "run 'cartwheel plan --help'"
run 2 "$cartwheel" build app --ouput=oci:out
says "did you mean '--output'?"
run 2 "$cartwheel" paln app
says "did you mean 'plan'?"
run 2 "$cartwheel" base pim
says "did you mean 'pin'?"
run 2 "$cartwheel" base
says "run 'cartwheel base --help'"
run 2 "$cartwheel" plan app another
says "'another': one argument too many"
run 2 "$cartwheel" plan app --lock
says "--lock"
run 2 "$cartwheel" plan app --platform linux/riscv64
says "linux/arm64"
run 2 "$cartwheel" plan app --extra nothing
says "nothing"
run 2 "$cartwheel" plan app --group nothing
says "nothing"
run 2 "$cartwheel" plan app --package nothing
says "nothing"
run 2 "$cartwheel" build app -o tarball:out
says "oci"
