# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154
# procjail pool, and procjail run --pool. Each test has a service of its own.
load helper

teardown() {
	[ -z "$service" ] || kill -KILL "$service" 2>/dev/null || :
	[ -z "$service" ] || wait "$service" 2>/dev/null || :
}

# serve [OPTION...]: start the service and wait until it listens.
serve() {
	places
	serve_there "$policies" "$@"
}

# serve_there DIRECTORY [OPTION...]: the same with policies from there.
serve_there() {
	exec 8<&- || :
	rm -f said
	mkfifo said
	"$PROCJAIL" pool --socket "$socket" --policies "$@" </dev/null >/dev/null 2>said 3>&- &
	service=$!
	exec 8<said
	read -r -t 100 -u 8 line
	[[ $line == "procjail: listening at $socket" ]] || fail "the service said: $line"
}

# activate: start it with a socket that it is passed.
activate() {
	mkfifo said
	"$python" "$SOURCE/tests/cli/pool_client.py" "$socket" activate "$PROCJAIL" pool --policies "$policies" \
		</dev/null >/dev/null 2>said 3>&- &
	service=$!
	exec 8<said
	read -r -t 100 -u 8 line
	[[ $line == *passed* ]] || fail "said: $line"
}

places() {
	socket=$BATS_TEST_TMPDIR/pool.sock
	policies=$BATS_TEST_TMPDIR/policies
	mkdir -p "$policies"
	START_OPTIONS=(--pool "$socket")
}

# stop: end the service as systemd does; $status is its own.
stop() {
	status=0
	kill -TERM "$service"
	wait "$service" || status=$?
	service=
}

# by ARGUMENT...: as pj run, by the service.
by() {
	pj run --pool "$socket" "$@"
}

# client ARGUMENT...: tests/cli/pool_client.py, which is no procjail.
client() {
	run --separate-stderr "$python" "$SOURCE/tests/cli/pool_client.py" "$socket" "$@" </dev/null
}

# One that any user may run.
python=/usr/bin/python3

needs_python() {
	[ -x "$python" ] || skip "no python3"
}

# What the service holds beside its workers, which have two descriptors each and
# stay: served with --idle=100ms, the same again when all that came is gone.
holds() {
	local threads
	threads=$(find "/proc/$service/task" -mindepth 1 -maxdepth 1 | wc -l)
	echo "$(($(find "/proc/$service/fd" -mindepth 1 2>/dev/null | wc -l) - 2 * threads)) descriptors" \
		"$(pgrep -c -P "$service") jails $(grep -c " $socket\$" /proc/net/unix) sockets"
}

# until_holds PATTERN: wait for it, a minute at least.
until_holds() {
	local deadline=$((SECONDS + 60))
	# shellcheck disable=SC2053
	while [[ $(holds) != $1 ]]; do
		[ "$SECONDS" -lt "$deadline" ] || fail "$(holds), wanted $1"
		read -r -t 0.01 <> <(:) || :
	done
}

# Nobody has come yet: the main thread and a worker.
holds_at_first() {
	until [ "$(find "/proc/$service/task" -mindepth 1 -maxdepth 1 | wc -l)" = 2 ]; do
		read -r -t 0.01 <> <(:) || :
	done
	until_holds "* 0 jails 1 sockets"
	holds
}

@test "a run by the service is as any run: streams, status" {
	needs_jail
	serve
	by -- /bin/sh -c 'echo out; echo err >&2; exit 7'
	status_is 7
	output_is out
	[ "$stderr" = err ] || fail "standard error"
	run --separate-stderr "$PROCJAIL" run --pool "$socket" -- /bin/cat <<<"fed"
	status_is 0
	output_is fed
}

@test "the same statuses and messages with a service as without" {
	needs_jail
	serve
	cat >"$policies/tight.json" <<-'POLICY'
	{ "version": 1, "extends": "read-only", "limits": { "wall_time": "1s" },
	  "commands": { "/usr/bin/sleep": "any-arguments", "/usr/bin/true": "any-arguments" } }
	POLICY
	compare() {
		local by_pool
		pj run --pool "$socket" "$@"
		by_pool="$status $output ${stderr//[0-9]* ms/N ms}"
		[ "$1" != -p ] || set -- -p "$policies/$2.json" "${@:3}"
		pj run "$@"
		[ "$by_pool" = "$status $output ${stderr//[0-9]* ms/N ms}" ] || fail "with a pool: $by_pool"
	}
	compare -- /bin/sh -c 'kill -SEGV $$'
	compare -- false
	compare -p tight -- /bin/ls
	compare -p tight -- sleep 60
	compare -p tight -- sleep
	compare -p tight -v -- true
	compare --profile strict -- /bin/true
	compare --chdir /no/such -- true
	compare --workspace / -- pwd
	run -127 --separate-stderr "$PROCJAIL" run --pool "$socket" -- no-such-program </dev/null
	says "program-not-found"
}

