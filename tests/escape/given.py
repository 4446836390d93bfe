# SPDX-License-Identifier: Apache-2.0
"""Run the rest of the arguments with a socket as standard input.

given.py KIND COMMAND...: tcp (connected), udp, netlink, unix-datagram. In the
arguments {OTHER} becomes the port of a server that the program shall not
reach. Says "reached" when it was, and ends as the command does.
"""
import socket
import subprocess
import sys

kind, command = sys.argv[1], sys.argv[2:]
server, other = socket.create_server(("127.0.0.1", 0)), socket.create_server(("127.0.0.1", 0))
port = str(other.getsockname()[1])
if kind == "tcp":
    given = socket.create_connection(server.getsockname())
elif kind == "udp":
    given = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
elif kind == "netlink":
    given = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
else:
    given = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
status = subprocess.run([word.replace("{OTHER}", port) for word in command], stdin=given, check=False).returncode
other.setblocking(False)
try:
    other.accept()
    print("reached")
except BlockingIOError:
    pass
sys.exit(status)
