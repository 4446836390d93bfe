# SPDX-License-Identifier: Apache-2.0
# Network mode "filtered": what is allowed works, all else is out of reach.
load helper
load world

@test "an allowed name works, and what it names is all" {
	needs_jail
	net a.test:8080
	py 'print(attempt(("a.test", 8080)), attempt(("a.test", 8081)), attempt(("10.99.0.2", 8080)), attempt(("b.test", 8080)))'
	printed_is "connected EACCES EACCES EAI -2"
	json '.refused | map([.host, .port, .protocol, .rule])' '[["a.test",8081,"tcp",null],["10.99.0.2",8080,"tcp",null],["b.test",null,"dns",null]]'
	json '.refused[0].message' 'no rule allows a.test:8081; --allow-host a.test:8081 would'
	enforced='network namespace, broker of names and connections, system call filter'
	[ "$PJ_TEST_STRATEGY" != landlock ] || enforced='broker of names and connections, system call filter'
	[ "$PJ_TEST_STRATEGY" != landlock ] || [ "$ABI" -lt 4 ] || enforced+=', Landlock TCP rights'
	json '.containment.enforced.network' "$enforced"
}

@test "what is refused is told in the audit log and on standard error, with the rule that would allow it" {
	needs_jail
	net a.test:8080 '!b.test'
	run --separate-stderr in_host "$PROCJAIL" run -p "$BATS_TEST_TMPDIR/p.json" ${PJ_TEST_STRATEGY:+--strategy "$PJ_TEST_STRATEGY"} --audit "$BATS_TEST_TMPDIR/log" -- /usr/bin/python3 -c 'import socket
def attempt(f, *a):
    try: f(*a)
    except OSError: pass
for a in ("a.test", 8081), ("10.99.0.2", 80), ("b.test", 1), ("fd99::1", 443), ("10.99.0.254", 22): attempt(socket.create_connection, a)
attempt(socket.socket(2, 2).sendto, b"x", ("10.99.0.1", 53))' </dev/null
	jq -r '.refused[] | "\(.protocol) \(.count) \(.message)"' "$BATS_TEST_TMPDIR/log" >told
	diff told - <<-'EOF'
	tcp 1 no rule allows a.test:8081; --allow-host a.test:8081 would
	tcp 1 no rule allows 10.99.0.2:80; --allow-host 10.99.0.2:80 would
	dns 2 b.test is denied by the rule b.test
	tcp 1 no rule allows [fd99::1]:443; --allow-host [fd99::1]:443 would
	tcp 1 10.99.0.254:22 is an address of this host, of this link or of a metadata service; --allow-host 10.99.0.254:22 would allow it
	udp 1 UDP to a.test:53: only TCP leaves a filtered network, and no rule allows UDP
	EOF
	sed 's/^\([a-z]*\) [0-9]* /procjail: network: refused (\1): /' told | diff - <(printf '%s\n' "${stderr_lines[@]}")
	"$PROCJAIL" audit verify "$BATS_TEST_TMPDIR/log"
}

@test "an address without a lookup is refused" {
	needs_jail
	net a.test
	py 'print(attempt(("10.99.0.1", 8080))); print(attempt(("a.test", 8080))); print(attempt(("10.99.0.1", 8080)))'
	printed_is $'EACCES\nconnected\nconnected'
}

@test "an empty list allows nothing" {
	needs_jail
	net
	py 'print(attempt(("a.test", 8080)), attempt(("10.99.0.1", 8080)), attempt(("localhost", 1)))'
	printed_is "EAI -2 EACCES $NOTHING"
}

@test "wildcards, ports, deny" {
	needs_jail
	net '*.b.test:8000-8090' '!denied.b.test' '!x.b.test:8081'
	py 'for h, p in (("x.b.test", 8080), ("X.B.TEST", 8080), ("x.b.test", 8081), ("b.test", 8080), ("denied.b.test", 8080), ("x.b.test", 7999), ("xb.test", 80)): print(attempt((h, p)))'
	printed_is $'connected\nconnected\nEACCES\nEAI -2\nEAI -2\nEACCES\nEAI -2'
	json '.refused | map(.rule)' '["x.b.test:8081",null,"denied.b.test",null,null]'
}

