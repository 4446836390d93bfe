# SPDX-License-Identifier: Apache-2.0
# The filtered network by strategy landlock, where the program stands in the
# host's network: what it has no namespace for is out of reach all the same.
# What it has in common with the others, network.bats tries for both.
PJ_TEST_STRATEGY=landlock
load helper
load world

teardown() {
	[ ! -s server ] || kill "$(cat server)" 2>/dev/null || :
}

WHAT='import struct, ctypes, threading, time
def what(f, *a):
    try: return f(*a)
    except OSError as e: return errno.errorcode[e.errno]
'

@test "UDP: told and refused at once, by whatever call; none is sent, none is received, no group is joined" {
	needs_jail
	net both.test:443 '10.99.0.0/16' '[fd99::/64]'
	py "$WHAT"'
for f, h in (2, "10.99.0.1"), (10, "fd99::1"):
    def new(): return socket.socket(f, 2)
    u = new(); to = (h, 9999)
    print(what(u.sendto, b"x", to), what(u.connect, to), what(u.sendmsg, [b"x"], [], 0, to), what(u.sendmsg, [b"x" * 40000], [], 0, to), what(u.sendmsg, [b"x"], [], 0x8000, to), what(u.send, b"x"))
    print(what(u.setsockopt, 1, 44, 0), what(u.setsockopt, 1, 27, 0), what(u.setsockopt, 1, 26, bytes(16)), what(u.setsockopt, 17, 1, 1), what(u.setsockopt, 17, 103, 100), what(u.setsockopt, 17, 100, 2))
    print(what(u.bind, ("", 0)), what(u.bind, (h, 53)), what(u.listen), what(u.shutdown, 1), what(u.sendmsg, [b"x"], [], 0, to))
u = socket.socket(2, 2)
print(what(u.setsockopt, 0, 35, socket.inet_aton("239.1.2.3") + bytes(4)), what(u.setsockopt, 0, 42, bytes(136)), what(socket.socket(10, 2).setsockopt, 41, 20, bytes(20)))
libc = ctypes.CDLL(None, use_errno=True)
print(libc.connect(u.fileno(), bytes(16), 16), what(u.sendmsg, [b"x"], [], 0, ("10.99.0.1", 9999)))
# Where no filter looks: an address whose lower half is zero.
mmap = libc.mmap; mmap.restype = ctypes.c_void_p; mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
at = mmap(7 << 32, 4096, 3, 0x100022, -1, 0); ctypes.memmove(at, struct.pack("!HH4s8x", 0x0200, 9999, bytes([10, 99, 0, 1])), 16)
print(hex(at), libc.sendto(u.fileno(), b"x", 1, 0, ctypes.c_void_p(at), 16), errno.errorcode[ctypes.get_errno()])'
	printed_is "ENETUNREACH ENETUNREACH EPIPE EPIPE EPIPE EDESTADDRREQ
EPERM EPERM EPERM ENOPROTOOPT ENOPROTOOPT ENOPROTOOPT
EACCES EACCES ENOTSUP ENOTCONN EPIPE
ENETUNREACH ENETUNREACH EPIPE EPIPE EPIPE EDESTADDRREQ
EPERM EPERM EPERM ENOPROTOOPT ENOPROTOOPT ENOPROTOOPT
EACCES EACCES ENOTSUP ENOTCONN EPIPE
ENODEV ENOPROTOOPT ENODEV
0 EPIPE
0x700000000 -1 EPIPE"
	! grep -q 9999 "$BATS_FILE_TMPDIR/peers"
	json '.refused | map([.host, .port, .protocol])' \
		'[["10.99.0.1",9999,"udp"],["0.0.0.0",null,"udp"],["10.99.0.1",53,"udp"],["fd99::1",9999,"udp"],["::",null,"udp"],["fd99::1",53,"udp"]]'
	json '.refused[0].message' 'UDP to 10.99.0.1:9999: only TCP leaves a filtered network, and no rule allows UDP'
	json '.refused[1].message' 'binding UDP to 0.0.0.0: without a network of its own the jail has no UDP; names are looked up by TCP (use-vc in resolv.conf)'
}

