# SPDX-License-Identifier: Apache-2.0
# network.listen: a port of the jail at the host's loopback, and no other.
load helper
load world

teardown() {
	local pid
	for pid in $SERVER $HELD; do
		kill "$pid" 2>/dev/null || :
	done
}

# host_py SCRIPT [ARGUMENT...]: python on the host, outside of the jail.
host_py() {
	local script=$1
	shift
	in_host /usr/bin/python3 -c "import socket, sys, time, os, errno
def attempt(address):
    try:
        with socket.create_connection(address, 100) as s: return s.recv(99).decode() or 'closed'
    except OSError as e: return errno.errorcode.get(e.errno, str(e))
$script" "$@"
}

# jail_starts SCRIPT: in the jail, in the background; its ready() waits for
# jail_ends.
jail_starts() {
	rm -f ready enough
	(py "import threading, time
def serve(l, word):
    def one():
        while True:
            c, _ = l.accept(); c.sendall(word); c.close()
    threading.Thread(target=one, daemon=True).start()
def ready():
    open('ready.new', 'w').write('ready\n'); os.rename('ready.new', 'ready')
    while not os.path.exists('enough'): time.sleep(0.01)
    sys.stdout.flush(); os._exit(0)
$1"; echo "$output" >out) 3>&- &
	SERVER=$!
}

# The same, until the script says that it is ready.
jail_serves() {
	jail_starts "$1"
	wait_for_file ready || fail "$(cat out)"
}

jail_ends() {
	: >enough
	wait "$SERVER"
	SERVER=
	[ -s out ] || fail 'no result'
	printed=$(jq -r .stdout out)
}

# A port that nobody has on the host, and the next three.
free_ports() {
	host_py 'for p in range(20000, 30000, 4):
    try: [socket.create_server(("", p + i)).close() for i in range(4)]
    except OSError: continue
    print(p); break'
}

@test "a named port is at the host's loopback, of IPv4 and IPv6, and nowhere else" {
	needs_jail
	P=$(free_ports)
	NET_MORE="\"listen\": [\"$P\", \"$((P + 1))-$((P + 3))\"]" net a.test
	jail_serves "
names = []
for i, (f, h) in enumerate(((2, '127.0.0.1'), (2, '0.0.0.0'), (10, '::'), (10, '::1'))):
    l = socket.socket(f); l.setsockopt(1, 2, 1)
    l.bind((h, $P + i)); l.listen(); serve(l, b'served ' + h.encode()); names.append(l.getsockname()[:2])
print(names); print([attempt(('localhost', $P + i)) for i in range(4)], attempt(('a.test', 8080)))
ready()"
	run host_py 'P = int(sys.argv[1])
print([attempt(("127.0.0.1", P + i)) for i in range(4)], attempt(("::1", P + 3)), [attempt((h, P + i)) for h in ("10.99.0.254", "fd99::fe", "127.0.0.2") for i in range(4)])' "$P"
	output_is "['served 127.0.0.1', 'served 0.0.0.0', 'served ::', 'ECONNREFUSED'] served ::1 $(python3 -c 'print(["ECONNREFUSED"] * 12)')"
	in_host ss -Hltn "( sport >= $P and sport <= $((P + 3)) )" | awk '{ print $4 }' | sort >listeners
	printf '%s\n' "127.0.0.1:$P" "127.0.0.1:$((P + 1))" "[::1]:$((P + 3))" "[::ffff:127.0.0.1]:$((P + 2))" | sort | diff - listeners
	jail_ends
	printed_is "[('127.0.0.1', $P), ('127.0.0.1', $((P + 1))), ('::ffff:127.0.0.1', $((P + 2))), ('::1', $((P + 3)))]
['connected', 'connected', 'connected', '$NOTHING'] connected"
	# Nothing is left.
	[ -z "$(in_host ss -Hltn "( sport >= $P and sport <= $((P + 3)) )")" ]
}

# bats test_tags=not-landlock
@test "another port, port 0, an address of the host's, a socket that was not bound" {
	needs_jail
	P=$(free_ports)
	NET_MORE="\"listen\": [\"$P\"]" net a.test
	jail_serves "
out = []
def bound(h, p, listen=True):
    l = socket.socket(socket.AF_INET6 if ':' in h else socket.AF_INET)
    try: l.bind((h, p)); listen and l.listen(); serve(l, b'bad') if listen else 0
    except OSError as e: out.append(errno.errorcode[e.errno]); return
    out.append('in the jail' if attempt(('127.0.0.1', l.getsockname()[1])) == 'connected' else 'no'); return l
keep = [bound('127.0.0.1', $P + 1), bound('0.0.0.0', $P + 2), bound('127.0.0.1', 0), bound('10.99.0.254', $P), bound('fd99::fe', $P), bound('::ffff:10.99.0.254', $P)]
l = socket.socket(); l.listen(); keep.append(l)
# Bound to the port that is named: it is never bound anew, nor let go for another.
s = socket.socket(); s.setsockopt(1, 2, 1); s.bind(('127.0.0.1', $P))
try: s.bind(('127.0.0.1', $P + 1))
except OSError as e: out.append(errno.errorcode[e.errno])
s.listen(); s.shutdown(socket.SHUT_RDWR); s.listen()
try: s.connect(('127.0.0.1', $P + 1))
except OSError as e: out.append(errno.errorcode[e.errno])
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(('127.0.0.1', $P))
print(out); ready()"
	in_host ss -Hltun | awk '{ print $1 " " $5 }' >listeners
	[ "$(cat listeners)" = "tcp 127.0.0.1:$P" ] || fail "$(cat listeners)"
	jail_ends
	printed_is "['in the jail', 'in the jail', 'in the jail', 'EADDRNOTAVAIL', 'EADDRNOTAVAIL', 'EADDRNOTAVAIL', 'EINVAL', 'EISCONN']"
}

@test "no port is shared with a service of the host, and none of the host's is reached" {
	needs_jail
	P=$(free_ports)
	host_py 'P = int(sys.argv[1]); keep = []
for i in range(2):
    s = socket.socket(); s.setsockopt(1, 15, 1); s.setsockopt(1, 2, 1); s.bind(("127.0.0.1", P + i)); s.listen(); keep.append(s)
open("host-ready.new", "w").write(str(os.getpid())); os.rename("host-ready.new", "host-ready")
import signal; signal.pause()' "$P" 3>&- &
	wait_for_file host-ready
	HELD=$(cat host-ready)
	NET_MORE="\"listen\": [\"$P-$((P + 3))\"]" net a.test
	jail_serves "
out = []
def bound(p, when):
    l = socket.socket(); l.setsockopt(1, 2, 1)
    if when == 'before': l.setsockopt(1, 15, 1)
    try: l.bind(('127.0.0.1', p)); l.setsockopt(1, 15, 1); l.listen(); when == 'before' and serve(l, b'jail')
    except OSError as e: out.append(errno.errorcode[e.errno]); return
    out.append(l.getsockopt(1, 15)); return l
keep = [bound($P, 'before'), bound($P + 2, 'before'), bound($P + 3, 'after'), bound($P + 2, 'before')]
out += [attempt(('127.0.0.1', $P + i)) for i in range(4)]
keep[2].close(); out.append(attempt(('127.0.0.1', $P + 3)))
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.setsockopt(1, 15, 1); out.append(u.getsockopt(1, 15))
# Nor when more are bound meanwhile than the broker remembers.
for i in range(300):
    with socket.socket() as s: s.setsockopt(1, 2, 1); s.bind(('127.0.0.1', $P + 3))
keep[1].setsockopt(1, 15, 1); out.append(keep[1].getsockopt(1, 15))
print(out); ready()"
	run host_py 'P = int(sys.argv[1])
s = socket.socket(); s.setsockopt(1, 15, 1); s.setsockopt(1, 2, 1)
try: s.bind(("127.0.0.1", P + 2)); s.listen(); print("shared")
except OSError as e: print(errno.errorcode[e.errno])' "$P"
	output_is EADDRINUSE
	jail_ends
	kill "$HELD"
	printed_is "['EADDRINUSE', 0, 0, 'EADDRINUSE', '$NOTHING', '$NOTHING', 'connected', 'connected', '$NOTHING', 1, 0]"
}

@test "the address that was judged is the one that is bound: threads that change it" {
	needs_jail
	P=$(free_ports)
	NET_MORE="\"listen\": [\"$P\"]" net a.test
	jail_serves "
import ctypes, struct
libc = ctypes.CDLL(None, use_errno=True)
def address(ip, port): return struct.pack('!HH4s8x', 0x0200, port, bytes(ip))
kinds = [address([127, 0, 0, 1], $P), address([127, 0, 0, 1], $P + 1), address([0, 0, 0, 0], $P + 2), address([10, 99, 0, 254], $P)]
buffer = ctypes.create_string_buffer(kinds[0], 16); stop = False; slot = socket.socket(); other = socket.socket()
def flip():
    while not stop:
        for k in kinds: ctypes.memmove(buffer, k, 16)
def swap():
    while not stop: os.dup2(other.fileno(), slot.fileno())
threads = [threading.Thread(target=flip), threading.Thread(target=swap)]
for t in threads: t.start()
kept = []
for i in range(600):
    s = socket.socket() if i % 4 else slot; s.setsockopt(1, 2, 1)
    libc.bind(s.fileno(), buffer, 16); libc.listen(s.fileno(), 1)
    if i % 100 == 0: kept.append(s)
stop = True
for t in threads: t.join()
ready()"
	in_host ss -Hltn | awk '{ print $4 }' | sort -u >listeners
	[ -z "$(grep -vx "127.0.0.1:$P" listeners)" ] || fail "$(cat listeners)"
	jail_ends
}

@test "a service of the host that takes the port later is out of reach" {
	needs_jail
	P=$(free_ports)
	NET_MORE="\"listen\": [\"$P\"]" net a.test
	jail_starts "
l = socket.create_server(('127.0.0.1', $P)); first = attempt(('127.0.0.1', $P)); l.close()
open('closed', 'w').write('x')
while not os.path.exists('taken'): time.sleep(0.01)
print(first, attempt(('127.0.0.1', $P)), attempt(('0.0.0.0', $P)), attempt(('::1', $P)))
ready()"
	wait_for_file closed
	host_py 'import signal; s = socket.create_server(("127.0.0.1", int(sys.argv[1]))); open("taken", "w").write(str(os.getpid())); signal.pause()' "$P" 3>&- &
	wait_for_file ready
	HELD=$(cat taken)
	jail_ends
	kill "$HELD"
	printed_is "connected $NOTHING $NOTHING $NOTHING"
}

@test "listen in another mode is an error that names the key; --listen" {
	for mode in none loopback host; do
		policy "\"network\": { \"mode\": \"$mode\", \"listen\": [\"8080\"] }"
		jail /bin/true
		status_is 125
		says 'network.listen publishes ports with network.mode "filtered" only'
	done
	pj run --network loopback --listen 8080 -- /bin/true
	status_is 125
	says "network.listen"
	pj run --network filtered --listen 80x -- /bin/true
	status_is 125
	says "--listen"
	needs_jail
	policy '"network": { "mode": "filtered", "allow": ["a.test"] }'
	P=$(free_ports)
	run --separate-stderr in_host "$PROCJAIL" run -p "$BATS_TEST_TMPDIR/p.json" ${PJ_TEST_STRATEGY:+--strategy "$PJ_TEST_STRATEGY"} --listen "$P" -- /usr/bin/python3 -c "import socket, os; s = socket.create_server(('127.0.0.1', $P)); print(os.path.basename(os.readlink('/proc/self/fd/3'))[:6])"
	output_is socket
}
