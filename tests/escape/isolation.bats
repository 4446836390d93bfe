# SPDX-License-Identifier: Apache-2.0
# Other processes, namespaces, the terminal, devices, privileges, sockets, the
# network.
load helper

# A process of the host that the jail must not find.
start_neighbour() {
	sleep 300 3>&- &
	NEIGHBOUR=$!
}

teardown() {
	[ -z "$NEIGHBOUR" ] || kill "$NEIGHBOUR" 2>/dev/null || :
	[ -z "$SERVER" ] || kill "$SERVER" 2>/dev/null || :
}

# bats test_tags=not-landlock
@test "processes of the host are not there, the init cannot be touched" {
	needs_jail
	start_neighbour
	attempts <<-EOF
	ok alone
	ok kill 1 0
	ok kill 1 9
	ok kill 1 19
	ok kill 1 15
	no kill $NEIGHBOUR 0
	EPERM ptrace 1
	EPERM vm-read 1
	EPERM vm-write 1
	EPERM pidfd-getfd 1 0
	EPERM pidfd-getfd 1 3
	EACCES read /proc/1/environ
	EACCES read /proc/1/mem
	EACCES read /proc/1/maps
	no read /proc/1/exe
	no read /proc/1/fd/2
	no write /proc/1/mem
	no write /proc/1/oom_score_adj
	no read /proc/$NEIGHBOUR/cmdline
	ok creat after
	EOF
	kill -0 "$NEIGHBOUR"
}

# bats test_tags=not-namespaces,not-bubblewrap
@test "processes of the host are out of reach, and so is the init" {
	needs_jail
	start_neighbour
	attempts <<-EOF
	no alone
	no kill 1 0
	no kill $NEIGHBOUR 0
	no kill $NEIGHBOUR 9
	no kill parent 0
	no kill parent 9
	no kill parent 19
	any kill all 0
	EPERM ptrace parent
	EPERM vm-read parent
	EPERM vm-write parent
	EPERM pidfd-getfd parent 3
	no read /proc/$NEIGHBOUR/cmdline
	no read /proc/$NEIGHBOUR/environ
	no read /proc/$NEIGHBOUR/status
	no read /proc/$NEIGHBOUR/task/$NEIGHBOUR/stat
	no read /proc/$NEIGHBOUR
	no read /proc/$NEIGHBOUR/root/etc/passwd
	no read /proc/$NEIGHBOUR/cwd
	no read /proc/$NEIGHBOUR/fd
	no read /proc/1/cmdline
	no read /proc/net/tcp
	no read /proc/self/net/tcp
	no read /proc/kallsyms
	ok read /proc/self/status
	ok read /proc/self/maps
	ok read /proc/thread-self/stat
	ok read /proc/self/fd
	ok read /proc/cpuinfo
	ok read /proc/sys
	ok read /proc/sys/kernel/osrelease
	ok read /proc/sys/net/core/somaxconn
	EACCES read /proc/sys/net
	EACCES read /proc/sys/net/ipv4/conf/all/forwarding
	EACCES|ENOENT read /proc/sysvipc
	EACCES|ENOENT read /proc/sysvipc/shm
	no write /proc/self/comm
	no write /proc/self/oom_score_adj
	EPERM schedule $NEIGHBOUR
	EPERM pin $NEIGHBOUR
	EPERM nice $NEIGHBOUR
	EPERM prlimit $NEIGHBOUR
	ok creat after
	EOF
	kill -0 "$NEIGHBOUR"
}

@test "no namespace, no mount, no other root" {
	needs_jail
	mkdir there
	attempts <<-EOF
	no unshare user
	EPERM unshare mount
	EPERM unshare pid
	EPERM unshare net
	EPERM unshare ipc
	EPERM unshare uts
	EPERM unshare cgroup
	EPERM unshare time
	ok unshare files
	EPERM clone user
	EPERM clone mount
	EPERM clone pid
	EPERM clone net
	ENOSYS clone3 user
	EPERM|ENOENT setns /proc/self/ns/mnt
	no setns /proc/1/ns/mnt
	EPERM mount there
	EPERM bind-mount / there
	EPERM remount /
	EPERM umount /proc
	EPERM umount /tmp
	EPERM open-tree /
	EPERM fsopen tmpfs
	EPERM chroot there
	EPERM pivot there
	no handle .
	EOF
}