@test "--json, --request and --stdin" {
	needs_jail
	serve
	by --json -- /bin/sh -c 'printf "a\"b"; exit 3'
	status_is 3
	json '[.outcome, .exit_code, .stdout]' '["exited",3,"a\"b"]'
	echo '{"program": "/bin/cat", "stdin": "from the request"}' >request.json
	by --request request.json
	output_is "from the request"
	echo "from a file" >input
	by --request request.json --stdin input
	output_is "from a file"
	by --json -p nothing -- true
	status_is 125
	json '[.outcome, .error.code]' '["failed","policy-invalid"]'
	# What a request says stays in it.
	echo '{"program": "/bin/true"}, "policy": "other"' >request.json
	by --request request.json
	status_is 125
	says "request"
}

@test "options that would change the policy are refused by name" {
	places
	for option in --read=/ --write=/ --deny=/ --env=A --network=host --allow-host=a --listen=1 --timeout=1s \
		--memory=1MiB --strategy=none --may-lack=network; do
		by "$option" -- true
		status_is 125
		says "'${option%%=*}'" "the service's"
	done
	by --audit log -- true
	status_is 125
	says "procjail pool --audit"
}

@test "no service: said, and nothing runs" {
	places
	by -- /bin/sh -c 'echo >ran'
	status_is 125
	says "no pool at" "procjail pool" "without --pool"
	[ ! -e ran ] || fail "it ran all the same"
	by --json -- true
	status_is 125
	json '.outcome' failed
}

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

@test "SIGTERM reaches the program" {
	needs_jail
	serve
	start 'trap "exit 42" TERM; echo ready; while :; do sleep 0.05; done'
	kill -TERM "$jail"
	ended
	status_is 42
}

@test "a program that a forwarded signal ends gives 128+N, without a word" {
	needs_jail
	serve
	start 'echo ready; exec sleep 1000'
	kill -INT "$jail" # background jobs of a script ignore it
	kill -HUP "$jail"
	ended
	status_is 129
	[ -z "$stderr" ] || fail "said something"
}

@test "a second signal ends what ignores the first" {
	needs_jail
	serve
	start 'trap "echo got" TERM; echo ready; while :; do sleep 0.05; done'
	kill -TERM "$jail"
	read -r -t 100 -u 9 line
	[ "$line" = got ]
	kill -TERM "$jail"
	ended
	status_is 137
}

@test "when the client is killed, its jail goes, and the service stays" {
	needs_jail
	serve
	start 'echo ready; exec sleep 1000'
	kill -KILL "$jail"
	wait "$jail" || :
	is_gone
	by -- true
	status_is 0
}

@test "when the service is killed, its jails go, and the client says so" {
	needs_jail
	serve
	start 'echo ready; exec sleep 1000'
	kill -KILL "$service"
	wait "$service" || :
	service=
	is_gone
	ended
	status_is 125
	says "the pool has ended"
	# The socket it left is no obstacle.
	serve
	by -- true
	status_is 0
}

@test "a service that is to end lets run what runs" {
	needs_jail
	serve
	start 'trap "" TERM; echo ready; until [ -e go ]; do sleep 0.05; done; exit 5'
	kill -TERM "$service"
	# Who comes now is not left waiting.
	for _ in $(seq 1000); do
		by -- true
		[ "$status" -eq 0 ] || break
	done
	status_is 125
	says "Connection refused"
	: >go
	ended
	status_is 5
	status=0
	wait "$service" || status=$?
	service=
	status_is 0
	[ ! -e "$socket" ] || fail "the socket was left"
}

@test "a second signal ends the service and what runs" {
	needs_jail
	serve
	start 'echo ready; exec sleep 1000'
	kill -TERM "$service"
	kill -INT "$service"
	wait "$service" || :
	service=
	ended
	status_is 137
}

@test "one service for one socket" {
	serve
	run --separate-stderr "$PROCJAIL" pool --socket "$socket" </dev/null
	status_is 125
	says "already"
	stop
	status_is 0
}

