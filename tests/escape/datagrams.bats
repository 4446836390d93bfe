# SPDX-License-Identifier: Apache-2.0
# Path sockets of datagrams: each message may name its receiver.
load helper

teardown() {
	local pid
	for pid in $SERVERS; do
		kill "$pid" 2>/dev/null || :
	done
}

# datagrams NAME: a server that notes each datagram of path socket ../run/NAME,
# with a descriptor's content that came along, and answers who has a name.
datagrams() {
	mkdir -p ../run
	python3 - "$PWD/../run/$1" >"../run/$1.log" 2>&1 <<-'PYTHON' 3>&- &
	import array, os, socket, sys
	s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
	s.bind(os.path.realpath(sys.argv[1])); print("ready", flush=True)
	while True:
	    data, more, _, who = s.recvmsg(300000, 4096)
	    print(len(data) if len(data) > 99 else data.decode(), *(os.read(fd, 99).decode() for _, t, b in more for fd in array.array("i", b)), flush=True)
	    if data == b"wait":
	        s.recv(0, socket.MSG_PEEK); open(sys.argv[1] + ".waiting", "w").close()
	        while not os.path.exists("go"): pass
	    if who: s.sendto(b"answer to " + data, who)
	PYTHON
	SERVERS="$SERVERS $!"
	for _ in $(seq 6000); do
		[ ! -s "../run/$1.log" ] || break
		read -r -t 0.01 <> <(:) || :
	done
	RUN=$(cd ../run && pwd -P)
}

# logs TEXT: the server of "granted" has got it, or gets it soon.
logs() {
	for _ in $(seq 6000); do
		! grep -q "$1" ../run/granted.log || return 0
		read -r -t 0.01 <> <(:) || :
	done
	fail "$(cat ../run/granted.log)"
}

# jail_py SCRIPT: python in the jail; its arguments are the paths of "granted"
# and "other".
jail_py() {
	JAIL_OPTIONS=(--read "$RUN")
	jail /usr/bin/python3 -c "import array, ctypes, errno, os, socket, struct, sys, threading
granted, other = sys.argv[1:]
def what(f, *a):
    try: return f(*a)
    except OSError as e: return errno.errorcode[e.errno]
def new(): return socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
$1" "$RUN/granted" "$RUN/other" </dev/null
}

@test "datagrams: a named socket by every call, and no other" {
	needs_jail
	datagrams granted
	datagrams other
	# What the strategy has.
	modes="none loopback host filtered"
	[ "$PJ_TEST_STRATEGY" != bubblewrap ] || modes="none loopback host"
	[ "$PJ_TEST_STRATEGY" != landlock ] || modes="none host"
	for mode in $modes; do
		policy "\"network\": { \"mode\": \"$mode\", \"unix_sockets\": [\"$RUN/granted\"] }"
		jail_py "
libc = ctypes.CDLL(None, use_errno=True)
class Message(ctypes.Structure): _fields_ = [('name', ctypes.c_void_p), ('name_len', ctypes.c_uint), ('iov', ctypes.c_void_p), ('count', ctypes.c_size_t), ('control', ctypes.c_void_p), ('control_len', ctypes.c_size_t), ('flags', ctypes.c_size_t), ('sent', ctypes.c_size_t)]
class Piece(ctypes.Structure): _fields_ = [('base', ctypes.c_char_p), ('len', ctypes.c_size_t)]
def mmsg(s, path, data):
    name = struct.pack('H', 1) + path.encode() + b'\0'; n = ctypes.create_string_buffer(name, len(name)); p = Piece(data, len(data))
    m = (Message * 2)(*(Message(ctypes.cast(n, ctypes.c_void_p), len(name), ctypes.cast(ctypes.pointer(p), ctypes.c_void_p), 1, None, 0, 0, 0) for _ in '12'))
    r = libc.sendmmsg(s.fileno(), m, 2, 0); return (r, m[0].sent) if r >= 0 else errno.errorcode[ctypes.get_errno()]
s = new(); s.connect(granted)
print(s.send(b'connected'), s.sendmsg([b'in ', b'pieces']), new().sendto(b'sendto', granted), new().sendmsg([b'send', b'msg'], [], 0, granted), mmsg(new(), granted, b'mmsg'), s.send(b'x' * 200000))
r, w = os.pipe(); os.write(w, b'through the pipe')
print(new().sendmsg([b'with'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [r]))], 0, granted), what(new().sendmsg, [b'me'], [(socket.SOL_SOCKET, 2, struct.pack('3i', os.getpid(), os.getuid(), os.getgid()))], 0, granted))
own = new(); own.bind('own-$mode'); own.settimeout(100); print(own.sendto(b'who', granted), own.recv(99)); print(new().sendto(b'self', 'own-$mode'), own.recv(99)); os.unlink('own-$mode')
a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM); print(a.send(b'pair'), b.recv(99), a.sendmsg([b'p'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [r]))]), len(b.recvmsg(9, 99)[1]))
os.symlink(other, 'link-$mode'); os.symlink(granted, 'good-$mode'); print(new().sendto(b'link', 'good-$mode'))
print(what(new().connect, other), what(new().sendto, b'bad', other), what(new().sendmsg, [b'bad'], [], 0, other), mmsg(new(), other, b'bad'), what(new().sendto, b'bad', 'link-$mode'), what(s.sendto, b'bad', other), what(s.sendmsg, [b'bad'], [], 0, other), what(a.sendto, b'bad', other), mmsg(b, other, b'bad'))
mapped = libc.mmap; mapped.restype = ctypes.c_void_p; mapped.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
at = mapped(0x700000000, 4096, 3, 0x100022, -1, 0); assert at == 0x700000000; ctypes.memmove(at, struct.pack('H', 1) + other.encode() + b'\0', len(other) + 3)
print(libc.sendto(s.fileno(), b'bad', 3, 0, ctypes.c_void_p(at), len(other) + 3), errno.errorcode[ctypes.get_errno()])
print(what(new().sendto, b'x', 'nothing'), what(new().sendto, b'x', '/etc/passwd'), what(new().send, b'x'), what(new().sendmsg, [b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [77]))], 0, granted), what(s.send, b'x' * 400000), what(s.sendto, b'x' * 300000, granted))"
		output_is "9 9 6 7 (1, 4) 200000
