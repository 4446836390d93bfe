# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154
# A small world for network tests: a host of ours in a network namespace of its
# own, and beside it, on a cable, a machine with a name server and servers. It
# needs no privileges: it lies in a user namespace where we are no root.
#
#   10.99.0.254  fd99::fe   the host, in which procjail runs
#   10.99.0.1    fd99::1    the machine: port 53 dnsmasq, 8080 HTTP, 8081 echo
#   10.99.0.77   fd99::77   takes everything and never answers

world_start() {
	local as_root=() tool
	for tool in dnsmasq ip nsenter unshare; do
		PATH=$PATH:/usr/sbin command -v "$tool" >/dev/null || skip "$tool is not installed"
	done
	[ "$(id -u)" = 0 ] || as_root=(-Ur)
	unshare "${as_root[@]}" -mn /bin/sh -c '
		echo $$ >'"$BATS_FILE_TMPDIR"'/host
		unshare -n /bin/sh -c "echo \$\$ >'"$BATS_FILE_TMPDIR"'/machine; exec sleep 1000" &
		exec sleep 1000' 3>&- </dev/null >/dev/null 2>&1 &
	wait_for_file "$BATS_FILE_TMPDIR/host"
	wait_for_file "$BATS_FILE_TMPDIR/machine"
	HOST=$(cat "$BATS_FILE_TMPDIR/host") MACHINE=$(cat "$BATS_FILE_TMPDIR/machine")
	export HOST MACHINE
	in_host /bin/sh -ec "
		ip link set lo up
		ip link add v0 type veth peer name v1 netns $MACHINE
		ip link set v0 up
		ip addr add 10.99.0.254/24 dev v0
		ip addr add fd99::fe/64 dev v0 nodad
		ip neigh add 10.99.0.77 lladdr 02:00:00:00:00:01 dev v0 nud permanent
		echo 'nameserver 10.99.0.1' >$BATS_FILE_TMPDIR/resolv.conf
		printf '127.0.0.1 localhost\n10.99.0.1 listed.test other.name\n127.0.0.1 inside.test\n' >$BATS_FILE_TMPDIR/hosts
		mount --bind $BATS_FILE_TMPDIR/resolv.conf \$(realpath /etc/resolv.conf)
		mount --bind $BATS_FILE_TMPDIR/hosts /etc/hosts" || return 1
	in_machine /bin/sh -ec '
		ip link set lo up
		ip link set v1 up
		ip addr add 10.99.0.1/24 dev v1
		ip addr add 10.99.0.2/24 dev v1
		ip addr add fd99::1/64 dev v1 nodad' || return 1
	names_start
	in_machine /bin/sh -c 'echo $$ >'"$BATS_FILE_TMPDIR"'/server; exec "$@"' sh \
		/usr/bin/python3 "$SOURCE_OF_TESTS/world_server.py" "$BATS_FILE_TMPDIR" 3>&- >"$BATS_FILE_TMPDIR/server.log" 2>&1 &
	wait_for_file "$BATS_FILE_TMPDIR/serving"
}

