# SPDX-License-Identifier: Apache-2.0
"""git_server.py SOCKET DIRECTORY: git's smart HTTP below /git/, by SCGI.

Runs `git http-backend` for each request that a web server passes on.
"""
import os
import socketserver
import subprocess
import sys


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        size = b""
        while (byte := self.rfile.read(1)) != b":":
            size += byte
        fields = self.rfile.read(int(size) + 1)[:-1].split(b"\0")
        given = {k.decode(): v.decode() for k, v in zip(fields[0::2], fields[1::2])}
        body = self.rfile.read(int(given.get("CONTENT_LENGTH") or 0))
        given["PATH_INFO"] = given["DOCUMENT_URI"].removeprefix("/git")
        given |= {"GIT_PROJECT_ROOT": sys.argv[2], "GIT_HTTP_EXPORT_ALL": "1", "REMOTE_USER": "test"}
        got = subprocess.run(["git", "http-backend"], env=os.environ | given, input=body,
                             stdout=subprocess.PIPE, check=False).stdout
        self.wfile.write(got)


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


with Server(sys.argv[1], Handler) as server:
    print("serving", flush=True)
    server.serve_forever()
