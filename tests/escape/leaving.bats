# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154,SC2086
# Signals: within the jail as ever, out of it none. The end of the tree: whatever
# its processes do not to be found.
load helper

SIGNALS=$PJ_PROGRAMS/signals
LEAVERS=$PJ_PROGRAMS/leavers
ALL="orphans adopters siblings stopped headless suspended deep unreadable undead wanderers storm"

teardown() {
	[ -z "$NEIGHBOUR" ] || kill "$NEIGHBOUR" 2>/dev/null || :
}

# The lock is free: whoever held it is gone.
nobody_left() {
	flock -w 20 lock true || fail "something of the jail still lives"
}

# start_leavers: under this policy, all of them and the program stay; procjail is
# $jail.
start_leavers() {
	mkfifo ready
	"$PROCJAIL" run -p ../p.json --read "$PJ_PROGRAMS" ${PJ_TEST_STRATEGY:+--strategy "$PJ_TEST_STRATEGY"} -- "$LEAVERS" lock $ALL stay >ready </dev/null 3>&- &
	jail=$!
	exec 9<ready
	read -r -t 60 -u 9 line
	[ "$line" = "all there" ]
}

@test "signals within the jail" {
	needs_jail
	policy '"limits": { "wall_time": "300s" }'
	jail "$SIGNALS" own </dev/null
	status_is 0
	[[ $output == *" checks, 0 otherwise" ]] || fail "not as wanted"
}

@test "no signal reaches a process of the host" {
	needs_jail
	setsid sleep 300 3>&- &
	NEIGHBOUR=$!
	jail "$SIGNALS" reach "$NEIGHBOUR" </dev/null
	status_is 0
	[[ $output == *" checks, 0 otherwise" ]] || fail "not as wanted"
	kill -0 "$NEIGHBOUR"
	[ "$(ps -o stat= -p "$NEIGHBOUR")" != T ]
}

@test "no signal reaches procjail" {
	needs_jail
	policy
	# $$ is procjail then, in a session of its own.
	run --separate-stderr setsid -w /bin/sh -c 'exec "$0" run -p ../p.json --read "$2" $1 -- "$3" reach $$' "$PROCJAIL" \
		"${PJ_TEST_STRATEGY:+--strategy=$PJ_TEST_STRATEGY}" "$PJ_PROGRAMS" "$SIGNALS" </dev/null
	status_is 0
	[[ $output == *" checks, 0 otherwise" ]] || fail "not as wanted"
}

# bats test_tags=not-namespaces,not-bubblewrap
@test "no signal reaches the init" {
	needs_jail
	policy
	jail "$SIGNALS" reach init </dev/null
	status_is 0
	[[ $output == *" checks, 0 otherwise" ]] || fail "not as wanted"
}

# A terminal sends signals to its foreground, which is the caller's.
@test "no signal by the terminal" {
	needs_jail
	command -v script >/dev/null || skip "no script(1)"
	policy
	sleep 300 3>&- &
	NEIGHBOUR=$!
	echo x >input
	SHELL=/bin/sh run script -qec "'$PROCJAIL' run -p '$BATS_TEST_TMPDIR/p.json' --read '$PJ_PROGRAMS' ${PJ_TEST_STRATEGY:+--strategy $PJ_TEST_STRATEGY} -- '$SIGNALS' reach $NEIGHBOUR; echo ended \$?" /dev/null <input
	[[ $output == *" checks, 0 otherwise"* && $output == *"ended 0"* ]] || { stderr=; fail "not as wanted"; }
}

@test "whoever stays behind ends with the program" {
	needs_jail
	policy '"limits": { "wall_time": "300s", "processes": 4000 }' # the dead count too
	cp "$LEAVERS" unreadable
	chmod 111 unreadable
	for kind in storm wanderers orphans adopters siblings stopped headless suspended deep unreadable undead; do
		jail "$LEAVERS" lock $kind </dev/null
		status_is 0
		output_is "all there"
		nobody_left
	done
}

@test "all of them at once, with the program, a limit, and procjail" {
	needs_jail
	cp "$LEAVERS" unreadable
	chmod 111 unreadable
	policy '"limits": { "wall_time": "300s", "processes": 4000 }'
	jail "$LEAVERS" lock $ALL </dev/null
	status_is 0
	nobody_left
	policy '"limits": { "wall_time": "2s", "processes": 4000 }'
	jail "$LEAVERS" lock $ALL stay </dev/null
	status_is 124
	nobody_left
	policy '"limits": { "wall_time": "300s", "processes": 4000 }'
	start_leavers
	kill -KILL "$jail"
	wait "$jail" || :
	nobody_left
	exec 9<&-
}

# bats test_tags=not-bubblewrap
@test "all of them at once, when the init is killed" {
	needs_jail
	cp "$LEAVERS" unreadable
	chmod 111 unreadable
	policy '"limits": { "wall_time": "300s", "processes": 4000 }'
	start_leavers
	# procjail's child; a tracer may have started that.
	init=$(pgrep -P "$jail")
	[ "$(cat "/proc/$init/comm")" = procjail-init ] || init=$(pgrep -P "$init")
	kill -KILL "$init"
	nobody_left
	wait "$jail" || status=$?
	status_is 125
	exec 9<&-
}
