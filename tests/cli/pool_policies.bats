# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154
# Where the policies of procjail pool come from, and what its jails can do to them and to it.
load pool

@test "policies are the service's: no path, no file of the workspace, none that others write" {
	needs_jail
	serve
	for name in ../work/mine ./mine .mine "$PWD/mine" ''; do
		by -p "$name" -- true
		status_is 125
		says "no name of a policy"
	done
	echo '{ "version": 1, "extends": "read-only", "commands": { "*": "any-arguments" } }' >mine.json
	by -p mine -- true
	status_is 125
	says "no policy 'mine'"
	cp mine.json "$policies/mine.json"
	by -p mine -- true
	status_is 0
	chmod o+w "$policies/mine.json"
	by -p mine -- true
	status_is 125
	says "written by others"
}

@test "a policy that could be written from elsewhere is refused, and what to do is said" {
	needs_jail
	serve
	any='{ "version": 1, "extends": "%s", "commands": { "*": "any-arguments" } }\n'
	# shellcheck disable=SC2059
	made() { printf "$any" "$1" >"$2"; }
	refused() {
		by -p "$1" -- true
		status_is 125
		says "${@:2}"
	}
	made read-only elsewhere.json
	made read-only "$policies/base.json"
	ln -s "$PWD/elsewhere.json" "$policies/link.json"
	refused link "$policies/link.json: is a symbolic link; put a copy"
	ln elsewhere.json "$policies/hard.json"
	refused hard "$policies/hard.json: has 2 names" "put a copy"
	made ../work/elsewhere.json "$policies/far.json"
	refused far "$policies/far.json:1:28: extends: " "does not lie in $policies" "copy it there"
	made "$PWD/elsewhere.json" "$policies/far.json"
	refused far "does not lie in $policies"
	made link.json "$policies/far.json"
	refused far "is a symbolic link"
	made far.json "$policies/farther.json"
	refused farther "is a symbolic link"
	made base.json "$policies/near.json"
	by -p near -- true
	status_is 0
	# What it extends is looked at as itself, though not for each request.
	chmod o+w "$policies/base.json"
	until by -p near -- true && [ "$status" -ne 0 ]; do :; done
	refused near "$policies/base.json: can be written by others"
}

@test "a directory of policies that comes later, or behind a link that does" {
	needs_jail
	places
	rmdir "$policies"
	ln -s . "$BATS_TEST_TMPDIR/here"
	serve_there "$BATS_TEST_TMPDIR/here/policies"
	by -p p -- true
	says "no policy 'p'"
	mkdir "$policies" other
	echo '{ "version": 1, "extends": "read-only", "commands": { "*": "any-arguments" } }' |
		tee "$policies/p.json" >other/p.json
	by -p p -- true
	status_is 0
	mv "$policies" "$policies.old"
	ln -s "$PWD/other" "$policies"
	by -p p -- true
	status_is 125
	says "$policies: has become a symbolic link" "name the directory itself"
}

# Each line of the script is tried in a jail that may write all of the test's
# directory; none may have come about.
none_succeeds() {
	local line
	while read -r line; do
		by -p p --workspace "$BATS_TEST_TMPDIR" --chdir "$BATS_TEST_TMPDIR" -- /bin/sh -c "$line"
		[ "$status" -ne 0 ] || fail "done: $line"
	done
	by -p p --workspace "$BATS_TEST_TMPDIR" --chdir "$BATS_TEST_TMPDIR" -- /bin/sh -c 'echo >written; cat written'
	status_is 0
	[ -e "$BATS_TEST_TMPDIR/written" ] || fail "the jail could not write at all"
}

