#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A client of `procjail pool` that does as it likes.

pool_client.py SOCKET send TEXT          send TEXT, print the reply
pool_client.py SOCKET refusals           bad requests, each with the reason that must come
pool_client.py SOCKET slow COUNT         connect, send nothing, count refusals
pool_client.py SOCKET crowd COUNT DIR    so many at once, each with its own answer
pool_client.py SOCKET listen             a service that is none
pool_client.py SOCKET activate COMMAND…  become COMMAND with a listening socket, as systemd does
"""

import array
import json
import os
import socket
import sys

STREAMS = 3


def connect(path):
    client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    client.settimeout(60)
    client.connect(path)
    return client


def send(client, data, fds=()):
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
    try:
        client.sendmsg([data], rights)
    except BrokenPipeError:
        pass  # refused already


def reply(client):
    try:
        data = client.recv(1 << 20)
    except ConnectionResetError:
        data = client.recv(1 << 20)
    return json.loads(data) if data else None


def request(**changes):
    document = {"version": 1, "caller_cwd": "/", "request": {"program": "/bin/true"}}
    document.update(changes)
    return json.dumps({key: value for key, value in document.items() if value is not None})


def refusals(path):
    """A bad request, its descriptors, and what must be said."""
    cases = [
        ("", 3, None),
        ("{", 3, "malformed request"),
        ("\0\0\0\0", 3, "malformed request"),
        ("[]", 3, "malformed request"),
        ("[" * 100000, 3, "malformed request"),
        ("\xff\xfe", 3, "malformed request"),
        ('{"version":1,"version":1}', 3, "malformed request"),
        (request(version=2), 3, "version"),
        (request(version=None), 3, "version"),
        (request(policy=7), 3, "policy"),
        (request(policy="a\nb"), 3, "no name of a policy"),
        (request(policy="p", profile="strict"), 3, "exclude"),
        (request(profile="nothing"), 3, "no profile"),
        (request(workspace="relative"), 3, "absolute path"),
        (request(workspace="/no/such/directory"), 3, "workspace"),
        (request(workspace="/etc/passwd"), 3, "workspace"),
        (request(caller_cwd=None), 3, "caller_cwd"),
        (request(caller_env=["A=b", 3]), 3, "list of strings"),
        (request(request=None), 3, "request"),
        (request(request={"program": "/bin/true", "policy": "x"}), 3, "policy"),
        (request(request="{"), 3, "request"),
        (request(unknown=1), 3, "unknown key"),
        (request(caller_env=["A=" + "x" * 196608]), 3, "too large"),
        (request(), 0, "three descriptors"),
        (request(), 2, "three descriptors"),
        (request(), 4, "three descriptors"),
        (request(), 200, "three descriptors"),
    ]
    fd = os.open("/dev/null", os.O_RDWR)
    for text, count, wanted in cases:
        client = connect(path)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        send(client, text.encode("latin-1"), [fd] * count)
        told = reply(client)
        client.close()
        if wanted is None:
            continue  # an empty message is an end
        if not told or told["status"] != 125 or len(told["messages"]) != 1 or wanted not in told["messages"][0]:
            sys.exit(f"{text[:80]!r} with {count} descriptors: {told}, wanted {wanted!r}")
    for _ in range(50):  # connected, and gone
        connect(path).close()
    for _ in range(20):  # a request, and gone
        client = connect(path)
        send(client, request().encode(), [fd] * STREAMS)
        client.close()


def slow(path, count):
    clients = [connect(path) for _ in range(count)]
    print("connected", flush=True)
    said = [reply(client)["messages"][0] for client in clients]
    print(len(said), " ".join(sorted(set(said))), flush=True)


def crowd(path, count, directory):
    """All are connected and have sent before one is answered; none is answered as another."""
    null = os.open("/dev/null", os.O_RDWR)
    clients = []
    for number in range(count):
        client = connect(path)
        read_end, write_end = os.pipe()
        text = request(workspace=directory, caller_cwd=directory, request={
            "program": "/bin/sh", "args": ["-c", f"echo {number}; exit {number % 100}"]})
        send(client, text.encode(), [null, write_end, null])
        os.close(write_end)
        clients.append((client, read_end))
    for number, (client, read_end) in enumerate(clients):
        with os.fdopen(read_end) as stream:
            output = stream.read()
        told = reply(client)
        if output != f"{number}\n" or told["status"] != number % 100 or client.recv(1):
            sys.exit(f"client {number}: {output!r}, {told}")
    print(count, "results")


def listening(path):
    server = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    server.bind(path)
    os.chmod(path, 0o666)
    server.listen(8)
    return server


def listen(path):
    server = listening(path)
    print("listening", flush=True)
    client, _ = server.accept()
    if client.recv(1 << 20):
        print("got a request", flush=True)


def activate(path, *command):
    server = listening(path)
    if server.fileno() != 3:
        os.dup2(server.fileno(), 3)
    os.set_inheritable(3, True)
    environment = {**os.environ, "LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid())}
    os.execve(command[0], command, environment)


def main():
    path, what, *rest = sys.argv[1:]
    if what == "send":
        client = connect(path)
        send(client, rest[0].encode())
        print(reply(client))
    elif what == "refusals":
        refusals(path)
    elif what == "slow":
        slow(path, int(rest[0]))
    elif what == "crowd":
        crowd(path, int(rest[0]), rest[1])
    elif what == "listen":
        listen(path)
    elif what == "activate":
        activate(path, *rest)


main()