@test "addresses, networks, IPv6" {
	needs_jail
	net 10.99.0.0/24:8080 '!10.99.0.2' '[fd99::/64]:8081' six.test:8080
	py 'for a in (("10.99.0.1", 8080), ("10.99.0.2", 8080), ("10.99.0.1", 8081), ("::ffff:10.99.0.1", 8080), ("::ffff:10.99.0.2", 8080), ("fd99::1", 8081), ("fd99::1", 8080), ("six.test", 8080), ("fd99::1", 8080)): print(attempt(a))'
	printed_is $'connected\nEACCES\nEACCES\nconnected\nEACCES\nconnected\nEACCES\nconnected\nconnected'
}

@test "a name may not lead to this host, this link or a metadata service" {
	needs_jail
	net '*.test'
	in_host /usr/bin/python3 -c 'import os, socket, time; open("pid", "w").write(str(os.getpid()))
s = socket.create_server(("10.99.0.254", 0)); print(s.getsockname()[1], flush=True); time.sleep(1000)' >port 3>&- &
	wait_for_file port
	SERVER=$(cat pid)
	py 'for n in "loop", "loop6", "mapped", "meta", "own", "own6", "zero", "group", "nat", "nat-own", "6to4-own", "siit-own": print(n, attempt((n + ".test", int(sys.argv[1]))))
for a in "10.99.0.254", "fd99::fe", "169.254.169.254", "::ffff:169.254.169.254", "64:ff9b::10.99.0.254", "2002:a63:fe::1", "::ffff:0:10.99.0.254": print(attempt((a, int(sys.argv[1]))))
print(socket.getaddrinfo("mixed.test", 80, type=socket.SOCK_STREAM)[0][4])' "$(cat port)"
	kill "$SERVER"
	printed_is "loop EAI -2
loop6 EAI -2
mapped EAI -2
meta EAI -2
own EAI -2
own6 EAI -2
zero EAI -2
group EAI -2
nat EAI -2
nat-own EAI -2
6to4-own EAI -2
siit-own EAI -2
EACCES
EACCES
EACCES
EACCES
EACCES
EACCES
EACCES
('10.99.0.1', 80)"
}

@test "a rule for the address itself opens it" {
	needs_jail
	in_host /usr/bin/python3 -c 'import os, socket, time; open("pid", "w").write(str(os.getpid()))
s = socket.create_server(("127.0.0.1", 0)); t = socket.create_server(("10.99.0.254", s.getsockname()[1])); print(s.getsockname()[1], flush=True); time.sleep(1000)' >port 3>&- &
	wait_for_file port
	SERVER=$(cat pid)
	port=$(cat port)
	net '*'
	py 'print(attempt(("127.0.0.1", int(sys.argv[1]))), attempt(("10.99.0.254", int(sys.argv[1]))))' "$port"
	printed_is "$NOTHING EACCES"
	net 0.0.0.0/0 ::/0
	py 'print(attempt(("127.0.0.1", int(sys.argv[1]))), attempt(("10.99.0.254", int(sys.argv[1]))))' "$port"
	printed_is "$NOTHING EACCES"
	net "127.0.0.1:$port" 10.99.0.254
	py 'print(attempt(("127.0.0.1", int(sys.argv[1]))), attempt(("10.99.0.254", int(sys.argv[1]))), attempt(("127.0.0.2", int(sys.argv[1]))))' "$port"
	kill "$SERVER"
	printed_is "connected connected $NOTHING"
}

@test "aliases lead on, but not through a denied name" {
	needs_jail
	net alias.test detour.test '!denied.b.test'
	py 'print(attempt(("alias.test", 8080)), attempt(("x.b.test", 8080)), attempt(("detour.test", 8080)))'
	printed_is "connected EAI -2 EAI -2"
}

@test "the host's own list of hosts" {
	needs_jail
	net listed.test inside.test
	py 'print(attempt(("listed.test", 8080)), attempt(("other.name", 8080)), attempt(("inside.test", 8080)))'
	printed_is "connected connected $NOTHING"
}

@test "records other than addresses are refused, HTTPS is empty, PTR is of what was asked" {
	needs_jail
	net a.test
	py 'import struct
def ask(name, kind, raw=None):
    q = raw or struct.pack(">6H", 7, 0x100, 1, 0, 0, 0) + b"".join(bytes([len(l)]) + l.encode() for l in name.split(".")) + b"\0" + struct.pack(">2H", kind, 1)
    r = Names().ask(q)
    return r[3] & 15, struct.unpack(">H", r[6:8])[0]
print(ask("a.test", 16), ask("a.test", 10), ask("a.test", 255), ask("a.test", 65), ask("1.0.99.10.in-addr.arpa", 12), ask("a.test", 1), ask("1.0.99.10.in-addr.arpa", 12), ask("x" * 63 + ".a.test", 1))
print(ask("", 0, b"\0\7\1\0\0\2" + bytes(6)), ask("", 0, b"\0\7\1\0\0\1" + bytes(6) + b"\xc0\x0c\0\1\0\1"), ask("", 0, b"\0\7\x28\0\0\1" + bytes(6)))'
	printed_is $'(5, 0) (5, 0) (5, 0) (0, 0) (3, 0) (0, 1) (0, 1) (3, 0)\n(1, 0) (1, 0) (4, 0)'
	json '.refused | map([.host, .count])' "[[\"a.test\",3],[\"$(printf 'x%.0s' $(seq 63)).a.test\",1]]"
	! grep -q "TXT" "$BATS_FILE_TMPDIR/names.log"
}

