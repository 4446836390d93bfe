# SPDX-License-Identifier: Apache-2.0
# Signals reach the program in the jail; a second one ends the jail.
load helper

@test "SIGTERM reaches the program" {
	needs_jail
	start 'trap "exit 42" TERM; echo ready; while :; do sleep 0.05; done'
	kill -TERM "$jail"
	ended
	status_is 42
}

@test "a program that a forwarded signal ends gives 128+N, without a word" {
	needs_jail
	start 'echo ready; exec sleep 1000'
	kill -HUP "$jail"
	ended
	status_is 129
	[ -z "$stderr" ] || fail "said something"
}

@test "a second signal ends what ignores the first" {
	needs_jail
	start 'trap "echo got" TERM; echo ready; while :; do sleep 0.05; done'
	kill -TERM "$jail"
	read -r -t 100 -u 9 line
	[ "$line" = got ]
	kill -TERM "$jail"
	ended
	status_is 137
}

@test "SIGCONT reaches the program, and counts as no second signal" {
	needs_jail
	start 'trap "echo on" CONT; trap "exit 42" TERM; echo ready; while :; do sleep 0.05; done'
	for _ in 1 2; do
		kill -CONT "$jail"
		read -r -t 100 -u 9 line
		[ "$line" = on ]
	done
	kill -TERM "$jail"
	ended
	status_is 42
}

@test "a program that is stopped ends when timeout(1) says so" {
	needs_jail
	local strategy
	for strategy in namespaces landlock; do
		pj run --strategy "$strategy" -- /bin/true
		[ "$status" -eq 0 ] || continue
		run --separate-stderr timeout 0.5 "$PROCJAIL" run --strategy "$strategy" --timeout 60s -- \
			/bin/sh -c 'kill -STOP $$; echo on; exit 3'
		status_is 124
		[ -z "$output$stderr" ] || fail "$strategy: it was not ended by the signal"
	done
}

@test "when procjail is killed, the jail goes with it" {
	needs_jail
	start 'echo ready; exec sleep 1000'
	kill -KILL "$jail"
	wait "$jail" || :
	is_gone
}
