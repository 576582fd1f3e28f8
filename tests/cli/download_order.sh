#!/usr/bin/env bash
# The order in which downloads end is nowhere in the image: the server sends the wheels one after the other, forwards and backwards.
. "$(dirname "$0")/lib.sh"
make_project
serve_wheels
run 0 "$cartwheel" build app -o oci:out
for order in "sort" "sort -r"; do
  kill "${servers[-1]}"
  wait "${servers[-1]}" || true
  rm -f wheels/*.after
  last=
  for wheel in $(cd wheels && ls -- *.whl | $order); do
    [ -z "$last" ] || echo "$last" >"wheels/$wheel.after"
    last=$wheel
  done
  serve wheels "${url##*:}"
  rm -rf again
  run 0 "$cartwheel" build app --store "cold-${order// /}" -o oci:again
  [ "$(grep -c 'GET .* 200' "$scratch/server.log")" -eq 5 ] || fail "not all wheels were fetched: $(cat "$scratch/server.log")"
  [ "$(index_of again)" = "$(index_of out)" ] || fail "another digest"
done