@test "a flood of lookups is refused" {
	needs_jail
	net '*.b.test'
	py 'import struct
s = Names(); codes = []; start = time.monotonic()
while codes.count(5) < 50 and len(codes) < 20000:
    l = b"%016x" % (len(codes) * 0x9e3779b97f4a7c15 % 2**64)
    codes.append(s.ask(struct.pack(">6H", len(codes), 0x100, 1, 0, 0, 0) + b"\x10" + l + b"\1b\4test\0\0\1\0\1")[3] & 15)
print(codes[:256].count(3), codes.count(5), codes.count(3) <= 256 + 32 * (time.monotonic() - start) + 1)'
	printed_is "256 50 True"
}

# bats test_tags=not-landlock
@test "UDP, raw sockets and the like lead nowhere" {
	needs_jail
	net a.test 10.99.0.0/16
	py 'u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
def what(f):
    try: return f()
    except OSError as e: return errno.errorcode[e.errno]
print(what(lambda: u.sendto(b"x", ("10.99.0.1", 9999))), what(lambda: u.connect(("10.99.0.1", 9999))))
for f, t, p in ((2, 3, 1), (2, 2, 1), (17, 3, 0), (40, 1, 0), (16, 3, 12), (2, 1, 132), (2, 1, 262)): print(what(lambda: socket.socket(f, t, p)))
print(socket.if_nameindex())'
	printed_is "ENETUNREACH ENETUNREACH
EPERM
EACCES
EAFNOSUPPORT
EAFNOSUPPORT
EAFNOSUPPORT
EPROTONOSUPPORT
EPROTONOSUPPORT
[(1, 'lo')]"
	! grep -q 9999 "$BATS_FILE_TMPDIR/peers"
	json '.refused | map([.host, .port, .protocol, .count])' '[["10.99.0.1",9999,"udp",1]]'
	json '.refused[0].message' 'UDP to 10.99.0.1:9999: only TCP leaves a filtered network, and no rule allows UDP'
}

# bats test_tags=not-landlock
@test "UDP is refused at once and told, where it is meant; on the loopback it works" {
	needs_jail
	net both.test:443
	py 'import struct
a = socket.getaddrinfo("both.test", 443); told = []
for f in 2, 10:
    to = [i[4] for i in a if i[0] == f][0]; u = socket.socket(f, 2)
    for call in u.connect, lambda to: u.sendto(b"quic", to), lambda to: u.sendmsg([b"quic"], [], 0, to):
        try: call(to)
        except OSError as e: told.append(errno.errorcode[e.errno])
print(*told)
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("127.0.0.1", 0)); c = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
print(c.sendto(b"x" * 60000, s.getsockname()), len(s.recv(99999)), c.sendto(b"", s.getsockname()), s.recvfrom(9)[0])
def what(f, *a):
    try: return f(*a)
    except OSError as e: return errno.errorcode[e.errno]
print(what(c.sendto, b"x" * 65508, s.getsockname()), what(c.sendto, b"x", ("255.255.255.255", 9)), what(c.sendto, b"x", 0x20000000, s.getsockname()))
import ctypes; libc = ctypes.CDLL(None, use_errno=True)
print([libc.sendto(c.fileno(), p, n, 0, ctypes.c_void_p(q), m) < 0 and errno.errorcode[ctypes.get_errno()] for p, n, q, m in ((b"x", 1, 16, 16), (ctypes.c_void_p(16), 1, 0, 0), (b"x", 1, 0, 16), (b"x", 1, id(c), 2000))])'
	printed_is "ENETUNREACH ENETUNREACH ENETUNREACH ENETUNREACH ENETUNREACH ENETUNREACH
