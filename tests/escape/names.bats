# SPDX-License-Identifier: Apache-2.0
# Name servers that are slow, broken or hostile, and a broker that dies: the
# filtered network stays closed.
load helper
load world

# What the C library makes of a name server that failed: told on a connection,
# and asked for IPv4 alone, it says that there is no such name.
FAILED='EAI -3'
[ "$PJ_TEST_STRATEGY" != landlock ] || FAILED='EAI -2'

setup_file() {
	world_start
	in_machine /bin/sh -c 'echo $$ >"$0"; exec "$@"' "$BATS_FILE_TMPDIR/names_server" \
		/usr/bin/python3 "$BATS_TEST_DIRNAME/names_server.py" 10.99.0.2 3>&- </dev/null >"$BATS_FILE_TMPDIR/asked" 2>&1 &
	wait_for_text "$BATS_FILE_TMPDIR/asked" serving
	echo "nameserver 10.99.0.2" >"$BATS_FILE_TMPDIR/resolv.conf"
}

teardown_file() {
	[ ! -s "$BATS_FILE_TMPDIR/names_server" ] || kill "$(cat "$BATS_FILE_TMPDIR/names_server")" || :
	world_stop
}

# tries SCRIPT: python in a jail that may reach *.test, but not denied.test.
tries() {
	policy '"network": { "mode": "filtered", "allow": ["*.test"], "deny": ["denied.test"] }'
	run --separate-stderr in_host "$PROCJAIL" run -p "$BATS_TEST_TMPDIR/p.json" ${PJ_TEST_STRATEGY:+--strategy "$PJ_TEST_STRATEGY"} -- /usr/bin/env "RES_OPTIONS=timeout:9 attempts:1" \
		/usr/bin/python3 -c "import errno, os, select, socket, sys, threading, time
HOSTED = '$PJ_TEST_STRATEGY' == 'landlock'
def attempt(host, port=8080):
    try:
        found = socket.getaddrinfo(host, port, 0 if host == 'six.test' else socket.AF_INET, socket.SOCK_STREAM)[0]
        with socket.create_connection(found[4][:2], 20) as s: return s.getpeername()[0]
    except socket.gaierror as e: return 'EAI %d' % e.errno
    except OSError as e: return errno.errorcode.get(e.errno, str(e))
$1" </dev/null
}

tried() {
	[ "$status" -eq 0 ] && [ "$output" = "$1" ] || fail "wanted '$1'" "status $status" "$output" "$stderr"
}

@test "a name that is moved to this host leads nowhere" {
	needs_jail
	tries 'print(attempt("rebind.test"))
while (then := attempt("rebind.test")) == "10.99.0.1": time.sleep(0.05)
print(then, attempt("10.99.0.1"), attempt("127.0.0.1"))
print(attempt("rebind.test"), attempt("10.99.0.254"))'
	tried $'10.99.0.1\nEAI -2 10.99.0.1 '$NOTHING$'\nEAI -2 EACCES'
}

@test "chains of aliases, lifetimes" {
	needs_jail
	tries 'print(*(attempt(n + ".test") for n in ("good", "chain", "ttl0", "ttl0", "forever", "negative", "six", "none", "through")))
print(attempt("long.test")[:3], attempt("circle.test")[:3])'
	tried $'10.99.0.1 10.99.0.1 10.99.0.1 10.99.0.1 10.99.0.1 10.99.0.1 fd99::1 EAI -2 EAI -2\nEAI EAI'
}

@test "answers to another question, or none at all, are not believed" {
	needs_jail
	tries 'print(attempt("wrong.test"), attempt("also.test"), attempt("10.99.0.2"))
out = {}
def one(n): out[n] = attempt(n + ".test")
threads = [threading.Thread(target=one, args=(n,)) for n in ("garbage", "cut", "pointer", "other", "wide", "broken")]
for t in threads: t.start()
for t in threads: t.join()
print(sorted(out.items()), attempt("10.99.0.2"))'
	[ "$status" -eq 0 ] || fail "status $status" "$output" "$stderr"
	[[ $output == "10.99.0.1 10.99.0.1 EACCES"* ]] || fail "$output"
	[[ $output != *"10.99.0.2"* ]] || fail "$output"
	[[ $output == *"('broken', '$FAILED'), "*"('garbage', '$FAILED')"*" EACCES" ]] || fail "$output"
}

