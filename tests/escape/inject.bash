# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154
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
		echo ', "limits": { "wall_time": "60s", "open_files": 64, "file_size": "1MiB", "processes": 50, "memory": "512MiB" }'
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
