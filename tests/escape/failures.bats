# SPDX-License-Identifier: Apache-2.0
# Each system call of a launch made to fail once (see inject.bash).
load inject

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
