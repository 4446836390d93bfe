# SPDX-License-Identifier: Apache-2.0
# The same without namespaces (see inject.bash); of procjail's own calls, which
# are those of the other test, each third.
load inject

@test "calls of procjail itself" {
	place landlock
	fails 0 1 0 3
}

@test "calls of the init: before it is executed, and then" {
	place landlock
	fails 1 1 0 1
}

@test "calls of the program's process, up to its execution" {
	place landlock
	fails 2 1 0 1
}

@test "calls of the broker" {
	place landlock
	fails 3 1 0 2
}

@test "the init is killed: the program ends, and the directory that it had does not stay" {
	needs_jail
	START_OPTIONS=(--strategy landlock)
	start 'mkdir -p "$TMPDIR/a/b"; echo x >"$TMPDIR/a/b/c"; echo ready; echo "$TMPDIR"; exec sleep 1000'
	read -r -t 100 -u 9 directory
	[ -d "$directory" ] || fail "no directory: $directory"
	pkill -KILL -P "$jail"
	ended
	status_is 125
	says "init"
	[ ! -e "$directory" ] || fail "$directory stayed"
}

@test "the init and its caller are killed: the directory that they had is removed by the next jail, one in use is not" {
	needs_jail
	local left used
	START_OPTIONS=(--strategy landlock)
	start 'echo ready; echo "$TMPDIR"; exec sleep 1000'
	read -r -t 100 -u 9 left
	[ -e "$left" ] || fail "no directory: $left"
	kill -STOP "$jail"
	pkill -KILL -P "$jail"
	kill -KILL "$jail"
	wait "$jail" || :
	exec 9<&-
	rm -f ready
	start 'echo ready; echo "$TMPDIR"; exec sleep 1000'
	read -r -t 100 -u 9 used
	jail /bin/sh -c 'echo "$TMPDIR"' </dev/null
	status_is 0
	[ ! -e "$left" ] || fail "$left stayed"
	[ -e "$used" ] || fail "$used is gone"
	kill -TERM "$jail"
	ended
	[ ! -e "$used" ] || fail "$used stayed"
}

@test "what a program gives such a directory's name is not emptied" {
	needs_jail
	local held name
	held=$(mktemp -d /tmp/procjail-held.XXXXXX)
	name=/tmp/procjail.$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
	mkdir -p "$held/.git/hooks"
	echo x >"$held/.git/hooks/kept"
	policy '"filesystem": { "write": ["/tmp"] }'
	PJ_TEST_STRATEGY=landlock
	jail /bin/mv "$held" "$name" </dev/null
	status_is 0
	[ -e "$name/.git/hooks/kept" ] || fail "it was not moved"
	jail /bin/true </dev/null
	status_is 0
	kept=$(cat "$name/.git/hooks/kept")
	rm -r "$name"
	[ "$kept" = x ]
}

@test "no program drops the mark by which it is found" {
	needs_jail
	PJ_TEST_STRATEGY=landlock
	jail /bin/bash -c 'had=$(ulimit -HR); ulimit -R 5 || ulimit -R unlimited; [ "$(ulimit -HR)" = "$had" ] && [ "$had" != unlimited ] && echo kept' </dev/null
	status_is 0
	output_is kept
}