@test "devices and set-id bits" {
	needs_jail
	echo text >file
	attempts <<-EOF
	ok read /dev/zero
	ok write /dev/null
	EPERM mkdevice node char
	EPERM mkdevice node block
	EPERM mkdevice /tmp/node block
	no read /dev/mem
	no read /dev/kmsg
	no read /dev/sda
	no read /dev/vda
	no read /proc/kcore
	no read /proc/kmsg
	no read /proc/sysrq-trigger
	EPERM chmod file 4755
	EPERM chmod file 2755
	EPERM fchmod file 6755
	EPERM creat-mode new 4755
	EPERM creat-mode new 2755
	ok creat-mode new 755
	ok chmod file 1644
	EOF
	[ -z "$(find . -perm /6000)" ]
	mknod node c 1 3 2>/dev/null || return 0
	attempts <<-EOF
	EACCES read node
	EACCES write node
	EACCES read ./node
	EOF
}

@test "set-id programs give nothing" {
	needs_jail
	jail /bin/sh -c 'grep -E "^(Cap(Inh|Prm|Eff|Amb)|NoNewPrivs)" /proc/self/status | tr -d "\t 0"' </dev/null
	output_is "$(printf 'CapInh:\nCapPrm:\nCapEff:\nCapAmb:\nNoNewPrivs:1')"
	# Where the caller may not lower it, no_new_privs makes it say nothing.
	if [ "$PJ_TEST_STRATEGY" != landlock ] || [ "$(id -u)" -eq 0 ]; then
		jail /bin/sh -c 'grep "^CapBnd" /proc/self/status | tr -d "\t 0"' </dev/null
		output_is "CapBnd:"
	fi
	[ "$PJ_TEST_STRATEGY" != landlock ] || return 0
	jail /bin/sh -c 'for p in / /usr /tmp /proc /dev "$PWD"; do grep " $p " /proc/mounts | cut -d" " -f4 | grep -q nosuid || echo "$p"; done' </dev/null
	output_is ""
}

