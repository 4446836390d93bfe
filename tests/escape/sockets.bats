# SPDX-License-Identifier: Apache-2.0
# Path sockets of the host: those that the policy names, and no other.
load helper

teardown() {
	local pid
	for pid in $SERVERS; do
		kill "$pid" 2>/dev/null || :
	done
}

# serve PATH [TYPE]: answers each connection on the path socket with its name.
serve() {
	python3 - "$@" >"$1.ready" 2>&1 <<-'PYTHON' 3>&- &
	import socket, sys
	s = socket.socket(socket.AF_UNIX, getattr(socket, sys.argv[2] if len(sys.argv) > 2 else "SOCK_STREAM"))
	s.bind(sys.argv[1]); s.listen(8); print("ready", flush=True)
	while True:
	    c, _ = s.accept()
	    try: c.send(b"hello from " + sys.argv[1].encode())
	    except OSError: pass
	    c.close()
	PYTHON
	SERVERS="$SERVERS $!"
	for _ in $(seq 6000); do
		[ ! -s "$1.ready" ] || break
		read -r -t 0.01 <> <(:) || :
	done
	[ -s "$1.ready" ]
}

@test "a named socket can be reached, another cannot" {
	needs_jail
	mkdir ../run
	serve ../run/granted
	serve ../run/packets SOCK_SEQPACKET
	serve ../run/other
	serve inside
	RUN=$(cd ../run && pwd -P)
	ln -s "$RUN/granted" link
	for mode in none loopback host filtered; do
		policy "\"network\": { \"mode\": \"$mode\", \"unix_sockets\": [\"$RUN/granted\", \"$RUN/packets\", \"$RUN/missing\"] }"
		attempts <<-EOF
		ok connect $RUN/granted
		ok connect link
		no connect $RUN/other
		EACCES connect inside
		no connect $RUN/missing
		no datagram $RUN/granted
		no unlink $RUN/granted
		EPERM socket 1 2 0
		ok own-socket own-$mode
		EOF
	done
	jail /usr/bin/python3 -c 'import socket, sys
for p, t in (("granted", socket.SOCK_STREAM), ("packets", socket.SOCK_SEQPACKET)):
    s = socket.socket(socket.AF_UNIX, t); s.connect(sys.argv[1] + "/" + p); print(s.recv(99).decode().split("/")[-1])' "$RUN" </dev/null
	output_is "granted
packets"
}

@test "what is meant is the socket, and nothing takes its place" {
	needs_jail
	serve named
	serve other
	ln named hard
	policy '"network": { "unix_sockets": ["./named"] }'
	attempts <<-EOF
	ok connect named
	ok connect hard
	EBUSY rename named moved
	EBUSY rename other named
	no unlink named
	EACCES connect other
	EOF
}

@test "a named socket below what is denied; the option" {
	needs_jail
	mkdir -p hidden
	serve hidden/socket
	echo canary >hidden/canary
	policy "\"filesystem\": { \"deny\": [\"./hidden\"] }, \"network\": { \"unix_sockets\": [\"./hidden/socket\"] }"
	attempts <<-EOF
	ok connect hidden/socket
	no read hidden/canary
	no creat hidden/new
	EOF
	pj run --unix-socket ./hidden/socket -- /usr/bin/python3 -c 'import socket; s = socket.socket(socket.AF_UNIX); s.connect("hidden/socket"); print(s.recv(5).decode())'
	output_is hello
	pj run --unix-socket /etc/passwd -- /bin/true
	status_is 125
	says "ipc: /etc/passwd is no socket"
}
