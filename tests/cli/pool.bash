# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154
# What the tests of procjail pool share. Each test has a service of its own.
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
