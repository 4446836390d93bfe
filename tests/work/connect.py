# SPDX-License-Identifier: Apache-2.0
"""What programs do with sockets, a line each: run inside and outside, the lines
must be the same. 10.99.0.1 has HTTP on 8080 and an echo on 8081, nothing on
8099; 10.99.0.77 never answers."""
import array
import ctypes
import errno
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading

HOST, ECHO = "10.99.0.1", ("10.99.0.1", 8081)
CLOSED, HOLE = ("10.99.0.1", 8099), ("10.99.0.77", 80)
libc = ctypes.CDLL(None, use_errno=True)


def what(f, *args):
    try:
        return f(*args)
    except TimeoutError:
        return "timeout"
    except OSError as e:
        return code(e.errno)


def code(number):
    return errno.errorcode.get(number, number)


def echo(s, text=b"echo"):
    s.sendall(text)
    got = b""
    while len(got) < len(text):
        got += s.recv(len(text) - len(got))
    return got == text


def new(family=socket.AF_INET, blocking=True):
    s = socket.socket(family)
    s.settimeout(100) if blocking else s.setblocking(False)
    return s


def ready(s, events=select.POLLOUT):
    p = select.poll()
    p.register(s, events)
    return [e for _, e in p.poll(100000)]


def options():
    s = new()
    given = [(6, 1, 1), (1, 9, 1), (6, 4, 55), (6, 5, 11), (6, 6, 3), (6, 18, 9000), (6, 25, 16384),
             (1, 8, 70000), (1, 7, 80000), (0, 1, 0x10), (0, 2, 77), (1, 12, 5), (6, 13, None)]
    for level, option, value in given:
        if value is not None:
            s.setsockopt(level, option, value)
    s.setsockopt(1, 13, struct.pack("ii", 1, 7))
    s.setsockopt(1, 20, struct.pack("ll", 19, 0))
    s.connect(ECHO)
    return [s.getsockopt(level, option) for level, option, _ in given], s.getsockopt(1, 13, 8), s.getsockopt(1, 20, 16), echo(s)


def names():
    s = new()
    before = s.getsockname(), what(s.getpeername)
    s.connect(ECHO)
    return before, s.getsockname()[0], s.getsockname()[1] > 0, s.getpeername(), s.family, s.type, s.proto, \
        [s.getsockopt(1, o) for o in (3, 38, 39, 30)]


def nonblocking():
    s = new(blocking=False)
    first = s.connect_ex(ECHO)
    return code(first), ready(s), s.getsockopt(1, 4), code(s.connect_ex(ECHO)), code(s.connect_ex(ECHO)), os.get_blocking(s.fileno()), \
        select.select([], [s], [], 100)[1] == [s]


def refused():
    s = new(blocking=False)
    out = [code(s.connect_ex(CLOSED)), ready(s), s.getsockopt(1, 4), s.getsockopt(1, 4), what(s.getpeername)]
    out += [code(s.connect_ex(ECHO)), code(s.connect_ex(ECHO)), ready(s), s.getsockopt(1, 4), what(s.getpeername)]
    t = socket.socket()
    out += [what(t.connect, CLOSED), what(t.connect, CLOSED), what(t.connect, ECHO), echo(t), os.get_blocking(t.fileno()),
            what(t.connect, ECHO), os.get_inheritable(t.fileno())]
    return out


def waiting():
    s = new(blocking=False)
    out = [code(s.connect_ex(HOLE)), code(s.connect_ex(HOLE)), s.getsockopt(1, 4),
           what(s.getpeername), what(s.send, b"x")]
    t = socket.socket()
    t.settimeout(0.1)
    out.append(what(t.connect, HOLE))
    u = socket.socket()
    u.setsockopt(1, 21, struct.pack("ll", 0, 100000))
    out += [what(u.connect, HOLE), what(u.connect, HOLE)]
    # A thread that waits, and one that closes: the number is free again.
    v = socket.socket()
    v.setsockopt(1, 21, struct.pack("ll", 0, 300000))
    got = []
    waits = threading.Thread(target=lambda: got.append(what(v.connect, HOLE)))
    waits.start()
    w = new()
    w.connect(ECHO)
    out.append(echo(w))
    waits.join()
    return out + got