@test "what runs rewrites neither its policy, nor what that extends, nor the way to it" {
	needs_jail
	places
	mkdir -p "$BATS_TEST_TMPDIR/cfg/inner/real"
	ln -s inner/real "$BATS_TEST_TMPDIR/cfg/link"
	policies=$BATS_TEST_TMPDIR/cfg/inner/real
	echo '{ "version": 1, "extends": "workspace-write", "commands": { "*": "any-arguments" }, "risky_programs": "allow" }' \
		>"$policies/base.json"
	echo '{ "version": 1, "extends": "base.json" }' >"$policies/p.json"
	before=$(cat "$policies"/*.json)
	serve_there "$BATS_TEST_TMPDIR/cfg/link"
	none_succeeds <<-'TRIES'
	echo >>cfg/inner/real/p.json
	echo >>cfg/link/base.json
	echo >cfg/link/new.json
	rm cfg/link/p.json
	mv cfg/link/p.json cfg/link/q.json
	ln cfg/link/base.json base.json && echo >>base.json
	chmod 666 cfg/link/base.json
	cp cfg/link/p.json p.json && mv p.json cfg/link/p.json
	ln -s base.json cfg/link/linked.json
	mv cfg/inner/real cfg/inner/gone
	mv cfg/inner cfg/gone
	mv cfg gone
	rm cfg/link
	mv cfg/link cfg/gone
	mkdir mine && ln -s ../mine to && mv -T to cfg/link
	TRIES
	[ "$(cat "$policies"/*.json)" = "$before" ] || fail "a policy is another"
	[ "$(readlink "$BATS_TEST_TMPDIR/cfg/link")" = inner/real ] || fail "the link leads elsewhere"
}

# What a jail may try to listen in the service's place.
takes_place() {
	needs_python
	echo '{ "version": 1, "extends": "workspace-write", "commands": { "*": "any-arguments" }, "risky_programs": "allow" }' \
		>"$policies/p.json"
	cat >"$BATS_TEST_TMPDIR/bind.py" <<-'BIND'
	import os, socket, sys
	s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
	s.bind(sys.argv[1])
	s.listen()
	for to in sys.argv[2:]:
	    os.rename(sys.argv[1], to)
	BIND
	before=$(stat -c '%d:%i %a' "$socket")
	none_succeeds <<-TRIES
	rm -f at/pool.sock
	mv at/pool.sock at/gone
	ln at/pool.sock linked
	chmod 666 at/pool.sock
	echo >mine && mv mine at/pool.sock
	ln -s mine at/link && mv -T at/link at/pool.sock
	$python bind.py at/pool.sock
	rm -f bound; $python bind.py bound at/pool.sock
	rm -f bound; $python bind.py bound real/pool.sock
	mv real gone
	rm at
	mv at gone
	ln -sfn . at
	rm -f at/pool.sock.lock && test ! -e real/pool.sock.lock && echo >at/pool.sock.lock
	mv at/pool.sock.lock gone
	ln -s mine at/pool.sock.lock
	TRIES
	[ "$(stat -c '%d:%i %a' "$socket")" = "$before" ] || fail "another socket"
	[ "$(readlink "$BATS_TEST_TMPDIR/at")" = real ] || fail "the link leads elsewhere"
	[ ! -e "$BATS_TEST_TMPDIR/real/gone" ] || fail "something is gone"
}

# The socket lies in what the jail may write, behind a link.
socket_in_reach() {
	places
	mkdir "$BATS_TEST_TMPDIR/real"
	ln -s real "$BATS_TEST_TMPDIR/at"
	socket=$BATS_TEST_TMPDIR/at/pool.sock
}

@test "what runs does not take the place of the service's socket" {
	needs_jail
	socket_in_reach
	serve_there "$policies"
	takes_place
	[ -e "$socket.lock" ] || fail "the lock is gone"
}

@test "nor that of a socket that is named from where the service stands" {
	needs_jail
	socket_in_reach
	absolute=$socket
	socket=../at/pool.sock
	serve_there "$policies"
	socket=$absolute
	takes_place
}

@test "nor that of systemd's" {
	needs_jail
	socket_in_reach
	activate
	takes_place
	[ ! -e "$socket.lock" ] || fail "there is a lock"
}

@test "a policy that grants the service's socket grants it" {
	needs_jail
	needs_python
	serve
	cat >"$policies/p.json" <<-POLICY
	{ "version": 1, "extends": "workspace-write", "commands": { "*": "any-arguments" }, "risky_programs": "allow",
	  "network": { "unix_sockets": ["$socket"] } }
	POLICY
	by -p p --workspace "$BATS_TEST_TMPDIR" -- "$python" -c "
import socket
socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET).connect('$socket')"
	status_is 0
}

@test "a policy that changes holds at once, and one that is broken holds nothing" {
	needs_jail
	serve
	policy='{ "version": 1, "extends": "read-only", "commands": { "/usr/bin/%s": "any-arguments" } }\n'
	# shellcheck disable=SC2059
	printf "$policy" true >"$policies/p.json"
	for _ in 1 2 3; do by -p p -- /usr/bin/true; done
	status_is 0
	# shellcheck disable=SC2059
	printf "$policy" false >"$policies/p.json"
	by -p p -- /usr/bin/true
	status_is 126
	by -p p -- /usr/bin/false
	status_is 1
	echo '{ "version": 1,' >"$policies/p.json"
	by -p p -- /usr/bin/false
	status_is 125
	says "p.json"
	rm "$policies/p.json"
	by -p p -- /usr/bin/false
	status_is 125
}

@test "what runs can neither write policies nor reach the service" {
	needs_jail
	serve --audit "$PWD/log"
	mkdir -p home
	by --workspace "$BATS_TEST_TMPDIR" -- /bin/sh -c "echo >'$policies/planted.json'"
	[ "$status" -ne 0 ] || fail "it planted a policy"
	[ ! -e "$policies/planted.json" ]
	needs_python
	by --workspace "$BATS_TEST_TMPDIR" -- "$python" -c "
import socket
socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET).connect('$socket')"
	[ "$status" -ne 0 ] || fail "it reached the service"
	by -- /bin/sh -c 'cat log || echo hidden; echo >>log'
	[[ $output == hidden* ]] || fail "it read the log"
	run --separate-stderr "$PROCJAIL" audit verify log
	status_is 0
	[ "$(wc -l <log)" -ge 2 ] || fail "runs are missing in the log"
}