4 2
3 b'answer to who'
4 b'self'
4 b'pair' 1 1
4
EACCES EACCES EACCES EACCES EACCES EACCES EACCES EACCES EACCES
-1 EACCES
ENOENT ECONNREFUSED ENOTCONN EBADF EMSGSIZE EMSGSIZE"
	done
	[ "$(cat ../run/other.log)" = ready ] || fail "$(cat ../run/other.log)"
	printf '%s\n' connected "in pieces" sendto sendmsg mmsg 200000 "with through the pipe" me who link >wanted
	for _ in $modes; do cat wanted; done >all
	for _ in $(seq 6000); do
		[ "$(wc -l <../run/granted.log)" -le "$(wc -l <all)" ] || break
		read -r -t 0.01 <> <(:) || :
	done
	diff all <(tail -n +2 ../run/granted.log)
}

@test "datagrams: threads that change the receiver, the pieces, the descriptor" {
	needs_jail
	datagrams granted
	datagrams other
	policy "\"network\": { \"unix_sockets\": [\"$RUN/granted\"] }"
	jail_py "
libc = ctypes.CDLL(None, use_errno=True); libc.sendmsg.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_int]
size = max(len(granted), len(other)) + 3
good, bad = (struct.pack('H', 1) + p.encode().ljust(size - 2, b'\0') for p in (granted, other))
buffer = ctypes.create_string_buffer(good, size); piece = ctypes.create_string_buffer(b'race', 4)
iov = ctypes.create_string_buffer(struct.pack('2Q', ctypes.addressof(piece), 4)); short = struct.pack('Q', 1 << 62); whole = struct.pack('Q', 4)
message = ctypes.create_string_buffer(struct.pack('QQQQQQQ', ctypes.addressof(buffer), size, ctypes.addressof(iov), 1, 0, 0, 0)); stop = False
s = new(); spare = socket.socketpair()[0]; fd = os.dup(s.fileno())
def flip():
    while not stop: ctypes.memmove(buffer, bad, size); ctypes.memmove(buffer, good, size)
def swap():
    while not stop: os.dup2(spare.fileno(), fd); os.dup2(s.fileno(), fd)
def resize():
    while not stop: ctypes.memmove(ctypes.addressof(iov) + 8, short, 8); ctypes.memmove(ctypes.addressof(iov) + 8, whole, 8)