@test "a slow server holds nobody up, and one that is silent has its end" {
	needs_jail
	# The silent one is asked four times, 1.2 s each: who is held up by it has
	# its answer after it, each time.
	tries 'import struct
def ask(name):
    s = socket.socket(socket.AF_INET, socket.SOCK_STREAM if HOSTED else socket.SOCK_DGRAM); s.settimeout(60)
    q = struct.pack(">6H", 7, 0x100, 1, 0, 0, 0) + b"".join(bytes([len(l)]) + l.encode() for l in name.split(".")) + b"\0\0\1\0\1"
    s.connect(("127.0.0.1", 53)); s.sendall(len(q).to_bytes(2, "big") + q if HOSTED else q); return s
def answered(s): s.setblocking(False); return bool(select.select([s], [], [], 0)[0])
for i in range(10):
    never, slow = ask("never.n%d.test" % i), ask("slow.n%d.test" % i)
    good = attempt("good.n%d.test" % i), attempt("ttl0.n%d.test" % i)
    if not answered(slow) and not answered(never): print("not held up"); break
print(good)
for s in slow, never: s.settimeout(60); HOSTED and s.recv(2, socket.MSG_WAITALL); r = s.recv(999); print(r[3] & 15, r[7])'
	tried "not held up
('10.99.0.1', '10.99.0.1')
0 1
2 0"
}

established() {
	in_machine ss -Htn state established | grep -c ':8081 '
}

@test "many who ask the same at once are one lookup, and each has the answer" {
	needs_jail
	tries 'import struct
def ask(i):
    s = socket.socket(socket.AF_INET, socket.SOCK_STREAM if HOSTED else socket.SOCK_DGRAM); s.settimeout(60)
    q = struct.pack(">6H", i, 0x100, 1, 0, 0, 0) + b"\4slow\4many\4test\0\0\1\0\1"
    s.connect(("127.0.0.1", 53)); s.sendall(len(q).to_bytes(2, "big") + q if HOSTED else q); return s
def answer(s): HOSTED and s.recv(2, socket.MSG_WAITALL); r = s.recv(999); return int.from_bytes(r[:2], "big"), r[3] & 15, r[7]
asked = [ask(i) for i in range(60)]
print([answer(s) for s in asked] == [(i, 0, 1) for i in range(60)])'
	tried True
	# One server, asked four times at most.
	[ "$(grep -c "^slow.many.test 1$" "$BATS_FILE_TMPDIR/asked")" -le 4 ] || fail "asked $(grep -c "^slow.many.test" "$BATS_FILE_TMPDIR/asked") times"
}

# Without a pid namespace what the program has started may outlive the init for
# a while: hosted.bats has what it can do then.
# bats test_tags=not-landlock
@test "the broker's death is the jail's, and ends its connections" {
	needs_jail
	local jail init result=0
	policy '"network": { "mode": "filtered", "allow": ["*.test"] }'
	in_host /bin/sh -c 'echo $$ >jail; exec "$@"' sh "$PROCJAIL" run -p "$BATS_TEST_TMPDIR/p.json" ${PJ_TEST_STRATEGY:+--strategy "$PJ_TEST_STRATEGY"} -- /usr/bin/python3 -c '
import os, socket, time
s = socket.create_connection(("good.test", 8081)); s.sendall(b"x"); s.recv(1)
if os.fork() == 0: open("child", "w").write("1")
open("up", "w").write("1"); s.recv(1)
open("after", "w").write("1"); print(socket.create_connection(("10.99.0.1", 8080)))' 3>&- </dev/null >printed 2>&1 &
	jail=$!
	wait_for_file up
	wait_for_file child
	[ "$(established)" -gt 0 ] || fail "no connection"
	init=$(pgrep -P "$(cat jail)" procjail-init) || fail "no init"
	kill -KILL "$init"
	wait "$jail" || result=$?
	[ "$result" -ne 0 ] || fail "status 0"
	while [ "$(established)" -gt 0 ]; do
		read -r -t 0.01 <> <(:) || :
	done
	[ ! -e after ] && [ ! -s printed ] || [[ $(cat printed) == "procjail: "* ]] || fail "$(cat printed)"
}