60000 60000 0 b''
EMSGSIZE ENETUNREACH ENOTSUP
['EFAULT', 'EDESTADDRREQ', 'EDESTADDRREQ', 'EINVAL']"
	json '.refused | map([.host, .port, .protocol, .count])' '[["both.test",443,"udp",2],["255.255.255.255",9,"udp",1]]'
}

@test "other ways to connect, or to leave the way that was allowed" {
	needs_jail
	net a.test:8080
	py 'import struct
def what(f):
    try: return f()
    except OSError as e: return errno.errorcode[e.errno]
def new(): return socket.socket()
to = ("10.99.0.1", 8081)
print(what(lambda: new().sendto(b"x", 0x20000000, to)), what(lambda: new().sendmsg([b"x"], [], 0x20000000, to)), what(lambda: new().sendto(b"x", to)), what(lambda: new().sendmsg([b"x"], [], 0, to)))
s = new()
print(what(lambda: s.setsockopt(6, 30, 1)), what(lambda: s.setsockopt(6, 31, b"tls")), what(lambda: s.setsockopt(0, 4, b"\x83\7\4" + bytes([10, 99, 0, 2]) + b"\0")), what(lambda: s.setsockopt(1, 25, b"v0\0")), what(lambda: s.setsockopt(1, 62, 2)), what(lambda: s.setsockopt(0, 50, 2)))
v = socket.socket(socket.AF_INET6)
print(what(lambda: v.setsockopt(41, 57, bytes(24))), what(lambda: v.setsockopt(41, 76, 2)), what(lambda: v.setsockopt(0, 4, b"\1\1\1\1")))
import fcntl
print(*(what(lambda: fcntl.ioctl(new(), n, bytes(64))) for n in (0x8912, 0x8915, 0x8933, 0x894c, 0x89f0)))
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
def connect(s, raw): return 0 if libc.connect(s.fileno(), raw, len(raw)) == 0 else errno.errorcode[ctypes.get_errno()]
s = socket.create_connection(("a.test", 8080))
print(connect(s, struct.pack("H14x", 0)), connect(new(), b"\2"), connect(new(), struct.pack("HH4s", 2, 0x901f, b"\x0a\x63\0\1")), connect(new(), struct.pack("H26x", 10)), connect(new(), bytes(200)), connect(v, struct.pack("!HHI16sI", 0x0a00, 8081, 0, bytes(10) + b"\xff\xff\x0a\x63\0\1", 0)))'
	printed_is "ENOTSUP ENOTSUP EPIPE EPIPE
ENOTSUP ENOPROTOOPT ENOPROTOOPT EPERM EPERM ENOPROTOOPT
ENOPROTOOPT ENOPROTOOPT ENOPROTOOPT
ENOTTY ENOTTY ENOTTY ENOTTY ENOTTY
ENOTSUP EINVAL EINVAL EAFNOSUPPORT EINVAL EACCES"
}

# bats test_tags=not-landlock
@test "the jail's loopback is its own, and nothing of it listens on the host" {
	needs_jail
	net a.test
	py 'import threading
out = []
for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"), (socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
    l = socket.socket(family); l.setsockopt(1, 2, 1); l.bind((host, 0)); l.listen(7)
    threading.Thread(target=lambda: (lambda c: (c.sendall(c.recv(9)), c.close()))(l.accept()[0])).start()
    c = socket.create_connection((host, l.getsockname()[1])); c.sendall(b"echo"); out.append(c.recv(9).decode())
l = socket.socket(); l.listen(); port = l.getsockname()[1]
out.append(attempt(("127.0.0.1", port)))
for address in ("10.99.0.254", 0), ("127.0.0.1", 80):
    try: socket.socket().bind(address)
    except OSError as e: out.append(errno.errorcode[e.errno])
b = socket.socket(); b.bind(("0.0.0.0", 0)); b.settimeout(100)
socket.getaddrinfo("a.test", 8080); b.connect(("10.99.0.1", 8080)); out.append("moved")
print(*out)
open("port", "w").write(str(port)); os.system("cat port >&2")'
	printed_is "echo echo echo echo connected EADDRNOTAVAIL EACCES moved"
	! in_host ss -Hltn | grep -q ":$(cat port) "
}

