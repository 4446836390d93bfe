# SPDX-License-Identifier: Apache-2.0
# Each system call of a launch made to fail once: the run is refused with a
# message that names the error, or the jail is the very same (see inject.c and
# strength.c). Never a weaker one.
load helper

STRENGTH=$PJ_PROGRAMS/strength

# What may be executed; bwrap cannot list it.
EXECUTE=', "execute": ["/usr", "'"$PJ_PROGRAMS"'"]'

# place STRATEGY MEMBER...: what strength.c looks at, and a policy with few
# mounts, so that there are fewer calls to try.
place() {
	strategy=$1
	shift
	[ "$(uname -m)" = x86_64 ] || skip "registers are known for x86_64 only"
	hidden
	echo x >own
	echo secret >denied
	echo text >protected
	[ -z "$EXECUTE" ] || cp /bin/true copy-of-true
	for name in user mnt pid net ipc uts cgroup; do
		readlink "/proc/self/ns/$name"
	done >namespaces
	{
		echo '{ "version": 1, "risky_programs": "allow", "commands": { "*": "any-arguments" }'
		echo ', "filesystem": { "read": ["/usr"], "write": ["."]'"$EXECUTE"
		echo ', "deny": ["./denied", "./missing"], "protect": ["./protected", "@git"] }'
		echo ', "limits": { "wall_time": "20s", "open_files": 64, "file_size": "1MiB", "processes": 50, "memory": "512MiB" }'
		for member; do
			echo ", $member"
		done
		echo '}'
	} >../p.json
	RUN=("$PROCJAIL" run -p ../p.json --strategy "$strategy" --read "$PJ_PROGRAMS" --
		"$STRENGTH" "$HIDDEN/canary" "procjail-strength-$$")
	run --separate-stderr "${RUN[@]}" </dev/null
	[ "$status" -ne 125 ] || skip "no $strategy here: $stderr"
	status_is 0
}

# fails PROCESS FROM TO STEP
fails() {
	run "$PJ_PROGRAMS/inject" "$@" "$STRENGTH" -- "${RUN[@]}" </dev/null
	[ "$status" -ne 77 ] || skip "${output#skip: }"
	[ "$status" -eq 0 ] || fail "not as wanted"
}

@test "calls of procjail itself" {
	place namespaces
	fails 0 1 0 1
}

@test "calls of the init: before it is executed, and then" {
	place namespaces
	fails 1 1 0 1
}

@test "calls of the init: a network namespace" {
	place namespaces '"network": { "mode": "loopback" }'
	fails 1 1 20 1
}

@test "calls of the program's process, up to its execution" {
	place namespaces
	fails 2 1 0 1
}

@test "calls of the broker" {
	place namespaces
	fails 3 1 0 1
}

@test "calls of a worker of the broker" {
	place namespaces
	fails 4 1 0 1
}

# dies AT VICTIM STRATEGY: see orphan.c
dies() {
	hidden
	echo '{ "version": 1, "risky_programs": "allow", "commands": { "*": "any-arguments" },
		"filesystem": { "read": ["/usr", "'"$PJ_PROGRAMS"'"], "write": ["."] } }' >../p.json
	run "$PJ_PROGRAMS/orphan" "$1" "$2" "$PJ_PROGRAMS/orphan" -- \
		"$PROCJAIL" run -p ../p.json --strategy "$3" -- "$PJ_PROGRAMS/orphan" </dev/null
	[ "$status" -ne 77 ] || skip "${output#skip: }"
	[ "$status" -eq 0 ] || fail "not as wanted"
}

@test "the init is killed while the program's process gets ready" {
	dies 2 1 namespaces
}

@test "the init is killed while the program's process gets ready: landlock" {
	dies 2 1 landlock
}

@test "strategy landlock: calls of procjail itself" {
	place landlock
	fails 0 1 0 1
}

@test "strategy landlock: calls of the init: before it is executed, and then" {
	place landlock
	fails 1 1 0 1
}

@test "strategy landlock: calls of the program's process, up to its execution" {
	place landlock
	fails 2 1 0 1
}

@test "strategy landlock: calls of the broker" {
	place landlock
	fails 3 1 0 1
}

# Of the launcher's processes what is ours: the stage, up to the init. What bwrap
# does before is compared by the stage with what was planned, and not tried call
# by call: some that it does not check leave it waiting for itself, until our
# patience ends after a minute.
@test "strategy bubblewrap: calls of procjail itself" {
	EXECUTE=
	place bubblewrap
	fails 0 1 0 1
}

@test "strategy bubblewrap: calls of the stage and the init" {
	EXECUTE=
	place bubblewrap
	fails 2 -160 0 1
}

@test "strategy bubblewrap: calls of the program's process, up to its execution" {
	EXECUTE=
	place bubblewrap
	fails 3 1 0 1
}

@test "strategy bubblewrap: calls of the broker" {
	EXECUTE=
	place bubblewrap
	fails 4 1 0 1
}