@test "the terminal" {
	needs_jail
	command -v script >/dev/null || skip "no script(1)"
	cat >attempts <<-EOF
	EPERM tiocsti 0
	EPERM tioclinux 0
	no tiocsctty 0
	ENXIO open /dev/tty rw
	ok no-descriptors
	EOF
	policy
	SHELL=/bin/sh run script -qec "'$PROCJAIL' run -p '$BATS_TEST_TMPDIR/p.json' --read '$PJ_PROGRAMS' -- '$ATTACK' attempts" /dev/null </dev/null
	output=${output//$'\r'/}
	[[ $output == *"5 attempts, 0 otherwise"* ]] || { stderr=; fail "not as wanted"; }
}

# serve tcp|unix NAME: a server of the host; $SAID is its port or "ready".
serve() {
	mkfifo ready
	python3 - "$@" >ready 2>&1 <<-'PYTHON' 3>&- &
	import socket, sys
	kind, name = sys.argv[1], sys.argv[2]
	if kind == "tcp":
	    s = socket.socket(); s.bind(("127.0.0.1", 0)); said = s.getsockname()[1]
	else:
	    s = socket.socket(socket.AF_UNIX)
	    s.bind("\0" + name[1:] if name[0] == "@" else name)
	    said = "ready"
	s.listen(8)
	print(said, flush=True)
	while True:
	    c, _ = s.accept()
	    open("reached", "w").close()
	    c.close()
	PYTHON
	SERVER=$!
	read -r -t 60 SAID <ready
	rm ready
}

@test "path sockets of the host are out of reach, own ones work" {
	needs_jail
	mkdir bus
	serve unix bus/socket
	ln -s bus/socket link
	attempts <<-EOF
	EACCES connect bus/socket
	EACCES connect $PWD/bus/socket
	EACCES connect link
	no datagram bus/socket
	ok own-socket own
	ok own-socket $PRIVATE/own
	ok own-socket @own
	ok connect own
	ok rename bus/socket bus/moved
	EACCES connect bus/moved
	ok link bus/moved bus/hard
	EACCES connect bus/hard
	EPERM socket 1 2 0
	EPERM socket 1 3 0
	EOF
	[ ! -e reached ]
	# It was there to be reached.
	python3 -c 'import socket; socket.socket(socket.AF_UNIX).connect("bus/moved")'
}

@test "abstract sockets of the host, in each network mode" {
	needs_jail
	name=@procjail-test-$$-$BATS_TEST_NUMBER
	serve unix "$name"
	modes="none host filtered"
	[ "$PJ_TEST_STRATEGY" = landlock ] || modes+=" loopback"
	for mode in $modes; do
		[ "$mode" != filtered ] || [ "$PJ_TEST_STRATEGY" != bubblewrap ] || continue
		JAIL_OPTIONS=(--network "$mode")
		attempts <<-EOF
		ECONNREFUSED connect $name
		ECONNREFUSED connect $name-not
		ECONNREFUSED pair-connect $name
		ECONNREFUSED pair-connect $name-not
		ok pair-bind $name
		ok own-socket $name
		ok own-socket @
		EOF
	done
	[ ! -e reached ]
}

@test "abstract sockets of the jail, which the host does not meet" {
	needs_jail
	name=procjail-test-$$-$BATS_TEST_NUMBER
	policy
	mkfifo says goes
	"$PROCJAIL" run -p "$BATS_TEST_TMPDIR/p.json" ${PJ_TEST_STRATEGY:+--strategy "$PJ_TEST_STRATEGY"} -- python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind("\0" + sys.argv[1])
s.listen(8)
print(s.getsockname()[-len(sys.argv[1]):] == sys.argv[1].encode(), flush=True)
c = socket.socket(socket.AF_UNIX)
c.connect(s.getsockname())
sys.stdin.read()
' "$name" <goes >says 3>&- &
	exec 4>goes
	read -r -t 60 SAID <says
	[ "$SAID" = True ]
	run python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).connect("\0" + sys.argv[1])' "$name"
	exec 4>&-
	wait "$!"
	[[ $output = *ConnectionRefusedError* ]]
}

# bats test_tags=not-landlock
@test "a namespace of its own of each kind, and of the network where the mode has one" {
	needs_jail
	for mode in none loopback filtered; do
		kinds="user mnt pid ipc uts cgroup"
		[ "$mode" = none ] || kinds+=" net"
		[ "$mode" != filtered ] || [ "$PJ_TEST_STRATEGY" != bubblewrap ] || continue
		JAIL_OPTIONS=(--network "$mode")
		jail /bin/sh -c 'for kind; do readlink "/proc/self/ns/$kind"; done' sh $kinds </dev/null
		status_is 0
		for kind in $kinds; do
			theirs=$(grep "^$kind:" <<<"$output") || fail "$mode: no $kind namespace to be seen"
			[ "$theirs" != "$(readlink "/proc/self/ns/$kind")" ] || fail "$mode: the host's $kind namespace"
		done
	done
	jail /bin/sh -c 'exec /bin/uname -n' </dev/null
	[ "$output" = procjail ] || [ "$PJ_TEST_STRATEGY" = bubblewrap ] || fail "the host's name"
}

@test "network none and loopback" {
	needs_jail
	serve tcp -
	port=$SAID
	attempts <<-EOF
	EAFNOSUPPORT tcp $port
	EAFNOSUPPORT udp 127.0.0.1
	EAFNOSUPPORT socket 16 3 0
	EAFNOSUPPORT socket 17 3 0
	EAFNOSUPPORT socket 38 5 0
	EAFNOSUPPORT socket 40 1 0
	EOF
	[ ! -e reached ]
	[ "$PJ_TEST_STRATEGY" != landlock ] || return 0
	JAIL_OPTIONS=(--network loopback)
	attempts <<-EOF
	ok own-tcp
	ECONNREFUSED tcp $port
	ENETUNREACH udp 192.0.2.1
	EPERM socket 2 3 0
	EAFNOSUPPORT socket 17 3 0
	EAFNOSUPPORT socket 38 5 0
	EAFNOSUPPORT socket 40 1 0
	EOF
	[ ! -e reached ]
}