# bats test_tags=not-landlock
@test "the host's network is nowhere to be seen" {
	needs_jail
	net 10.99.0.77
	py 'import threading, time
s = socket.socket(); threading.Thread(target=lambda: s.connect(("10.99.0.77", 80)), daemon=True).start()
seen = set()
for i in range(1, 40):
    for where in ("/proc/%d/net/tcp", "/proc/%d/task/%d/net/tcp", "/proc/%d/net/dev", "/proc/%d/net/unix"):
        try: seen.add(open(where % ((i,) * where.count("%"))).read().count("v0"))
        except OSError: pass
print(seen, [l.split(":")[0].strip() for l in open("/proc/net/dev").readlines()[2:]], os.path.exists("/proc/1/ns/net"))
sys.stdout.flush(); os._exit(0)'
	printed_is "{0} ['lo'] False"
	# SIOCGIFCONF, SIOCGIFHWADDR, SIOCGIWNAME, SIOCGIWAP, SIOCGIWESSID: not
	# even whether there is such an interface.
	py 'import fcntl
s = socket.socket()
for request in 0x8912, 0x8927, 0x8B01, 0x8B15, 0x8B1B:
    try: fcntl.ioctl(s, request, b"v0" + bytes(62))
    except OSError as e: print(errno.errorcode[e.errno])'
	printed_is $'ENOTTY\nENOTTY\nENOTTY\nENOTTY\nENOTTY'
}

@test "a connect that waits holds nobody up, and ends with its caller" {
	needs_jail
	net 10.99.0.77 a.test
	py 'import signal, time
pids = []
for i in range(20):
    pid = os.fork()
    if pid == 0:
        s = socket.socket(); s.connect(("10.99.0.77", 80)); os._exit(0)
    pids.append(pid)
s = socket.socket(); s.setblocking(False)
print(errno.errorcode[s.connect_ex(("10.99.0.77", 80))], errno.errorcode[s.connect_ex(("10.99.0.77", 80))])
t = socket.socket(); t.settimeout(0.05)
try: t.connect(("10.99.0.77", 80))
except TimeoutError: print("timeout")
t = socket.socket(); import struct; t.setsockopt(1, 21, struct.pack("ll", 0, 50000))
try: t.connect(("10.99.0.77", 80))
except BlockingIOError: print("sndtimeo")
print(attempt(("a.test", 8080)))
for p in pids: os.kill(p, 9); os.waitpid(p, 0)
print("gone")'
	printed_is $'EINPROGRESS EALREADY\ntimeout\nsndtimeo\nconnected\ngone'
}

@test "the address that was checked is the one dialled: threads that change it" {
	needs_jail
	net 10.99.0.1:8080
	: >"$BATS_FILE_TMPDIR/peers"
	py 'import ctypes, threading, struct
libc = ctypes.CDLL(None, use_errno=True)
good = struct.pack("!HH4s8x", 0x0200, 8080, bytes([10, 99, 0, 1])); bad = struct.pack("!HH4s8x", 0x0200, 8081, bytes([10, 99, 0, 1]))
buffer = ctypes.create_string_buffer(good, 16); stop = False
def flip():
    while not stop:
        ctypes.memmove(buffer, bad, 16); ctypes.memmove(buffer, good, 16)
def swap():
    while not stop: os.dup2(spare.fileno(), s.fileno())
spare = socket.socket(); s = socket.socket()
threads = [threading.Thread(target=flip), threading.Thread(target=swap)]
for t in threads: t.start()
made = set()
for i in range(1500):
    s = socket.socket()
    if libc.connect(s.fileno(), buffer, 16) == 0:
        try: made.add(s.getpeername()[1])
        except OSError: pass
    s.close()
stop = True
for t in threads: t.join()
print(made - {8080}, len(made))'
	[[ $printed == "set() "* ]] || fail "got '$printed'"
	! grep -q "^8081" "$BATS_FILE_TMPDIR/peers"
}

@test "what was done to a socket before connect lasts: options, epoll, dup, fork" {
	needs_jail
	net a.test
	py 'import select
a = socket.getaddrinfo("a.test", 8081, type=socket.SOCK_STREAM)[0][4]
s = socket.socket(); s.setsockopt(6, 1, 1); s.setsockopt(1, 9, 1); s.settimeout(100)
s.setblocking(False)
e = select.epoll(); e.register(s.fileno(), select.EPOLLIN | select.EPOLLOUT | select.EPOLLET); e.poll(0)
d = os.dup(s.fileno())
r = s.connect_ex(a); ready = False
while not ready:
    ready = any(ev & select.EPOLLOUT and not ev & select.EPOLLHUP for _, ev in e.poll(100))
print(r in (0, errno.EINPROGRESS), s.getsockopt(1, 4), s.getsockopt(6, 1), s.getsockopt(1, 9), s.getpeername() == a, s.getsockname()[0])
if os.fork() == 0:
    os.write(d, b"from a child"); os._exit(0)
os.wait()
while not any(ev & select.EPOLLIN for _, ev in e.poll(100)): pass
print(s.recv(99).decode())
s.setblocking(True); s.shutdown(socket.SHUT_WR); print(s.recv(9))
try: s.connect(a)
except OSError as x: print(errno.errorcode[x.errno])
if Names.hosted: sys.exit()
l = socket.socket(); l.setsockopt(6, 9, 3); l.setsockopt(1, 8, 50000); l.setblocking(False); l.set_inheritable(True); l.bind(("127.0.0.1", 0)); l.listen()
print(l.getsockopt(6, 9) > 0, l.getsockopt(1, 8), os.get_inheritable(l.fileno()), os.get_blocking(l.fileno()))'
	printed_is "True 0 1 1 True 10.99.0.254
from a child
b''
EISCONN$([ "$PJ_TEST_STRATEGY" = landlock ] || printf '\nTrue 100000 True False')"
}