@test "the usual places" {
	needs_jail
	mkdir -p run cfg/procjail/policies
	echo '{ "version": 1, "extends": "read-only", "commands": { "/usr/bin/true": {} } }' >cfg/procjail/policies/p.json
	mkfifo said
	XDG_RUNTIME_DIR=$PWD/run XDG_CONFIG_HOME=$PWD/cfg "$PROCJAIL" pool </dev/null >/dev/null 2>said 3>&- &
	service=$!
	exec 8<said
	read -r -t 100 -u 8 line
	[ "$(stat -c '%a %F' run/procjail run/procjail/pool.sock)" = $'700 directory\n600 socket' ] || fail "modes"
	pj run --pool run/procjail/pool.sock -p p -- true
	status_is 0
	stop
	run --separate-stderr env -u XDG_RUNTIME_DIR "$PROCJAIL" pool </dev/null
	status_is 125
	says "XDG_RUNTIME_DIR" "--socket"
}

@test "wrong options of pool" {
	for option in --jails=0 --jails=x --jails=-1 --jails=5000 --idle=5 --idle=x --idle=0s --idle=99999999999h; do
		pj pool "$option"
		status_is 125
		says "'${option%%=*}'"
	done
}

@test "systemd's socket is taken, and left" {
	needs_jail
	needs_python
	places
	activate
	by -- true
	status_is 0
	stop
	status_is 0
	[ -S "$socket" ] || fail "it removed systemd's socket"
	run --separate-stderr env LISTEN_FDS=1 bash -c 'LISTEN_PID=$$ exec "$PROCJAIL" pool 3</dev/null' </dev/null
	status_is 125
	says "descriptor 3"
}

@test "another user is refused with the reason" {
	[ "$(id -u)" = 0 ] || skip "needs root"
	needs_python
	command -v setpriv >/dev/null || skip "no setpriv"
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR/.." "$BATS_TEST_TMPDIR"
	serve --idle=100ms
	before=$(holds_at_first)
	chmod 666 "$socket"
	cp "$SOURCE/tests/cli/pool_client.py" "$BATS_TEST_TMPDIR/client.py"
	chmod 644 "$BATS_TEST_TMPDIR/client.py"
	cd /
	for _ in $(seq 20); do
		run --separate-stderr setpriv --reuid=65534 --regid=65534 --clear-groups "$python" \
			"$BATS_TEST_TMPDIR/client.py" "$socket" send '{}' </dev/null
		[[ $output == *"serves uid 0 alone, not uid 65534"* ]] || fail "not refused"
	done
	until_holds "$before"
}

@test "a service of another user gets nothing of ours" {
	[ "$(id -u)" = 0 ] || skip "needs root"
	needs_python
	places
	chmod 777 "$BATS_TEST_TMPDIR"
	mkfifo said
	cp "$SOURCE/tests/cli/pool_client.py" "$BATS_TEST_TMPDIR/client.py"
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR/.."
	(cd / && exec setpriv --reuid=65534 --regid=65534 --clear-groups "$python" "$BATS_TEST_TMPDIR/client.py" "$socket" listen) \
		</dev/null >said 2>&1 3>&- &
	service=$!
	exec 8<said
	read -r -t 100 -u 8 line
	[ "$line" = listening ] || fail "said: $line"
	by -- true
	status_is 125
	says "uid 65534, not ours"
}

@test "malformed, oversized and unfinished requests are refused with a reason, and leave nothing" {
	needs_python
	serve --idle=100ms
	before=$(holds_at_first)
	client refusals
	status_is 0
	until_holds "$before"
	client refusals
	status_is 0
	until_holds "$before"
}

@test "slow clients are refused in time and block nobody" {
	needs_jail
	needs_python
	serve
	mkfifo slow
	"$python" "$SOURCE/tests/cli/pool_client.py" "$socket" slow 100 >slow 2>err </dev/null 3>&- 8<&- &
	jail=$!
	exec 9<slow
	read -r -t 100 -u 9 line
	[ "$line" = connected ]
	by -- true
	status_is 0
	read -r -t 100 -u 9 line
	exec 9<&-
	wait "$jail"
	[ "$line" = "100 refused: no whole request came in time" ] || fail "slow: $line"
}

@test "more slow clients than are held: who comes after them waits, and is served" {
	needs_jail
	needs_python
	serve
	mkfifo slow
	"$python" "$SOURCE/tests/cli/pool_client.py" "$socket" slow 400 >slow 2>err </dev/null 3>&- 8<&- &
	jail=$!
	exec 9<slow
	read -r -t 100 -u 9 line
	[ "$line" = connected ]
	by -- true
	status_is 0
	read -r -t 100 -u 9 line
	exec 9<&-
	wait "$jail"
	[ "$line" = "400 refused: no whole request came in time" ] || fail "slow: $line"
	by -- true
	status_is 0
}

@test "64 clients at once" {
	needs_jail
	needs_python
	serve
	client crowd 64 "$PWD"
	status_is 0
	output_is "64 results"
}