# bats test_tags=not-bubblewrap
@test "execution: only what is listed" {
	needs_jail
	loader=$(ldd /bin/true | sed -n 's/^[[:space:]]*\(\/[^ ]*ld[^ ]*\) .*/\1/p')
	cp /bin/true copy
	printf '#!/bin/sh\n' >script && chmod +x script
	policy "\"filesystem\": { \"execute\": [\"/usr\", \"$PJ_PROGRAMS\"] }"
	attempts <<-EOF
	ok exec /bin/true
	ok exec-fd /bin/true
	ok load ${loader:-/bin/true} /bin/true
	ok map-exec /usr/bin/true
	EACCES exec copy
	EACCES exec ./script
	EACCES exec-fd copy
	EACCES exec /proc/self/cwd/copy
	ok copy /bin/true $PRIVATE/copy
	EACCES|ENOENT exec $PRIVATE/copy
	ok copy /bin/true /dev/shm/copy
	EACCES|ENOENT exec /dev/shm/copy
	EACCES exec-fd /dev/shm/copy
	no exec-memory /bin/true
	EOF
	[ "$PJ_TEST_STRATEGY" = landlock ] || attempts <<-EOF
	ok copy /bin/true /tmp/copy
	EACCES load ${loader:-/bin/false} ./copy
	EPERM map-exec copy
	EACCES protect-exec copy
	EPERM map-exec /tmp/copy
	EOF
	# With everything executable the same things work.
	policy
	attempts <<-EOF
	ok exec ./copy
	ok exec ./script
	ok exec-fd copy
	ok map-exec copy
	ok exec-memory /bin/true
	EOF
}

# bats test_tags=not-bubblewrap
@test "execution: a file that git's pointer gives is none to execute" {
	needs_jail
	git init -q .
	mkdir other
	policy "\"filesystem\": { \"execute\": [\"/usr\", \"$PJ_PROGRAMS\"] }"
	jail /bin/sh -c 'mkdir -p .git/worktrees/w && echo "$PWD/other/.git" >.git/worktrees/w/gitdir && exec "$0"' "$ATTACK" <<-EOF
	EACCES exec-scratch $ATTACK .git/worktrees/w/commondir
	EOF
	output_is "1 attempts, 0 otherwise"
}

# bats test_tags=not-landlock
@test "what the host mounts later does not come in" {
	needs_jail
	local own=(-m)
	if [ "$(id -u)" -ne 0 ]; then
		[ "$PJ_TEST_STRATEGY" != bubblewrap ] || skip "as root only: in a user namespace of ours bwrap is not root's, and is not run"
		own=(-cm --keep-caps)
	fi
	mkdir -p ../granted/place
	policy "\"filesystem\": { \"read\": [\"$(cd ../granted && pwd -P)\"] }"
	mkfifo in out
	run unshare "${own[@]}" /bin/sh -ec '
		granted=$1; shift
		mount --bind "$granted" "$granted"
		mount --make-shared "$granted"
		setpriv --inh-caps -all --ambient-caps -all "$@" <in >out 2>&1 &
		exec 8>in 9<out
		read -r line <&9
		[ "$line" = ready ]
		mount -t tmpfs later "$granted/place"
		touch "$granted/place/seen"
		echo go >&8
		cat <&9' sh "$(cd ../granted && pwd -P)" \
		"$PROCJAIL" run -p ../p.json ${PJ_TEST_STRATEGY:+--strategy "$PJ_TEST_STRATEGY"} -- /bin/sh -c \
		'echo ready; read -r _; ls ../granted/place; touch ../granted/place/new 2>/dev/null && echo written; grep -c "tmpfs later" /proc/self/mountinfo' 3>&-
	[ "$output" = 0 ] || fail "got '$output'"
}
