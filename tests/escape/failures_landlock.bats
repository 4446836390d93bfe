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
	start 'mkdir -p "$TMPDIR/a/b"; echo x >"$TMPDIR/a/b/c"; echo ready; echo "$TMPDIR"; exec sleep 1000'
	read -r -t 100 -u 9 left
	[ -e "$left/a/b/c" ] || fail "no directory: $left"
	kill -STOP "$jail"
	pkill -KILL -P "$jail"
	kill -KILL "$jail"
	wait "$jail" || :
	exec 9<&-
	rm -f ready
	start 'echo x >"$TMPDIR/file"; echo ready; echo "$TMPDIR"; exec sleep 1000'
	read -r -t 100 -u 9 used
	jail /bin/sh -c 'echo "$TMPDIR"' </dev/null
	status_is 0
	[ ! -e "$left" ] || fail "$left stayed"
	[ -e "$used/file" ] || fail "$used is gone"
	kill -TERM "$jail"
	ended
	[ ! -e "$used" ] || fail "$used stayed"
}

@test "no program gives such a directory's name to one that it may not empty" {
	needs_jail
	local held name
	held=$(mktemp -d /tmp/procjail-held.XXXXXX)
	name=/tmp/procjail.$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
	mkdir -p "$held/.git/hooks"
	echo x >"$held/.git/hooks/kept"
	policy '"filesystem": { "write": ["/tmp"] }'
	PJ_TEST_STRATEGY=landlock
	jail /bin/sh -c "chmod u+s $held; mv $held $name && chmod u+s $name" </dev/null
	status_is 1
	[ -e "$name/.git/hooks/kept" ] || fail "it was not moved"
	jail /bin/true </dev/null
	status_is 0
	kept=$(cat "$name/.git/hooks/kept")
	rm -r "$name"
	[ "$kept" = x ]
}

@test "what is mounted under such a name is left alone" {
	needs_jail
	local as_root=() name held
	[ "$(id -u)" = 0 ] || as_root=(-Ur)
	name=/tmp/procjail.$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
	# Locked, else another test's jail takes it away below.
	held=$(mktemp -d /tmp/procjail-held.XXXXXX)
	exec 8<"$held"
	flock 8
	mv -T "$held" "$name"
	run --separate-stderr unshare "${as_root[@]}" -m /bin/sh -ec '
		name=$1; shift; mount -t tmpfs -o mode=4700 none "$name"; echo text >"$name/kept"; "$@"; cat "$name/kept"' \
		sh "$name" "$PROCJAIL" run --strategy landlock -- /bin/echo ran </dev/null
	rmdir "$name"
	exec 8<&-
	status_is 0
	output_is $'ran\ntext'
}