@test "64 MiB each way, byte for byte, and half a close" {
	needs_jail
	net a.test
	py 'import threading, hashlib, random
s = socket.create_connection(("a.test", 8081)); data = random.Random(1).randbytes(64 << 20)
def send(): s.sendall(data); s.shutdown(socket.SHUT_WR)
t = threading.Thread(target=send); t.start()
h = hashlib.sha256(); n = 0
while b := s.recv(1 << 20): h.update(b); n += len(b)
t.join(); print(n, h.digest() == hashlib.sha256(data).digest())'
	printed_is "67108864 True"
}

@test "a thousand connections at once" {
	needs_jail
	net a.test
	policy '"network": { "mode": "filtered", "allow": ["a.test"] }' '"limits": { "wall_time": "300s", "open_files": 4096 }'
	py 'import asyncio
async def one(i):
    r, w = await asyncio.open_connection("10.99.0.1", 8081); w.write(b"%d" % i); w.write_eof(); got = await r.read(); ok = got == b"%d" % i; ok or print(i, got, file=sys.stderr); return w, ok
async def main():
    socket.getaddrinfo("a.test", 80); out = await asyncio.gather(*(one(i) for i in range(1000))); print(sum(ok for _, ok in out))
asyncio.run(main())'
	printed_is 1000
}

@test "short lifetimes, many addresses, a server that is down" {
	needs_jail
	net short.test many.test a.test
	py 'print(attempt(("short.test", 8080)), len({i[4] for i in socket.getaddrinfo("many.test", 80, socket.AF_INET)}) >= 20); print(attempt(("short.test", 8080)))'
	printed_is $'connected True\nconnected'
	names_stop
	py 'print(attempt(("a.test", 8080)), attempt(("b.test", 8080)))'
	names_start
	printed_is "EAI -3 EAI -2"
}

# ask(NAME, TYPE) makes a query; code(REPLY) and count(REPLY) read one.
ASK='import struct
def query(name, kind=1, id=7): return struct.pack(">6H", id, 0x100, 1, 0, 0, 0) + b"".join(bytes([len(l)]) + l.encode() for l in name.split(".")) + b"\0" + struct.pack(">2H", kind, 1)
def framed(q): return struct.pack(">H", len(q)) + q
def code(r): return r[3] & 15
def count(r): return struct.unpack(">H", r[6:8])[0]
def read(s):
    def exactly(n):
        b = b""
        while len(b) < n:
            more = s.recv(n - len(b))
            if not more: return b
            b += more
        return b
    head = exactly(2)
    return exactly(struct.unpack(">H", head)[0]) if len(head) == 2 else None
def stream():
    s = socket.create_connection(("127.0.0.1", 53), 100); return s
'