@test "datagrams of the host do not reach a socket of the jail that has a port" {
	needs_jail
	net a.test
	(py "$WHAT"'
u = socket.socket(2, 2); u.setblocking(False); what(u.sendmsg, [b"x"], [], 0, ("10.99.0.1", 9)); print(u.getsockname()[1])
open("port.new", "w").write(str(u.getsockname()[1])); os.rename("port.new", "port")
while not os.path.exists("sent"): time.sleep(0.01)
print(what(u.recv, 9))'; echo "$output" >out) 3>&- &
	JAIL=$!
	wait_for_file port
	in_host /usr/bin/python3 -c 'import socket, sys
s = socket.socket(2, 2); [s.sendto(b"in", ("127.0.0.1", int(sys.argv[1]))) for _ in range(9)]; open("sent", "w").write("x")' "$(cat port)"
	wait "$JAIL"
	printed=$(jq -r .stdout out)
	printed_is "$(cat port)
EAGAIN"
}

@test "raw, packet, netlink and the like are not to be had" {
	needs_jail
	net a.test 10.99.0.0/16
	py "$WHAT"'
for f, t, p in ((2, 3, 1), (2, 3, 17), (10, 3, 58), (2, 2, 1), (10, 2, 58), (17, 3, 0), (40, 1, 0), (16, 3, 0), (16, 2, 4), (16, 3, 12), (2, 1, 132), (2, 1, 262), (2, 1, 17), (2, 5, 0), (38, 5, 0), (43, 1, 0)): print(what(socket.socket, f, t, p))' 
	printed_is "EPERM
EPERM
EPERM
EPROTONOSUPPORT
EPROTONOSUPPORT
EAFNOSUPPORT
EAFNOSUPPORT
EAFNOSUPPORT
EAFNOSUPPORT
EAFNOSUPPORT
EPROTONOSUPPORT
EPROTONOSUPPORT
EPROTONOSUPPORT
EPERM
EAFNOSUPPORT
EAFNOSUPPORT"
}

@test "nothing is bound or listens, and is told, but for a port that the policy publishes" {
	needs_jail
	net a.test:8080
	in_host ss -Hltun | awk '{ print $1 " " $5 }' | sort >before
	py "$WHAT"'
def new(f=2): return socket.socket(f)
print(what(new().bind, ("127.0.0.1", 8000)), what(new().bind, ("0.0.0.0", 8000)), what(new().bind, ("10.99.0.254", 0)), what(new().bind, ("127.0.0.1", 0)), what(new(10).bind, ("::1", 8000)), what(new(10).bind, ("::", 8000)))
b = new(); print(what(b.bind, ("0.0.0.0", 0)), what(b.bind, ("0.0.0.0", 0)), what(b.listen), what(new().listen), what(new(10).listen))
libc = ctypes.CDLL(None, use_errno=True)
n = new(); print([libc.bind(n.fileno(), raw, len(raw)) and errno.errorcode[ctypes.get_errno()] for raw in (b"\2", bytes(16), struct.pack("H26x", 10), bytes(200))])
# Bound where the kernel chooses, a client works.
socket.getaddrinfo("a.test", 8080); b.settimeout(10); print(what(b.connect, ("10.99.0.1", 8080)))
# One that was joined is no listener either.
b.shutdown(2); b.close(); s = socket.create_connection(("10.99.0.1", 8080), 10); s.shutdown(2)
while s.recv(99): pass
print({what(s.listen), what(s.bind, ("127.0.0.1", 8000))} <= {"EACCES", "EINVAL"})
sys.stdout.flush(); keep = [socket.socket() for _ in range(9)]; [what(k.bind, ("0.0.0.0", 0)) or what(k.listen) for k in keep]; open("up", "w").write("x")'
	printed_is "EACCES EACCES EACCES EACCES EACCES EACCES
None EINVAL EACCES EACCES EACCES
['EINVAL', 'EAFNOSUPPORT', 'EAFNOSUPPORT', 'EINVAL']
None
True"
	json '.refused[0] | [.host, .port, .protocol, .message]' '["127.0.0.1",8000,"tcp","binding TCP to 127.0.0.1:8000: without a network of its own the jail listens where network.listen says, on the host'"'"'s loopback, and nowhere else"]'
	in_host ss -Hltun | awk '{ print $1 " " $5 }' | sort | diff before -
}

@test "this host's loopback is out of reach but for what a rule names; names are never those of its own server" {
	needs_jail
	in_host /usr/bin/python3 -c 'import os, socket, signal
l = [socket.create_server(a) for a in (("127.0.0.1", 0), ("127.0.0.53", 53), ("127.0.0.1", 53))]
open("port.new", "w").write("%d %d\n" % (l[0].getsockname()[1], os.getpid())); os.rename("port.new", "port"); signal.pause()' 3>&- &
	wait_for_file port
	read -r port server <port
	echo "$server" >server
	net '*' 0.0.0.0/0 ::/0
	py "print(attempt(('127.0.0.1', $port)), attempt(('localhost', $port)), attempt(('0.0.0.0', $port)), attempt(('::', $port)), attempt(('::ffff:127.0.0.1', $port)), attempt(('127.0.0.53', 53)), attempt(('10.99.0.254', $port)))"
	refused=$printed
	net "127.0.0.1:$port" 127.0.0.1:53
	py "print(attempt(('127.0.0.1', $port)), attempt(('127.0.0.53', 53)))
s = Names(); print(s.ask(b'\0\7\1\0\0\1' + bytes(6) + b'\1a\4test\0\0\1\0\1')[3] & 15)"
	kill "$server"
	[ "$refused" = "EACCES EACCES EACCES EACCES EACCES EACCES EACCES" ] || fail "$refused"
	printed_is "connected EACCES
3"
}

@test "nobody else on the host gets to ask the jail's names: there is nothing to connect to" {
	needs_jail
	net '*.test'
	(py "$WHAT"'
s = [socket.create_connection((h, 53)) for h in ("127.0.0.1", "::ffff:127.0.0.1")]
print([x.getpeername()[0] for x in s]); n = Names()
open("up", "w").write("x")
while not os.path.exists("tried"): n.ask(b"\0\7\1\0\0\1" + bytes(6) + b"\1a\4test\0\0\1\0\1")
print(attempt(("a.test", 8080)))'; echo "$output" >out) 3>&- &
	JAIL=$!
	wait_for_file up
	# Whatever listens, for however short: all who come first are strangers.
	in_host ss -Hltun | awk '{ print $5 }' >listeners
	in_host /usr/bin/python3 -c 'import socket, time, os, threading
got = []; end = time.monotonic() + 3
def storm(first):
    while time.monotonic() < end:
        for p in range(first, 61000, 4):
            s = socket.socket(); s.settimeout(1); s.setsockopt(1, 13, b"\1\0\0\0" + bytes(4))
            if s.connect_ex(("127.0.0.1", p)) == 0 and s.getsockname() != s.getpeername():
                try: s.sendall(b"\0\x17\0\7\1\0\0\1" + bytes(6) + b"\1a\4test\0\0\1\0\1"); got.append(s.recv(99))
                except OSError: pass
            s.close()
threads = [threading.Thread(target=storm, args=(32768 + i,)) for i in range(4)]
for t in threads: t.start()
for t in threads: t.join()
print(sum(1 for g in got if g)); open("tried", "w").write("x")' >answers
	wait "$JAIL"
	[ "$(cat answers)" = 0 ] || fail "$(cat answers) answers"
	[ -z "$(grep -v ':8080\|:8081' listeners)" ] || fail "$(cat listeners)"
	printed=$(jq -r .stdout out)
	printed_is "['127.0.0.1', '::ffff:127.0.0.1']
connected"
}

@test "the resolver's file is ours, by whatever name, and nobody writes it" {
	needs_jail
	net a.test
	py "$WHAT"'
text = "nameserver 127.0.0.1\noptions use-vc\n"
os.symlink("/etc/resolv.conf", "link")
d = os.open("/etc", os.O_RDONLY)
for p, at in (("/etc/resolv.conf", None), (os.path.realpath("/etc/resolv.conf"), None), ("link", None), ("/etc/../etc//resolv.conf", None), ("resolv.conf", d)):
    f = os.open(p, os.O_RDONLY, dir_fd=at); print(os.read(f, 999).decode() == text, what(os.write, f, b"nameserver 10.99.0.1\n"), what(os.ftruncate, f, 0), what(os.chmod, f, 0o777))
    g = what(os.open, "/proc/self/fd/%d" % f, os.O_RDWR); print(what(os.write, g, b"x")); os.close(g)
print(what(os.open, "/etc/resolv.conf", os.O_WRONLY), what(os.open, "/etc/resolv.conf", os.O_RDWR), what(os.open, "/etc/resolv.conf", os.O_DIRECTORY), what(os.open, "/etc/resolv.conf/", 0))
print(open("/etc/resolv.conf").read() == text, what(os.execve, f, ["x"], {}))'
	printed_is "$(for _ in 1 2 3 4 5; do printf 'True EBADF EINVAL None\n%s\n' EPERM; done)
EROFS EROFS ENOTDIR ENOTDIR
True ENOEXEC"
}

@test "the host's network is nowhere to be seen" {
	needs_jail
	net 10.99.0.77
	py "$WHAT"'
import fcntl
me, s = os.getpid(), socket.socket()
for where in "/proc/net", "/proc/self/net", "/proc/thread-self/net", "/proc/%d/net" % me, "/proc/%d/task/%d/net" % (me, me), "/proc/1/net", "/proc/%d/net" % os.getppid():
    print(*(what(os.open, where + f, 0) for f in ("", "/tcp", "/dev", "/unix", "/route")))
d = os.open("/proc/%d/task/%d" % (me, me), os.O_RDONLY); print(what(lambda: os.open("net/tcp", 0, dir_fd=d)), what(lambda: os.open("net/../net/dev", 0, dir_fd=d)))
print(*(what(fcntl.ioctl, s, request, b"v0" + bytes(62)) for request in (0x8912, 0x8927, 0x8915, 0x8B01, 0x8B1B)), what(socket.if_nameindex))'
	printed_is "$(for _ in 1 2 3 4 5 6 7; do echo "EACCES EACCES EACCES EACCES EACCES"; done)
EACCES EACCES
ENOTTY ENOTTY ENOTTY ENOTTY ENOTTY EAFNOSUPPORT"
}

@test "threads that change address, socket and options meanwhile: what was judged is what is done" {
	needs_jail
	net 10.99.0.1:8080
	: >"$BATS_FILE_TMPDIR/peers"
	py "$WHAT"'
libc = ctypes.CDLL(None, use_errno=True)
def address(ip, port): return struct.pack("!HH4s8x", 0x0200, port, bytes(ip))
kinds = [address([10, 99, 0, 1], 8080), address([10, 99, 0, 1], 8081), address([127, 0, 0, 1], 53), address([127, 0, 0, 1], 8000), address([0, 0, 0, 0], 0), bytes(16)]
buffer = ctypes.create_string_buffer(kinds[0], 16); stop = False
def flip():
    while not stop:
        for k in kinds: ctypes.memmove(buffer, k, 16)
def swap():
    while not stop: os.dup2(spare.fileno(), s.fileno()); os.dup2(datagrams.fileno(), s.fileno())
def toggle():
    while not stop: spare.setblocking(False); spare.setblocking(True)
spare, s, datagrams = socket.socket(), socket.socket(), socket.socket(2, 2)
threads = [threading.Thread(target=f) for f in (flip, swap, toggle)]
for t in threads: t.start()
made = set()
for i in range(1500):
    s = socket.socket()
    if i % 3 == 0: libc.bind(s.fileno(), buffer, 16); libc.listen(s.fileno(), 1)
    elif libc.connect(s.fileno(), buffer, 16) == 0:
        try: made.add(s.getpeername()[1])
        except OSError: pass
    s.close()
stop = True
for t in threads: t.join()
print(8081 in made, 8000 in made)' 
	printed_is "False False"
	! grep -q "^8081" "$BATS_FILE_TMPDIR/peers"
}

@test "many lookups at once, and connections to names that stay open" {
	needs_jail
	net '*.test'
	py "$WHAT"'
keep = [Names() for _ in range(100)]
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(40) as pool: print(set(pool.map(lambda i: attempt(("a.test", 8080)), range(400))))
print(Names().ask(b"\0\7\1\0\0\1" + bytes(6) + b"\1a\4test\0\0\1\0\1")[3] & 15)
for _ in range(5000): Names().s.close()'
	printed_is "{'connected'}
0"
	# None of it stays with the host, where both ends close at once neither.
	[ -z "$(in_host ss -Htan src 127.0.0.1)" ] || fail "$(in_host ss -Htan src 127.0.0.1)"
}

@test "names are answered where the loopback's packets come late" {
	needs_jail
	in_host tc qdisc add dev lo root tbf rate 64kbit burst 200 latency 9s || skip "no tbf in this kernel"
	net a.test
	py 'print({Names().ask(b"\0\7\1\0\0\1" + bytes(6) + b"\1a\4test\0\0\1\0\1")[3] & 15 for _ in range(9)})'
	in_host tc qdisc del dev lo root
	printed_is "{0}"
}

@test "the broker's death closes the network" {
	needs_jail
	net a.test
	in_host "$PROCJAIL" run -p "$BATS_TEST_TMPDIR/p.json" --strategy landlock -- /usr/bin/python3 -c '
import os, socket, signal, errno, time
socket.getaddrinfo("a.test", 8080)
if os.fork() == 0:
    # Whoever outlives it for a moment: everything that would act by an address fails.
    signal.signal(signal.SIGTERM, signal.SIG_IGN); s = [socket.socket() for _ in range(9)]; u = socket.socket(2, 2)
    open("up", "w").write("x")
    while not os.path.exists("killed"): time.sleep(0.01)
    out = []
    for f in (lambda: s[0].connect(("10.99.0.1", 8080)), lambda: s[1].connect(("127.0.0.1", 53)), lambda: s[2].bind(("", 0)), lambda: s[3].listen(), lambda: u.connect(("10.99.0.1", 9)), lambda: socket.socket(), lambda: u.sendmsg([b"x"], [], 0, ("10.99.0.1", 9))):
        try: f(); out.append("done")
        except OSError as e: out.append(errno.errorcode[e.errno])
    os.write(1, " ".join(out).encode())
    os._exit(0)
open("init", "w").write("%d\n" % os.getppid()); signal.pause()' 3>&- </dev/null >printed 2>error &
	local jail=$! result=0
	wait_for_file up
	wait_for_file init
	[ "$(cat "/proc/$(cat init)/comm")" = procjail-init ] || fail "no init"
	kill -KILL "$(cat init)"
	: >killed
	wait "$jail" || result=$?
	[ "$result" -ne 0 ] || fail "status 0"
	[ ! -s printed ] || [ "$(cat printed)" = "ENOSYS ENOSYS ENOSYS ENOSYS ENOSYS ENOSYS EPIPE" ] || fail "$(cat printed)"
}

@test "what cannot be held is refused by name" {
	needs_jail
	policy '"network": { "mode": "loopback" }'
	jail /bin/true
	says containment-unavailable "network: strategy landlock has no network of its own"
	policy '"network": { "mode": "filtered", "allow": ["a.test"] }, "syscalls": { "profile": "none" }'
	jail /bin/true
	says containment-unavailable 'network: mode "filtered" needs the system call filter'
}
