# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154
# procjail pool, and procjail run --pool.
load pool

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

# slow_clients N: so many that send nothing, another one meanwhile, and their end.
slow_clients() {
	mkfifo slow
	"$python" "$SOURCE/tests/cli/pool_client.py" "$socket" slow "$1" >slow 2>err </dev/null 3>&- 8<&- &
	jail=$!
	exec 9<slow
	read -r -t 100 -u 9 line
	[ "$line" = connected ]
	by -- true
	status_is 0
	read -r -t 100 -u 9 line
	exec 9<&-
	wait "$jail"
	[ "$line" = "$1 refused: no whole request came in time" ] || fail "slow: $line"
}

@test "slow clients are refused in time and block nobody" {
	needs_jail
	needs_python
	serve
	slow_clients 100
}

@test "more slow clients than are held: who comes after them waits, and is served" {
	needs_jail
	needs_python
	serve
	slow_clients 400
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
