#!/usr/bin/env bash
# Wheels come from nginx over HTTP/2 and TLS, with a certificate of SSL_CERT_FILE and the credentials of an index from the environment
# (uv's variable names), which are printed nowhere.
. "$(dirname "$0")/lib.sh"
port=5797
PYTHONPATH=tests/cli python3 tests/cli/fixture.py "$work"
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext 'subjectAltName=IP:127.0.0.1' \
  -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
echo "alice:$(openssl passwd -apr1 the-password)" >"$work/users"
cat >"$work/nginx.conf" <<CONF
user root; worker_processes 1; daemon off; pid $work/nginx.pid; error_log $work/nginx.log;
events { worker_connections 64; }
http {
  log_format proto '\$server_protocol \$connection \$status \$uri'; access_log $work/access.log proto;
  client_body_temp_path $work/t1; proxy_temp_path $work/t2; fastcgi_temp_path $work/t3; uwsgi_temp_path $work/t4; scgi_temp_path $work/t5;
  server {
    listen 127.0.0.1:$port ssl http2; ssl_certificate $work/cert.pem; ssl_certificate_key $work/key.pem;
    location /open { return 204; }
    location / { root $work/wheels; auth_basic wheels; auth_basic_user_file $work/users; }
  }
}
CONF
serve nginx -c "$work/nginx.conf"
export SSL_CERT_FILE=$work/cert.pem CURL_CA_BUNDLE=$work/cert.pem CARTWHEEL_STORE=$work/store
wait_for "https://127.0.0.1:$port/open"
sed -i "s|registry = \"../wheels\"|registry = \"https://127.0.0.1:$port/simple\"|; s|{ path = \"|{ url = \"https://127.0.0.1:$port/|" "$work/app/uv.lock"
printf '\n[[tool.uv.index]]\nname = "my-private"\nurl = "https://127.0.0.1:%s/simple"\n' $port >>"$work/app/pyproject.toml"

build() { "$cartwheel" build "$work/app" --no-memo -o "oci:$work/out" "$@" >"$work/said" 2>&1; }
check "without credentials it is refused, and how to give them is said" bash -c \
  '! "$1" build "$2/app" -o "oci:$2/out" >"$2/said" 2>&1 && grep -q UV_INDEX_ "$2/said"' sh "$cartwheel" "$work"
export UV_INDEX_MY_PRIVATE_USERNAME=alice UV_INDEX_MY_PRIVATE_PASSWORD=wrong-password
check "with wrong ones, too, and they are not printed" bash -c \
  '! "$1" build "$2/app" -o "oci:$2/out" >"$2/said" 2>&1 && ! grep -qE "alice|wrong-password" "$2/said"' sh "$cartwheel" "$work"
export UV_INDEX_MY_PRIVATE_PASSWORD=the-password
check "with the credentials of the index it builds" build
check "the credentials are printed nowhere" bash -c '! grep -qE "alice|the-password" "$1/said"' sh "$work"
check "the credentials are nowhere in the store and the image" bash -c '! grep -rqE "the-password" "$1/store" "$1/out"' sh "$work"
check "all wheels came over HTTP/2" bash -c 'grep -q "HTTP/2.0 .* 200 .*whl" "$1/access.log" && ! grep "whl" "$1/access.log" | grep -q "HTTP/1"' sh "$work"
check "over few connections" bash -c '[ "$(grep " 200 .*whl" "$1/access.log" | cut -d" " -f2 | sort -u | wc -l)" -le 16 ]' sh "$work"
unset UV_INDEX_MY_PRIVATE_USERNAME UV_INDEX_MY_PRIVATE_PASSWORD
rm -rf "$work/store" "$work/out"
printf 'machine 127.0.0.1 login alice password the-password\n' >"$work/netrc"
chmod 600 "$work/netrc"
check "with those of .netrc, too" env NETRC="$work/netrc" bash -c '"$1" build "$2/app" --no-memo -o "oci:$2/out"' sh "$cartwheel" "$work"