threads = [threading.Thread(target=t) for t in (flip, swap, resize)]
for t in threads: t.start()
sent = sum(libc.sendmsg(fd, message, 0) >= 0 for _ in range(3000)) + sum(libc.sendto(fd, piece, 4, 0, buffer, size) >= 0 for _ in range(1000))
stop = True
for t in threads: t.join()
print(sent > 0)"
	output_is True
	[ "$(cat ../run/other.log)" = ready ] || fail "$(sort ../run/other.log | uniq -c)"
}

@test "datagrams: a receiver that is full makes its sender wait, and nobody else" {
	needs_jail
	datagrams granted
	policy "\"network\": { \"unix_sockets\": [\"$RUN/granted\"] }"
	jail_py "
s = new(); s.connect(granted); s.send(b'wait'); s.send(b'1')
while not os.path.exists(granted + '.waiting'): pass
s.setblocking(False)
while what(s.send, b'2') == 1: pass
print(what(s.send, b'x'), what(s.sendto, b'x', granted), what(s.sendmsg, [b'x']), what(new().sendmsg, [b'x'], [], socket.MSG_DONTWAIT, granted))
t = new(); t.setsockopt(1, 21, struct.pack('2l', 0, 30000)); print(what(t.sendto, b'x', granted))
done = []
def waits(): done.append(new().sendto(b'at last', granted)); done.append(new().sendmsg([b'at last'], [], 0, granted))
w = threading.Thread(target=waits); w.start()
open('busy', 'w').write('not held up'); print(done, open('busy').read())
r, w2 = os.pipe(); pid = os.fork()
if not pid: os.write(w2, b'x'); new().sendto(b'never', granted)
import signal; os.read(r, 1); os.kill(pid, 9); os.waitpid(pid, 0)
open('go', 'w').close(); w.join(); print(done)"
	output_is "EAGAIN EAGAIN EAGAIN EAGAIN
EAGAIN
[] not held up
[7, 7]"
	for _ in $(seq 6000); do
		[ "$(grep -c "at last" ../run/granted.log)" != 2 ] || return 0
		read -r -t 0.01 <> <(:) || :
	done
	fail "$(cat ../run/granted.log)"
}

@test "pairs of datagrams without a socket that takes them: bounds are kept, names are not" {
	needs_jail
	datagrams other
	datagrams granted
	policy
	jail_py "
a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
print(a.send(b'one'), a.send(b'two'), b.recv(9), b.recv(9), os.get_inheritable(a.fileno()), a.getsockname(), what(new))
print(what(a.sendto, b'x', other), what(a.sendmsg, [b'x'], [], 0, other), b.recv(9), b.recv(9), what(b.connect, other), what(socket.socketpair, socket.AF_UNIX, socket.SOCK_RAW))
c, d = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK); print(what(d.recv, 9)); c.close(); print(what(d.send, b'x'))
libc = ctypes.CDLL(None, use_errno=True); print(libc.socketpair(1, 2, 0, ctypes.c_void_p(8)), errno.errorcode[ctypes.get_errno()])"
	output_is "3 3 b'one' b'two' False  EPERM
1 1 b'x' b'x' EACCES EPERM
EAGAIN
EPIPE
-1 EFAULT"
	[ "$(cat ../run/other.log)" = ready ] || fail "$(cat ../run/other.log)"
}

@test "datagrams: the system log and systemd's notification" {
	needs_jail
	datagrams granted
	# Named by a link in a directory that is not granted, as /dev/log is one.
	mkdir ../names
	ln -s ../run/granted ../names/log
	policy "\"network\": { \"unix_sockets\": [\"../names/log\"] }"
	jail /usr/bin/python3 -c 'import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.connect(sys.argv[1]); print(s.send(b"by its link"))' "${RUN%/run}/names/log" </dev/null
	output_is 11
	logs "by its link"
	policy "\"network\": { \"unix_sockets\": [\"$RUN/granted\"] }" "\"environment\": { \"set\": { \"NOTIFY_SOCKET\": \"$RUN/granted\" } }"
	jail_py "import logging, logging.handlers
log = logging.getLogger('x'); log.addHandler(logging.handlers.SysLogHandler(granted)); log.error('logged'); print(log.handlers[0].socktype == socket.SOCK_DGRAM)"
	output_is True
	jail /usr/bin/logger --socket "$RUN/granted" -d "by logger" </dev/null
	status_is 0
	logs "<11>logged"
	logs "by logger"
	command -v systemd-notify >/dev/null || return 0
	jail /usr/bin/systemd-notify --ready </dev/null
	status_is 0
	logs "READY=1"
}
