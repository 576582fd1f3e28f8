"""Runs inside an image: what a locked-down process must be able to do, and what not.

    python -c "$(cat locked_down.py)" UID WRITABLE SERVER-CERTIFICATE-AND-KEY IS-EMULATED
"""

import ctypes.util
import getpass
import importlib.util
import locale
import multiprocessing
import os
import pathlib
import pwd
import socketserver
import sqlite3
import ssl
import sys
import tempfile
import threading
import urllib.request
import zoneinfo

uid, writable, identity, is_emulated = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4] == "yes"

# who it is
assert (os.getuid(), os.getgid()) == (uid, 0), (os.getuid(), os.getgid())
assert getpass.getuser() == "nonroot", getpass.getuser()
home = pathlib.Path.home()
assert home == pathlib.Path("/home/nonroot") and home.is_dir(), home
assert (home.stat().st_gid, home.stat().st_mode & 0o7777) == (0, 0o2775), home.stat()
assert pathlib.Path(writable).stat().st_mode & 0o7777 == 0o2775
try:
    name = pwd.getpwuid(os.getuid()).pw_name  # podman adds an entry, unless told not to
except KeyError:
    name = None  # as in Docker: torch asks getpass first
assert pwd.getpwnam("nonroot").pw_uid == 65532

# where it may write
for path in ("/probe", "/opt/venv/probe", "/etc/probe", "/home/nonroot/probe"):
    try:
        open(path, "w").close()
        raise SystemExit(f"{path} could be written")
    except OSError:
        pass
cache = pathlib.Path(os.environ["XDG_CACHE_HOME"])
for variable in [name for name in os.environ if name.endswith(("_HOME", "_CACHE_DIR")) and name != "XDG_CACHE_HOME"]:
    assert pathlib.Path(os.environ[variable]).is_relative_to(cache), variable
(cache / "some" / "library").mkdir(parents=True)
(cache / "some" / "library" / "file").write_text("kept")
with tempfile.NamedTemporaryFile() as file:
    file.write(b"x" * 100_000)
    assert file.name.startswith("/tmp/"), file.name

# whom it trusts
class Answer(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.recv(4096)
        self.request.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")
        self.request.close()


class Server(socketserver.TCPServer):
    def get_request(self):
        connection, address = super().get_request()
        return context.wrap_socket(connection, server_side=True), address

    def handle_error(self, request, client_address):
        pass


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
with tempfile.NamedTemporaryFile("w") as pem:
    pem.write(identity)
    pem.flush()
    context.load_cert_chain(pem.name)
server = Server(("127.0.0.1", 0), Answer)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"https://localhost:{server.server_address[1]}/"
assert urllib.request.urlopen(url, timeout=60).read() == b"hello"
bundle = os.environ["SSL_CERT_FILE"]
for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "AWS_CA_BUNDLE", "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"):
    assert os.environ[variable] == bundle, variable
trusted = ssl.create_default_context(cafile=bundle)
assert len(trusted.get_ca_certs()) > 100, "the public authorities are gone"
# the company's certificate is what makes it work: nobody else has signed the server's
public = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
ours = pathlib.Path("/usr/local/share/ca-certificates/cartwheel-01.crt").read_text()
public.load_verify_locations(cadata=pathlib.Path(bundle).read_text().replace(ours, ""))
try:
    urllib.request.urlopen(url, timeout=60, context=public)
    raise SystemExit("a stranger was trusted")
except urllib.error.URLError as error:
    assert isinstance(error.reason, ssl.SSLCertVerificationError), error.reason

# the rest of a usual start
assert locale.setlocale(locale.LC_ALL, "") == "C.UTF-8"
assert sys.getfilesystemencoding() == "utf-8" and locale.getpreferredencoding() == "UTF-8"
import datetime  # noqa: E402

assert datetime.datetime(2024, 7, 1, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")).utcoffset().seconds == 7200
with sqlite3.connect("/tmp/probe.db") as database:
    database.execute("create table t (x)")
    database.execute("insert into t values (1)")
    assert database.execute("select sum(x) from t").fetchone() == (1,)
with multiprocessing.get_context("fork").Pool(2) as pool:
    assert pool.map(abs, [-1, -2]) == [1, 2]
if not is_emulated:  # a child of an emulated process is not emulated here
    assert ctypes.util.find_library("c") == "libc.so.6"
    assert multiprocessing.get_context("spawn").Pool(1).map(abs, [-3]) == [3]
for module in ("pip", "setuptools", "ensurepip", "wheel"):
    assert importlib.util.find_spec(module) is None, module
assert not any(os.access(os.path.join(folder, "sh"), os.X_OK) for folder in os.environ["PATH"].split(":"))
print(f"locked down: uid {os.getuid()} ({name or 'unknown to passwd'}), home {home}, cache {cache}")
