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
	start 'echo ready; echo "$TMPDIR"; exec sleep 1000'
	read -r -t 100 -u 9 directory
	[ -d "$directory" ] || fail "no directory: $directory"
	pkill -KILL -P "$jail"
	ended
	status_is 125
	says "init"
	[ ! -e "$directory" ] || fail "$directory stayed"
}