def interrupted():
    """By a signal that has a handler: alarm() is a timeout to many programs."""
    caught = []
    signal.signal(signal.SIGALRM, lambda *_: caught.append("caught"))
    s = socket.socket()
    raw = struct.pack("=H", 2) + struct.pack("!H4s8x", 80, bytes([10, 99, 0, 77]))
    # More than once: the first may come before the call.
    signal.setitimer(signal.ITIMER_REAL, 0.2, 0.2)
    out = [libc.connect(s.fileno(), raw, 16), code(ctypes.get_errno())]
    signal.setitimer(signal.ITIMER_REAL, 0)
    s.setblocking(False)
    return out + [caught[:1], code(s.connect_ex(HOLE))]


def epoll():
    s = new(blocking=False)
    e = select.epoll()
    e.register(s, select.EPOLLIN | select.EPOLLOUT | select.EPOLLET | select.EPOLLRDHUP)
    e.poll(0)
    s.connect_ex(ECHO)
    seen = 0
    while not seen & select.EPOLLOUT or seen & select.EPOLLHUP:
        seen = sum(ev for _, ev in e.poll(100))
    s.send(b"x")
    s.shutdown(socket.SHUT_WR)
    while not seen & select.EPOLLRDHUP:
        seen = sum(ev for _, ev in e.poll(100))
    return s.recv(9), s.recv(9)


def shared():
    s = new()
    d = s.dup()
    d.connect(ECHO)
    out = [echo(s), s.getpeername() == d.getpeername()]
    s.close()
    out.append(echo(d))
    s = socket.socket()
    if os.fork() == 0:
        s.connect(ECHO)
        os._exit(0)
    os.wait()
    out.append(echo(s))
    # Over a path socket to another process, which connects it.
    a, b = socket.socketpair()
    s = socket.socket()
    if os.fork() == 0:
        fds = array.array("i")
        fds.frombytes(b.recvmsg(1, socket.CMSG_SPACE(4))[1][0][2])
        t = socket.socket(fileno=fds[0])
        t.connect(ECHO)
        os._exit(0)
    socket.send_fds(a, [b"x"], [s.fileno()])
    os.wait()
    out.append(echo(s))
    s = socket.socket()
    s.connect(ECHO)
    os.set_inheritable(s.fileno(), True)
    out.append(subprocess.run(["/bin/sh", "-c", f"echo line >&{s.fileno()}; head -n 1 <&{s.fileno()}"], close_fds=False,
                              stdout=subprocess.PIPE, check=True).stdout)
    os.dup2(s.fileno(), 77)
    s.close()
    return out + [echo(socket.socket(fileno=77))]


def halves():
    s = new()
    s.connect(ECHO)
    s.sendmsg([b"a", b"bc", b"", b"d" * 70000])
    s.shutdown(socket.SHUT_WR)
    got = 0
    while data := s.recv(65536):
        got += len(data)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    return got, what(s.send, b"x"), what(s.recv, 1), what(s.shutdown, socket.SHUT_RDWR)


def messages():
    s = socket.socket()
    s.connect(ECHO)
    s.send(b"one", socket.MSG_MORE)
    s.send(b"two", socket.MSG_DONTWAIT)
    out = [s.recv(6, socket.MSG_WAITALL), what(s.recv, 1, socket.MSG_DONTWAIT)]
    s.sendall(b"12345")
    ready(s, select.POLLIN)
    out.append(s.recv(2, socket.MSG_PEEK)[:1])
    data, ancillary, flags, _ = s.recvmsg(1, 200)
    out += [data, [(level, kind, len(d)) for level, kind, d in ancillary], flags]
    out.append(what(s.sendmsg, [b"x"] * 1024))
    out.append(what(lambda: s.sendmsg([b"x"] * 1025)))
    out.append(what(lambda: s.sendmsg([b"x"], [(1, 1, b"1234")])))
    with open("/etc/passwd", "rb") as f:
        out.append(os.sendfile(s.fileno(), f.fileno(), 0, 10))
    return out


