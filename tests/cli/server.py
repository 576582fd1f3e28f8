"""Serves a folder on loopback, with ranges; prints its port on standard output.

    python3 server.py FOLDER [PORT]

A file FOLDER/NAME.stall beside FOLDER/NAME makes the server send half of NAME, remove the .stall file, and then say nothing more.
A file FOLDER/NAME.after holds the name of another file, which must have been sent before NAME is.
A file FOLDER/NAME.status holds the status with which NAME is answered.
"""

import collections
import http.server
import os
import pathlib
import re
import sys
import threading
import urllib.parse

folder = pathlib.Path(sys.argv[1])
sent = collections.defaultdict(threading.Event)  # by name


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = folder / urllib.parse.unquote(self.path).lstrip("/")
        status = path.with_name(path.name + ".status")
        if status.exists():
            return self.answer(int(status.read_text()), b"")
        if not path.is_file():
            return self.answer(404, b"")
        body = path.read_bytes()
        stall = path.with_name(path.name + ".stall")
        if stall.exists():
            self.head(200, len(body))
            self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            stall.unlink()
            threading.Event().wait()
        after = path.with_name(path.name + ".after")
        if after.exists():
            sent[after.read_text().strip()].wait()
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if not wanted:
            self.answer(200, body)
        else:
            start = int(wanted[1])
            self.answer(206, body[start:], f"bytes {start}-{len(body) - 1}/{len(body)}")
        sent[path.name].set()

    def head(self, status, length, content_range=None):
        self.send_response(status)
        self.send_header("Content-Length", str(length))
        if content_range:
            self.send_header("Content-Range", content_range)
        self.end_headers()

    def answer(self, status, body, content_range=None):
        self.head(status, len(body), content_range)
        self.wfile.write(body)

    def log_message(self, *arguments):
        print(*arguments, file=sys.stderr, flush=True)


server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2]) if len(sys.argv) > 2 else 0), Handler)
server.daemon_threads = True
print(server.server_port, flush=True)
os.close(1)
server.serve_forever()
