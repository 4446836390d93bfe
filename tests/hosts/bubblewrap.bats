# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2016,SC2154
# Strategy bubblewrap: which bwrap is run, what becomes of a wrong one, and that
# the jail ends with us. What it holds is tests/escape's, run once more.
load ../escape/helper

STRATEGY=(--strategy bubblewrap)

# with_bwrap FILE ARGUMENT...: procjail where FILE lies at /usr/bin/bwrap.
with_bwrap() {
	local file=$1
	shift
	[ "$(id -u)" = 0 ] || skip "needs root"
	run --separate-stderr unshare -m sh -c 'mount --bind "$0" /usr/bin/bwrap && exec "$@"' "$file" \
		"$PROCJAIL" run "${STRATEGY[@]}" "$@" </dev/null
}

# script LINE...: ./bwrap, root's alone.
script() {
	printf '%s\n' '#!/bin/sh' "$@" >bwrap
	chmod 755 bwrap
}

@test "the result names it" {
	pj run --json "${STRATEGY[@]}" -- /bin/echo hello
	status_is 0
	json '[.stdout, .containment.strategy]' '["hello\n","bubblewrap"]'
	json '.containment.enforced["filesystem-read"]' "bwrap: own root of the granted trees"
}

@test "streams, arguments, environment and exit status pass through" {
	run --separate-stderr "$PROCJAIL" run "${STRATEGY[@]}" --env A='b c' -- /bin/sh -c 'cat; echo "$A,$1" >&2; exit 7' x 'y z' <<<input
	status_is 7
	output_is input
	[ "$stderr" = 'b c,y z' ] || fail "standard error"
	run -143 "$PROCJAIL" run "${STRATEGY[@]}" -- /bin/sh -c 'kill -TERM $$' </dev/null
}

@test "no descriptor of bwrap or of ours reaches the program" {
	pj run "${STRATEGY[@]}" -- /bin/sh -c 'cd /proc/self/fd && echo *'
	status_is 0
	output_is "0 1 2 3" # 3: the shell's own, for the pattern
}

@test "a bwrap in PATH or in the workspace is never run" {
	script "touch $PWD/ran" 'exec /usr/bin/bwrap "$@"'
	PATH=$PWD:$PATH pj run "${STRATEGY[@]}" -- /bin/true
	status_is 0
	[ ! -e ran ] || fail "it ran"
}

@test "a bwrap that others may write is never run" {
	script "touch $PWD/ran"
	chmod 775 bwrap
	with_bwrap "$PWD/bwrap" -- /bin/true
	status_is 125
	says "containment-unavailable: " "/usr/bin/bwrap" "root's alone" "chmod go-w"
	[ ! -e ran ] || fail "it ran"
	chmod 755 bwrap
	chown 65534 bwrap
	with_bwrap "$PWD/bwrap" -- /bin/true
	status_is 125
	says "root's alone"
	[ ! -e ran ] || fail "it ran"
}

@test "a bwrap that cannot be executed is refused" {
	script
	chmod 644 bwrap
	with_bwrap "$PWD/bwrap" -- /bin/true
	status_is 125
	says "containment-unavailable: " "/usr/bin/bwrap is not executable"
}

@test "a bwrap of another version is refused with what it says" {
	script 'echo "bwrap: Unknown option --as-pid-1" >&2' 'exit 1'
	with_bwrap "$PWD/bwrap" -- /bin/true
	status_is 125
	says "containment-unavailable: " "bubblewrap: /usr/bin/bwrap" "Unknown option --as-pid-1" "doctor"
	script 'exit 0'
	with_bwrap "$PWD/bwrap" -- /bin/true
	status_is 125
	says "it said nothing"
}

@test "a bwrap that makes no jail does not get the program to run" {
	script 'exec /proc/self/fd/3'
	with_bwrap "$PWD/bwrap" -- /usr/bin/touch "$PWD/ran"
	status_is 125
	says "containment-unavailable: "
	[ ! -e ran ] || fail "it ran"
}

# Another strategy would run the program a second time.
@test "a jail that ends before it tells whether the program runs is a failure, not a host that refuses" {
	script 'exec /usr/bin/python3 -c "import socket; socket.socket(fileno=4).recv(1)"'
	with_bwrap "$PWD/bwrap" -- /usr/bin/touch "$PWD/ran"
	status_is 125
	says "procjail: launch: bubblewrap: " "before it told"
	[ ! -e ran ] || fail "it ran"
}

@test "a bwrap that leaves a granted tree writable does not get the program to run" {
	[ "$(id -u)" = 0 ] || skip "needs root"
	script 'tr "\0" "\n" <&5 | sed s/^--ro-bind$/--bind/ | tr "\n" "\0" >/mnt/options' \
		'exec /mnt/bwrap "$@" 5</mnt/options'
	run --separate-stderr unshare -m sh -c 'mount -t tmpfs none /mnt && cp /usr/bin/bwrap /mnt &&
		mount --bind bwrap /usr/bin/bwrap && exec "$@"' sh \
		"$PROCJAIL" run "${STRATEGY[@]}" -- /usr/bin/touch "$PWD/ran" </dev/null
	status_is 125
	says "not made as planned"
	[ ! -e ran ] || fail "it ran"
}

@test "auto takes bubblewrap only where namespaces are refused" {
	pj run --json -- /bin/true
	json '.containment.passed_over' '[]'
}

@test "what it cannot hold is refused by name" {
	policy '"filesystem": { "execute": ["/usr"] }'
	pj run -p "$BATS_TEST_TMPDIR/p.json" "${STRATEGY[@]}" -- /bin/true
	status_is 125
	says "containment-unavailable: execute: "
}

@test "the jail ends with its supervisor, however that ends" {
	local line rest
	exec 7< <(exec "$PROCJAIL" run "${STRATEGY[@]}" -- /bin/sh -c 'echo up; sleep 1000 & sleep 1000')
	local supervisor=$!
	read -r line <&7
	[ "$line" = up ]
	kill -KILL "$supervisor"
	# End of file: nobody of the jail is left to hold the other end.
	rest=$(timeout 300 cat <&7)
	[ -z "$rest" ]
}

@test "time limit and output limit" {
	policy '"limits": { "wall_time": "300ms" }'
	pj run -p "$BATS_TEST_TMPDIR/p.json" "${STRATEGY[@]}" -- /bin/sleep 1000
	status_is 124
	policy '"limits": { "wall_time": "60s", "stdout": "1KiB" }'
	run --separate-stderr "$PROCJAIL" run -p "$BATS_TEST_TMPDIR/p.json" "${STRATEGY[@]}" -- /usr/bin/yes </dev/null
	status_is 137
}