def odd_addresses():
    def connect(s, raw, n=None):
        return 0 if libc.connect(s.fileno(), raw, len(raw) if n is None else n) == 0 else code(ctypes.get_errno())
    v4, v6 = socket.socket(), socket.socket(socket.AF_INET6)
    good = struct.pack("=H", 2) + struct.pack("!H4s8x", 8099, bytes([10, 99, 0, 1]))
    return [connect(v4, b""), connect(v4, good, 2), connect(v4, good, 15), connect(v4, good, 129), connect(v4, good, -1),
            connect(v6, good), connect(v4, struct.pack("=H26x", 10)),
            connect(v4, good + bytes(100)), connect(v4, struct.pack("=H14x", 99)),
            0 if libc.connect(v4.fileno(), ctypes.c_void_p(8), 16) == 0 else code(ctypes.get_errno()),
            0 if libc.connect(999, good, 16) == 0 else code(ctypes.get_errno()),
            0 if libc.connect(0, good, 16) == 0 else code(ctypes.get_errno())]


def sixth():
    s = new(socket.AF_INET6)
    s.connect(("fd99::1", 8081))
    t = new(socket.AF_INET6)
    t.connect(("::ffff:10.99.0.1", 8081))
    return echo(s), s.getpeername(), echo(t), t.getpeername(), t.getsockname()[0]


def own_loopback():
    out = []
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        a, b = (socket.socket(family, socket.SOCK_DGRAM) for _ in "ab")
        a.bind((host, 0))
        a.settimeout(100)
        b.connect(a.getsockname())
        out += [b.getpeername() == a.getsockname(), b.send(b"datagram"), a.recvfrom(20)[1] == b.getsockname()]
        a.sendto(b"x", b.getsockname())
        out.append(b.recv(9))
        port = a.getsockname()[1]
        a.close()
        b.send(b"nobody")
        out.append(what(b.recv, 9))
        b.connect((host, port))
        listener = socket.create_server((host, 0), family=family)
        c = new(family)
        c.connect(listener.getsockname())
        d, peer = listener.accept()
        out += [peer == c.getsockname(), d.getsockname() == c.getpeername(), listener.getsockopt(1, 30), c.send(b"x"), d.recv(1)]
        out.append(what(socket.create_connection, (host, port), 20))
        if family == socket.AF_INET:
            out.append(what(listener.connect, ECHO))
    return out


def many_threads():
    def turn(i):
        for _ in range(20):
            s = new()
            s.connect(ECHO)
            good.append(echo(s, b"%d" % i))
            s.close()
    good = []
    threads = [threading.Thread(target=turn, args=(i,)) for i in range(20)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return len(good), all(good)


def own_descriptors():
    """A thread with a table of its own: the same number is another socket."""
    if libc.unshare(0) != 0:
        return None
    s = new()
    got = []

    def turn():
        libc.unshare(0x400)
        t = new()
        os.dup2(t.fileno(), s.fileno())
        got.append(what(socket.socket(fileno=os.dup(s.fileno())).connect, ECHO))
        got.append(echo(t))
    thread = threading.Thread(target=turn)
    thread.start()
    thread.join()
    return got, what(s.getpeername)


for check in (options, names, nonblocking, refused, waiting, interrupted, epoll, shared, halves, messages, odd_addresses, sixth, own_loopback,
              many_threads, own_descriptors):
    print(check.__name__, check(), flush=True)