@test "DNS on a connection: as by datagram, in pieces, several at once, and nobody is held up" {
	needs_jail
	net a.test six.test
	py "$ASK"'
s = stream(); s.sendall(framed(query("a.test"))); r = read(s); print(code(r), count(r), r[-4:] == bytes([10, 99, 0, 1]))
for b in framed(query("b.test", id=9)): s.send(bytes([b]))
r = read(s); print(code(r), struct.unpack(">H", r[:2])[0])
s.sendall(framed(query("six.test", 28, 1)) + framed(query("six.test", 1, 2)) + framed(query("a.test", 16, 3)) + framed(query("a.test", 65, 4)) + framed(query("a.test", 1, 5)))
print(sorted((struct.unpack(">H", r[:2])[0], code(r), count(r)) for r in (read(s) for _ in range(5))))
print(attempt(("a.test", 8080)), attempt(("six.test", 8080)))
silent = [stream() for _ in range(20)]; [x.send(b"\0") for x in silent[:10]]
t = stream(); t.sendall(framed(query("a.test"))); print(code(read(t)))
t.sendall(b"\xff\xff" + bytes(600))
try: print(read(t))
except ConnectionResetError: print(None)
u = stream(); u.sendall(framed(b"") + framed(b"junk") + framed(query("a.test"))); u.shutdown(socket.SHUT_WR); print(count(read(u)))
for i in range(30):
    v = stream(); v.sendall(framed(query("a.test")) * 30); v.setsockopt(1, 13, struct.pack("ii", 1, 0)); v.close()
print(attempt(("a.test", 8080)))'
	printed_is "0 1 True
3 9
[(1, 0, 1), (2, 0, 0), (3, 5, 0), (4, 0, 0), (5, 0, 1)]
connected connected
0
None
1
connected"
}

@test "few descriptors are enough for names" {
	needs_jail
	net a.test
	ulimit -n 64
	py 'print(attempt(("a.test", 8080)), attempt(("b.test", 8080)))'
	printed_is "connected EAI -2"
}

@test "silent connections that take all the broker's descriptors are let go again" {
	needs_jail
	net a.test
	ulimit -n 64
	py "$ASK"'
def answered():
    try: s = stream()
    except OSError as e: return errno.errorcode[e.errno]
    s.sendall(framed(query("a.test"))); return code(read(s))
def fill(held=[], after=lambda: None):
    child = os.fork()
    if child: return os.waitpid(child, 0)[1]
    for s in held: s.close()
    silent = []
    try:
        for _ in range(50): silent.append(stream())
    except OSError as e: print(errno.errorcode[e.errno], flush=True)
    after(silent); os._exit(0)
fill(after=lambda held: fill(held, lambda _: None))
while (got := answered()) == "EMFILE": pass
print(got, attempt(("a.test", 8080)))'
	printed_is $'EMFILE\n0 connected'
}

@test "aliases of aliases, more addresses than a datagram holds, IPv6 alone" {
	needs_jail
	net link1.test deep1.test huge.test six.test both.test
	py 'print(attempt(("link1.test", 8080)), attempt(("deep1.test", 8080)), attempt(("10.99.0.1", 8080)))
print(len({i[4][0] for i in socket.getaddrinfo("huge.test", 80, type=1)}) >= 10)
print([i[4][0] for i in socket.getaddrinfo("six.test", 80, type=1)], attempt(("six.test", 8080)), sorted(i[4][0] for i in socket.getaddrinfo("both.test", 80, type=1)))'
	printed_is "connected EAI -5 connected
True
['fd99::1'] connected ['10.99.0.1', 'fd99::1']"
	# The denied one in the middle.
	net link1.test '!link3.test'
	py 'print(attempt(("link1.test", 8080)), attempt(("10.99.0.1", 8080)))'
	printed_is "EAI -2 EACCES"
}

