# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the program is given, and where that could lead it.
load helper

# given KIND PYTHON: run in a jail of each network mode that has no network of
# the host, with such a socket as standard input (given.py).
given() {
	run --separate-stderr python3 "$PJ_SOURCE_DIR/tests/escape/given.py" "$1" \
		"$PROCJAIL" run -p "$BATS_TEST_TMPDIR/p.json" ${PJ_TEST_STRATEGY:+--strategy "$PJ_TEST_STRATEGY"} \
		"${JAIL_OPTIONS[@]}" -- /usr/bin/python3 -c "$2" "{OTHER}"
}

@test "a connected socket as a stream stays connected to what it is" {
	needs_jail
	policy
	modes="none"
	[ "$PJ_TEST_STRATEGY" = landlock ] || modes+=" loopback"
	for profile in default strict; do
		policy "\"syscalls\": { \"profile\": \"$profile\" }"
		for mode in $modes; do
			JAIL_OPTIONS=(--network "$mode")
			given tcp '
import ctypes, errno, socket, sys
libc = ctypes.CDLL(None, use_errno=True)
def call(name, *args):
    status = getattr(libc, name)(*args)
    print(name, "ok" if status == 0 else errno.errorcode[ctypes.get_errno()])
nowhere = bytes(16)
call("connect", 0, nowhere, 16)
there = (2).to_bytes(2, "little") + int(sys.argv[1]).to_bytes(2, "big") + bytes([127, 0, 0, 1]) + bytes(8)
call("connect", 0, there, 16)
call("bind", 0, (2).to_bytes(2, "little") + bytes(14), 16)
call("listen", 0, 8)
print(socket.socket(fileno=0).send(b"x"))
'
			status_is 0
			output_is "connect EACCES
connect EACCES
bind EACCES
listen EACCES
1"
		done
	done
}

@test "a socket of datagrams as a stream is refused" {
	needs_jail
	policy
	JAIL_OPTIONS=()
	for kind in udp netlink unix-datagram; do
		given "$kind" 'print("ran")'
		status_is 125
		says "standard stream 0 is a socket of datagrams"
		output_is ""
	done
}

@test "a file as a stream stays what it is, whatever the system call profile" {
	needs_jail
	echo theirs >"$BATS_TEST_TMPDIR/file"
	chmod 400 "$BATS_TEST_TMPDIR/file"
	# Where nothing else is to be held: no tree that is writable, no network.
	for profile in default strict; do
		echo '{ "version": 1, "extends": "read-only", "risky_programs": "allow", "commands": { "*": "any-arguments" },
			"limits": { "wall_time": "300s" }, "syscalls": { "profile": "'$profile'" } }' >"$BATS_TEST_TMPDIR/p.json"
		jail /bin/sh -c 'chmod 777 /proc/self/fd/0; echo owned >/proc/self/fd/0; echo owned >>/dev/stdin; cat' <"$BATS_TEST_TMPDIR/file"
		output_is theirs
		[ "$(cat "$BATS_TEST_TMPDIR/file") $(stat -c %a "$BATS_TEST_TMPDIR/file")" = "theirs 400" ]
	done
}

@test "a socket that the host made takes the number of one of the jail's" {
	needs_jail
	policy
	mkdir sockets
	cat >jailed.py <<-'PYTHON'
	import errno, os, socket
	for i in range(250):
	    name = "sockets/%d" % i
	    socket.socket(socket.AF_UNIX).bind(name)
	    os.unlink(name)
	print("made", flush=True)
	open(0).read()
	for i in range(8):
	    try:
	        socket.socket(socket.AF_UNIX).connect("sockets/host%d" % i)
	        print("connected")
	    except OSError as e:
	        print(errno.errorcode[e.errno])
	PYTHON
	run --separate-stderr python3 -c '
import socket, subprocess, sys
jail = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
assert jail.stdout.readline() == "made\n"
hosts = [socket.create_server("sockets/host%d" % i, family=socket.AF_UNIX) for i in range(8)]
print(jail.communicate()[0], end="")
' "$PROCJAIL" run -p "$BATS_TEST_TMPDIR/p.json" ${PJ_TEST_STRATEGY:+--strategy "$PJ_TEST_STRATEGY"} -- /usr/bin/python3 jailed.py
	[ "$(sort -u <<<"$output")" = EACCES ] || fail "a socket of the host was reached"
}

@test "a name that the kernel has chosen is none to listen on" {
	needs_jail
	attempts <<-EOF
	EACCES passcred-listen
	EOF
}

@test "no signal by a stream's input, and a terminal stays to be opened" {
	needs_jail
	attempts <<-EOF
	EPERM async 0
	EPERM signal-of 0 9
	EPERM exclusive 0
	EOF
}
