# SPDX-License-Identifier: Apache-2.0
"""names_server.py ADDRESS: a name server that is slow, broken or hostile, by the
first label of what it is asked for. All good answers are 10.99.0.1, all bad
ones 10.99.0.2; prints "serving", then each question."""
import socket
import struct
import sys
import threading
import time

A, CNAME, AAAA = 1, 5, 28
GOOD, BAD = bytes([10, 99, 0, 1]), bytes([10, 99, 0, 2])
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind((sys.argv[1], 53))
asked = {}


def name(text):
    return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".")) + b"\0"


def record(owner, kind, data, ttl=60):
    return name(owner) + struct.pack(">HHIH", kind, 1, ttl, len(data)) + data


def reply(query, records, code=0, identity=None, flags=0x8180):
    question = query[12:query.index(b"\0", 12) + 5]
    return struct.pack(">6H", int.from_bytes(query[:2], "big") if identity is None else identity, flags | code, 1,
                       len(records), 0, 0) + question + b"".join(records)


def chain(text, count):
    names = [text] + [f"c{i}.test" for i in range(count)]
    return [record(a, CNAME, name(b)) for a, b in zip(names, names[1:])] + [record(names[-1], A, GOOD)]


def answers(text, query):
    """(seconds to wait, message), one after the other."""
    good = reply(query, [record(text, A, GOOD)])
    identity = int.from_bytes(query[:2], "big")
    table = {
        "good": lambda: [(0, good)],
        "ttl0": lambda: [(0, reply(query, [record(text, A, GOOD, 0)]))],
        "forever": lambda: [(0, reply(query, [record(text, A, GOOD, 0x7fffffff)]))],
        "negative": lambda: [(0, reply(query, [record(text, A, GOOD, 0xffffffff)]))],
        "rebind": lambda: [(0, reply(query, [record(text, A, [GOOD, bytes([127, 0, 0, 1]), bytes([10, 99, 0, 254])][
            min(asked[text] - 1, 2)], 1)]))],
        "chain": lambda: [(0, reply(query, chain(text, 7)))],
        "long": lambda: [(0, reply(query, chain(text, 30)))],
        "circle": lambda: [(0, reply(query, [record(text, CNAME, name("x.test")), record("x.test", CNAME, name(text))]))],
        "through": lambda: [(0, reply(query, [record(text, CNAME, name("denied.test")), record("denied.test", A, GOOD)]))],
        "slow": lambda: [(2 if asked[text] == 1 else 0, good)],
        "never": lambda: [],
        "garbage": lambda: [(0, query[:2] + bytes(range(0x80, 0xc0)) * 4)],
        "cut": lambda: [(0, good[:-3])],
        "pointer": lambda: [(0, good[:12] + b"\xc0\x0c" + good[14:])],
        "wrong": lambda: [(0, reply(query, [record(text, A, BAD)], identity=(identity + 1) & 0xffff)),
                          (0, query[:2] + b"\x01\x00" + reply(query, [record(text, A, BAD)])[4:]), (0.05, good)],
        "other": lambda: [(0, reply(query, [record("victim.test", A, BAD)]))],
        "also": lambda: [(0, reply(query, [record(text, A, GOOD), record("victim.test", A, BAD)]))],
        "wide": lambda: [(0, reply(query, [record(text, A, GOOD + BAD)]))],
        "broken": lambda: [(0, reply(query, [], 2))],
        "none": lambda: [(0, reply(query, [], 3))],
        "six": lambda: [(0, reply(query, []))],
    }
    return table.get(text.split(".")[0], table["none"])()


def serve(query, client):
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode())
        at += 1 + query[at]
    text, kind = ".".join(labels), int.from_bytes(query[at + 1:at + 3], "big")
    print(text, kind, flush=True)
    if kind == AAAA and labels[0] != "never":
        found = [record(text, AAAA, bytes.fromhex("fd990000000000000000000000000001"))] if labels[0] == "six" else []
        server.sendto(reply(query, found), client)
        return
    asked[text] = asked.get(text, 0) + 1
    for seconds, message in answers(text, query):
        time.sleep(seconds)
        server.sendto(message, client)


print("serving", flush=True)
while True:
    threading.Thread(target=serve, args=server.recvfrom(2000), daemon=True).start()