SOURCE_OF_TESTS=${BASH_SOURCE[0]%/*}

# Of a file that has no other.
setup_file() {
	world_start
}

teardown_file() {
	world_stop
}

# names_start [OPTION...]: with further options of dnsmasq.
names_start() {
	local many=() i
	for i in $(seq 60); do
		many+=(--host-record="many.test,10.99.1.$i")
	done
	for i in $(seq 100); do
		many+=(--host-record="huge.test,fd99::1:$i")
	done
	# Three links, and more than we follow.
	many+=(--cname=link1.test,link2.test --cname=link2.test,link3.test --cname=link3.test,x.b.test)
	for i in $(seq 12); do
		many+=(--cname="deep$i.test,deep$((i + 1)).test")
	done
	many+=(--host-record=deep13.test,10.99.0.1)
	in_machine /bin/sh -c 'echo $$ >'"$BATS_FILE_TMPDIR"'/dnsmasq; exec "$@"' sh \
		dnsmasq -d -C /dev/null --no-hosts --no-resolv --log-queries --port=53 --bind-interfaces --listen-address=10.99.0.1 \
		--local=/test/ --host-record=a.test,10.99.0.1 --host-record=both.test,10.99.0.1,fd99::1 \
		--host-record=six.test,fd99::1 --host-record=x.b.test,10.99.0.1 --host-record=b.test,10.99.0.2 \
		--host-record=short.test,10.99.0.1,1 --host-record=hole.test,10.99.0.77 --cname=alias.test,x.b.test \
		--cname=detour.test,denied.b.test --host-record=denied.b.test,10.99.0.2 \
		--host-record=loop.test,127.0.0.1 --host-record=loop6.test,::1 --host-record=mapped.test,::ffff:127.0.0.1 \
		--host-record=meta.test,169.254.169.254 --host-record=own.test,10.99.0.254 --host-record=own6.test,fd99::fe \
		--host-record=zero.test,0.0.0.0 --host-record=group.test,224.0.0.1 --host-record=nat.test,64:ff9b::7f00:1 \
		--host-record=nat-own.test,64:ff9b::10.99.0.254 --host-record=6to4-own.test,2002:a63:fe::1 --host-record=siit-own.test,::ffff:0:10.99.0.254 \
		--host-record=mixed.test,127.0.0.1 --host-record=mixed.test,10.99.0.1 \
		--txt-record=a.test,secret "${many[@]}" "$@" 3>&- >"$BATS_FILE_TMPDIR/names.log" 2>&1 &
	wait_for_text "$BATS_FILE_TMPDIR/names.log" "started"
}

names_stop() {
	kill "$(cat "$BATS_FILE_TMPDIR/dnsmasq")"
	wait_for_text "$BATS_FILE_TMPDIR/names.log" "exiting"
}

in_host() {
	local as_root=()
	[ "$(id -u)" = 0 ] || as_root=(-U --preserve-credentials)
	PATH=$PATH:/usr/sbin nsenter -t "$HOST" "${as_root[@]}" -m -n --wdns="$PWD" -- "$@"
}

in_machine() {
	local as_root=()
	[ "$(id -u)" = 0 ] || as_root=(-U --preserve-credentials)
	PATH=$PATH:/usr/sbin nsenter -t "$MACHINE" "${as_root[@]}" -m -n --wdns="$PWD" -- "$@"
}

world_stop() {
	local file
	for file in dnsmasq server machine host; do
		[ ! -s "$BATS_FILE_TMPDIR/$file" ] || kill "$(cat "$BATS_FILE_TMPDIR/$file")" 2>/dev/null || :
	done
}

wait_for_file() {
	wait_for_text "$1" .
}

# A minute at least: that long only for what never comes.
wait_for_text() {
	local _
	for _ in $(seq 6000); do
		grep -q "$2" "$1" 2>/dev/null && return
		read -r -t 0.01 <> <(:) || :
	done
	echo "# no '$2' in $1" >&2
	cat "$1" >&2
	return 1
}

# net [PATTERN...]: the policy with these rules; !PATTERN denies.
# NET_MORE: further members of "network".
net() {
	local allow=() deny=() pattern
	for pattern; do
		case $pattern in
		!*) deny+=("\"${pattern#!}\"") ;;
		*) allow+=("\"$pattern\"") ;;
		esac
	done
	policy "\"network\": { \"mode\": \"filtered\", \"allow\": [$(IFS=,; echo "${allow[*]}")], \"deny\": [$(IFS=,; echo "${deny[*]}")]${NET_MORE:+, $NET_MORE} }"
}

# What a connect to the loopback ends with, where nothing of the jail listens.
# Strategy landlock has no loopback of its own: there it is this host's, and
# names are asked for on connections alone.
NOTHING=ECONNREFUSED
[ "$PJ_TEST_STRATEGY" != landlock ] || NOTHING=EACCES

# py SCRIPT [ARGUMENT...]: python in the jail, in the world; --json's object is
# in $output, what the script printed in $printed. Its attempt() connects;
# resolve_once() has libc ask once and wait long, so that what is answered the
# broker answers by itself; sooner(SECONDS, CALL) is CALL's result, if at least
# one of some is there in that time: what waits for so long never is, and what
# does not wait is late now and then at most, on a machine that is slow.
py() {
	local script=$1
	shift
	run --separate-stderr in_host "$PROCJAIL" run -p "$BATS_TEST_TMPDIR/p.json" ${PJ_TEST_STRATEGY:+--strategy "$PJ_TEST_STRATEGY"} --json -- /usr/bin/python3 -c "import socket, sys, os, errno, time
def resolve_once(): os.environ['RES_OPTIONS'] = 'timeout:30 attempts:1'
def sooner(seconds, call):
    for _ in range(10):
        start = time.monotonic(); result = call()
        if time.monotonic() - start < seconds: return result
    return 'not within %s s' % seconds
def attempt(address, timeout=60):
    try:
        with socket.create_connection(address, timeout) as s: return 'connected'
    except socket.gaierror as e: return 'EAI %d' % e.errno
    except OSError as e: return errno.errorcode.get(e.errno, str(e))
class Names:
    hosted = '$PJ_TEST_STRATEGY' == 'landlock'
    def __init__(self):
        self.s = socket.create_connection(('127.0.0.1', 53), 20) if self.hosted else socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.s.settimeout(60)
    def send(self, query):
        if self.hosted: self.s.sendall(len(query).to_bytes(2, 'big') + query)
        else: self.s.sendto(query, ('127.0.0.1', 53))
    def receive(self):
        if not self.hosted: return self.s.recv(2000)
        return self.s.recv(int.from_bytes(self.s.recv(2, socket.MSG_WAITALL), 'big'), socket.MSG_WAITALL)
    def ask(self, query):
        self.send(query); return self.receive()
$script" "$@" </dev/null
	printed=$(jq -r .stdout <<<"$output")
}

printed_is() {
	[ "$printed" = "$1" ] || fail "wanted '$1', got '$printed'"
}