@test "a name that is turned elsewhere: not to this host, and to no other port" {
	needs_jail
	names_stop
	names_start --host-record=turn.test,10.99.0.1,1
	net turn.test:8080
	(py 'print(attempt(("turn.test", 8080)), flush=True); open("once", "w").write("x")
while not os.path.exists("turned"): time.sleep(0.01)
while attempt(("turn.test", 8080)) == "connected": time.sleep(0.05)
print(attempt(("turn.test", 8080)), attempt(("10.99.0.254", 8080)), attempt(("127.0.0.1", 8080)), attempt(("10.99.0.1", 8080)), attempt(("10.99.0.1", 8081)))'; echo "$output" >out) 3>&- &
	JAIL=$!
	wait_for_file once
	names_stop
	names_start --host-record=turn.test,10.99.0.254,1 --host-record=turn.test,127.0.0.1,1
	echo x >turned
	wait "$JAIL"
	names_stop
	names_start
	printed=$(jq -r .stdout out)
	printed_is "connected
EAI -2 EACCES $NOTHING connected EACCES"
}

@test "a server that does not answer: the next one is asked, and nobody waits for it" {
	needs_jail
	net a.test hole.test
	printf "nameserver 10.99.0.77\nnameserver 10.99.0.1\n" >"$BATS_FILE_TMPDIR/resolv.conf"
	py 'resolve_once(); print(attempt(("a.test", 8080)))'
	first=$printed
	echo "nameserver 10.99.0.77" >"$BATS_FILE_TMPDIR/resolv.conf"
	# One that waited for the name would be answered after it, each time.
	py "$ASK"'
l = Names.hosted or socket.create_server(("127.0.0.1", 0)); codes = set()
for i in range(10):
    waits = Names(); waits.send(query("a.test")); s = Names()
    for j in range(50): codes.add(code(s.ask(query("b.test"))))
    codes.add("connected" if Names.hosted else attempt(l.getsockname())); waits.s.setblocking(False)
    try: waits.s.recv(1, socket.MSG_PEEK); continue
    except BlockingIOError: print("not held up")
    waits.s.settimeout(60); print(code(waits.receive())); break
print(codes == {3, "connected"}); resolve_once(); print(attempt(("a.test", 8080)))'
	echo "nameserver 10.99.0.1" >"$BATS_FILE_TMPDIR/resolv.conf"
	[ "$first" = connected ] || fail "$first"
	printed_is "not held up
2
True
EAI -3"
}

@test "an answer that was cut is asked for again on a connection" {
	needs_jail
	net whole.test never.test wrong.test
	in_machine /usr/bin/python3 -c '
import os, socket, threading
def name(q): return q[13:13 + q[12]].decode()
def seen(how, q): os.write(1, b"%s %s %d\n" % (how.encode(), name(q).encode(), q[-14]))
def answer(q, cut):
    n = 0 if cut else 300
    a = bytes([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 99, 0, 1])
    ident = bytes(2) if name(q) == "wrong" and not cut else q[:2]
    return ident + (b"\x83\x80" if cut else b"\x81\x80") + b"\0\1" + n.to_bytes(2, "big") + bytes(4) + q[12:q.index(b"\4test\0") + 10] + a * n
def serve(c):
    q = c.recv(999); seen("stream", q[2:])
    if name(q[2:]) != "never":
        r = answer(q[2:], False); r = len(r).to_bytes(2, "big") + r; c.sendall(r[:1]); c.sendall(r[1:700]); c.sendall(r[700:])
    c.close()
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(("10.99.0.2", 53)); t = socket.create_server(("10.99.0.2", 53))
def streams():
    while True: threading.Thread(target=serve, args=(t.accept()[0],)).start()
threading.Thread(target=streams, daemon=True).start(); print(os.getpid(), flush=True)
while True: q, a = u.recvfrom(999); seen("datagram", q); u.sendto(answer(q, True), a)' >cutting 3>&- &
	wait_for_file cutting
	SERVER=$(head -n 1 cutting)
	echo "nameserver 10.99.0.2" >"$BATS_FILE_TMPDIR/resolv.conf"
	# In less than 1.2 s no try was given up for its time.
	py 'resolve_once(); lookups = 0
def bad(name):
    global lookups; lookups += 1; return attempt((name, 8080))
print(attempt(("whole.test", 8080)), sooner(1.2, lambda: bad("wrong.test"))); lookups = 0
print(sooner(1.2, lambda: bad("never.test"))); print(lookups, file=open("lookups", "w"))'
	echo "nameserver 10.99.0.1" >"$BATS_FILE_TMPDIR/resolv.conf"
	kill "$SERVER"
	printed_is "connected EAI -3
EAI -3"
	grep -q "stream whole 1" cutting || fail "$(cat cutting)"
	[ "$(grep -c "datagram never 1" cutting)" -le $((4 * $(cat lookups))) ] || fail "$(cat cutting)"
	for _ in 1 2 3 4; do printf '%s never 1\n' datagram stream; done | diff - <(grep "never 1" cutting | tail -n 8)
}

@test "floods of names: refused ones stay here and are counted, long ones cost more" {
	needs_jail
	net '*.b.test'
	py "$ASK"'
s = Names()
def ask(name): return code(s.ask(query(name)))
print({ask("%d.evil.test" % i) for i in range(500)}); start = time.monotonic()
long = [ask("%03d" % i + "a" * 60 + "." + "b" * 63 + "." + "c" * 63 + "." + "d" * 40 + ".b.test") for i in range(60)]
# Each counts as twelve.
print(10 < long.count(3) <= (256 + 32 * (time.monotonic() - start)) / 12 + 1, long.count(3) + long.count(5), ask("e" * 64 + ".b.test"), ask(".".join(["f" * 60] * 4 + ["gggg.b.test"])))'
	printed_is "{3}
True 60 1 1"
	json '.refused | length' 64
	[ "$(jq .refused_more <<<"$output")" -ge 436 ] || fail "not all of them are counted"
	! grep -q evil "$BATS_FILE_TMPDIR/names.log"
}
